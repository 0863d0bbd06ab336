using System.CommandLine;
using System.Text.Json;
using Defms.Cli.Commands.Devices;
using Defms.Cli.Rendering;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Storage;

namespace Defms.Cli.Commands;

/// <summary><c>defms init</c>: a new identity and its store.</summary>
internal static class InitCommand
{
    private static readonly Option<string> Name = new("--name") { Description = "Your name, as others see it.", HelpName = "NAME" };

    private static readonly Option<string> Address = new("--address")
    {
        Description = "Your mail address; it need not exist in the old mail world.",
        HelpName = "ADDRESS",
    };

    private static readonly Option<string[]> Endpoint = new("--endpoint")
    {
        Description = "Where your defms-daemon is reached, as http(s)://host[:port][/path]. Without one your mail waits with the sender until you sync.",
        HelpName = "URL…",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Flag Recover = new("--recover")
    {
        Description = "Bring back an identity whose machines are lost, with its recovery code: its next epoch, and the mail that others share with it.",
    };

    private static readonly Option<string[]> Peer = new("--peer")
    {
        Description = "With --recover: a contact or host of yours, by his card or URL.",
        HelpName = "CARD|URL…",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<int?> Epoch = new("--epoch") { Description = "With --recover: the epoch to begin, where nobody can be asked.", HelpName = "N" };

    public static Command Build() => new CliCommand("init", "Make a new identity and its store, and show its recovery code.")
    {
        Options = { Name, Address, Endpoint, Recover, Peer, Epoch },
        Notes = "The recovery code is shown once and kept on no machine. Asks for a passphrase on a terminal, or takes DEFMS_PASSPHRASE; "
            + "it locks the identity, not the mail, for which the disk's own encryption is meant. "
            + "--recover takes the code from the terminal, from DEFMS_RECOVERY or from standard input.",
    }
    .In(CommandGroup.Start,
        "defms init --name 'Alice Example' --address alice@example.org",
        "defms init --name Bob --address bob@b.example --endpoint https://b.example",
        "defms init --recover --peer https://alice.example.net bob.card")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        if (run.Has(Recover))
        {
            RefuseSecond(run.HomePath);
            var plan = new RecoveryPlan(run.Get(Peer) ?? [], run.Get(Epoch), run.Get(Name), run.Get(Address), run.Get(Endpoint) ?? []);
            return await Recovering.RunAsync(run, plan, cancel);
        }
        if (run.Get(Name) is null || run.Get(Address) is null)
            throw new CommandException("'defms init' needs --name and --address; to bring back an identity you had, --recover.", ExitCode.Usage);
        if (run.Has(Peer) || run.Has(Epoch))
            throw new CommandException("--peer and --epoch go with --recover.", ExitCode.Usage);
        MakeNew(run);
        return ExitCode.Done;
    }

    private static void MakeNew(Invocation run)
    {
        using RecoverySeed seed = RecoverySeed.Create(run.Random);
        using Identity identity = Identity.From(seed);
        Profile profile = ReadProfile(run, identity.Did);
        // What no card can carry is refused before anything is made.
        identity.IssueCard(profile);
        RefuseSecond(run.HomePath);
        using Home home = Home.Create(
            run.HomePath, identity, Passphrase.Choose(run.Error), run.Random, tables => OwnCard.Change(tables, identity, _ => profile, run.Time.GetUtcNow()));
        Card card = home.Store.Read(OwnCard.Get);
        if (run.IsJson)
            run.Out.Json(json => Write(json, card, seed.ToCode()));
        else
            Show(run, home.Folder, card, seed.ToCode());
    }

    /// <summary>Before a passphrase is asked for; making the home decides.</summary>
    private static void RefuseSecond(string path)
    {
        if (Path.Exists(Path.Combine(path, "identity")))
            throw new CommandException($"{Path.GetFullPath(path)} is already a Defms home; it was left as it is. Another goes into another folder: --home DIR.");
    }

    private static Profile ReadProfile(Invocation run, Did self)
    {
        string address = run.Get(Address)!;
        if (!MailAddress.TryParse(address, out _))
            throw new CommandException($"'{address}' is no mail address: it is written local@domain. Nothing was made.", ExitCode.Usage);
        return new Profile
        {
            Name = run.Get(Name),
            Addresses = [address],
            Endpoints = [.. (run.Get(Endpoint) ?? []).Select(url => ConfigCommand.ReadEndpoint(url, self))],
        };
    }

    private static void Write(Utf8JsonWriter json, Card card, string recovery)
    {
        json.WriteStartObject();
        json.WriteString("id", card.Identity.ToString());
        json.WriteString("address", card.Addresses[0]);
        json.WriteString("card", card.ToString());
        json.WriteString("recovery", recovery);
        json.WriteEndObject();
    }

    private static void Show(Invocation run, string folder, Card card, string recovery)
    {
        Screen screen = run.Out;
        screen.Line($"{screen.Bold(VisibleText.Line(card.Name))} <{card.Addresses[0]}>");
        screen.Line($"  {card.Identity}");
        screen.Line($"  {screen.Dim(folder)}");
        screen.Line();
        screen.Line(screen.Bold("Your recovery code, shown this once:"));
        screen.Line();
        string[] groups = recovery.Split('-');
        foreach (string[] row in groups.Chunk((groups.Length + 1) / 2))
            screen.Line($"    {screen.Bold(screen.Green(string.Join('-', row)))}");
        screen.Line();
        screen.Line("Write it on paper and keep it away from this machine. It alone brings your");
        screen.Line("identity back when the machine is lost; whoever has it can become you.");
        screen.Line();
        screen.Line($"Next: {screen.Cyan("defms card")} prints the card to give to others, and");
        screen.Line($"      {screen.Cyan("defms contact add CARD")} takes theirs.");
    }
}
