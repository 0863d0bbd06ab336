using System.CommandLine;
using System.Text.Json;
using Defms.Cli.Commands.Settings;
using Defms.Cli.Rendering;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;

namespace Defms.Cli.Commands;

/// <summary><c>defms config</c>: what can be set, what it means, and what it is.</summary>
internal static class ConfigCommand
{
    private static readonly Setting[] Settings =
    [
        new("name", "Your name, as others see it. On your card.", "none",
            profile => profile.Name is { } name ? [name] : [],
            (profile, values, _) => profile with { Name = values.Count == 0 ? null : string.Join(' ', values) }) { IsList = false },
        new("address", "Your mail addresses, the one you write from first. On your card.", "none",
            profile => profile.Addresses,
            (profile, values, _) => profile with { Addresses = [.. values.Select(ReadAddress)] }),
        new("endpoint", "Where your defms-daemon is reached. On your card.", "none: mail waits with its senders until you sync",
            profile => profile.Endpoints.Select(endpoint => endpoint.Text),
            (profile, values, self) => profile with { Endpoints = [.. values.Select(url => ReadEndpoint(url, self))] }),
        new("ipfs-address", "Where nodes of your contacts reach your IPFS node. On your card.", "none: your blocks come from your daemon alone",
            profile => profile.Ipfs,
            (profile, values, _) => profile with { Ipfs = [.. values] }),
    ];

    private const int Column = 14;

    private static readonly Argument<string?> Key = new("KEY") { Description = "What to read or set.", Arity = ArgumentArity.ZeroOrOne };

    private static readonly Argument<string[]> Values = new("VALUE")
    {
        Description = "The new value; several for a list, which they replace.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Flag Add = new("--add") { Description = "Put the values behind those in the list." };

    private static readonly Flag Unset = new("--unset") { Description = "Take the values out of the list; without a value, all." };

    public static Command Build() => new CliCommand("config", "List, read or change settings.")
    {
        Arguments = { Key, Values },
        Options = { Add, Unset },
        Notes = "Name, address and endpoint stand on your card. Changing one makes a new card; contacts learn it with your next message. "
            + "A gateway is given by its card: the text, a file or a URL.",
    }
    .In(CommandGroup.Start,
        "defms config",
        "defms config endpoint",
        "defms config endpoint https://mail.example.org",
        "defms config endpoint --add http://192.168.1.20:8025",
        "defms config endpoint --unset",
        "defms config gateway gateway.card")
    .RunsAsync(RunAsync);

    /// <exception cref="CommandException">It is no URL that a card can carry.</exception>
    public static Endpoint ReadEndpoint(string text, Did self) => Endpoint.TryParseUrl(text, out Uri url)
        ? new Endpoint(url, self)
        : throw new CommandException($"'{text}' is no endpoint: write http(s)://host[:port][/path], without user, query or fragment.", ExitCode.Usage);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        if (StoreSetting.Find(run.Get(Key)) is { } setting)
            return await setting.RunAsync(run, run.Get(Values), run.Has(Unset), run.Has(Add), cancel);
        if (run.Get(Key) == GatewaySetting.Key)
            return await GatewaySetting.RunAsync(run, run.Has(Add), run.Has(Unset), run.Get(Values), cancel);
        Run(run);
        return ExitCode.Done;
    }

    private static void Run(Invocation run)
    {
        Setting[] chosen = run.Get(Key) is { } key ? [Find(key)] : Settings;
        bool isChange = run.Has(Add) || run.Has(Unset) || run.Get(Values).Length > 0;
        Profile profile = isChange ? Change(run, chosen[0]) : run.Card.Profile ?? new Profile();
        if (run.IsJson)
            run.Out.Json(json => Write(run, json, chosen, profile, isOne: run.Get(Key) is not null));
        else if (run.Get(Key) is null)
            Show(run, profile);
        else
            chosen[0].Read(profile).ToList().ForEach(value => run.Out.Line(VisibleText.Line(value)));
    }

    private static Profile Change(Invocation run, Setting setting)
    {
        string[] given = run.Get(Values);
        if (run.Has(Add) && (run.Has(Unset) || given.Length == 0))
            throw new CommandException("--add takes values and does not go with --unset.", ExitCode.Usage);
        if (!setting.IsList && run.Has(Add))
            throw new CommandException($"'{setting.Key}' has one value; set it without --add.", ExitCode.Usage);
        Card before = run.Card;
        Identity identity = run.Identity;
        Card card = run.Store.Write(tables => OwnCard.Change(
            tables, identity, profile => setting.Set(profile, NewValues(run, setting, profile, given), identity.Did), run.Time.GetUtcNow()));
        run.Error.Sentence(card.Equals(before) ? "Nothing changed." : "Your card is a new one now. Contacts learn it with your next message; 'defms card' prints it.");
        return card.Profile!;
    }

    private static IReadOnlyList<string> NewValues(Invocation run, Setting setting, Profile profile, string[] given)
    {
        IEnumerable<string> current = setting.Read(profile);
        return run.Has(Add) ? [.. current.Union(given)]
            : !run.Has(Unset) ? given
            : given.Length == 0 ? []
            : [.. current.Except(given)];
    }

    private static Setting Find(string key) => Settings.FirstOrDefault(setting => setting.Key == key)
        ?? throw new CommandException(
            WrongUsage.Nearest(key, [.. Settings.Select(setting => setting.Key), .. StoreSetting.All.Select(setting => setting.Key), GatewaySetting.Key]) is { } nearest
                ? $"There is no setting '{key}'. Did you mean '{nearest}'?"
                : $"There is no setting '{key}'; 'defms config' lists them.",
            ExitCode.Usage);

    private static string ReadAddress(string text) => MailAddress.TryParse(text, out _)
        ? text
        : throw new CommandException($"'{text}' is no mail address: it is written local@domain.", ExitCode.Usage);

    private static void Show(Invocation run, Profile profile)
    {
        foreach (Setting setting in Settings)
            Show(run.Out, setting.Key, string.Join(", ", setting.Read(profile)), setting.Default, setting.Meaning);
        Show(run.Out, GatewaySetting.Key, string.Join(", ", GatewaySetting.Read(run).Select(GatewaySetting.Text)), GatewaySetting.Default, GatewaySetting.Meaning);
        foreach (StoreSetting setting in StoreSetting.All)
            Show(run.Out, setting.Key, run.Store.Read(setting.Read) ?? "", setting.Default, setting.Meaning);
    }

    private static void Show(Screen screen, string key, string value, string otherwise, string meaning)
    {
        screen.Line($"{screen.Bold(TextWidth.Fit(key, Column))}{(value.Length > 0 ? VisibleText.Line(value) : screen.Dim(otherwise))}");
        screen.Line(new string(' ', Column) + screen.Dim(meaning));
    }

    /// <summary>An array of all settings, or the one asked for.</summary>
    private static void Write(Invocation run, Utf8JsonWriter json, Setting[] settings, Profile profile, bool isOne)
    {
        if (!isOne)
            json.WriteStartArray();
        foreach (Setting setting in settings)
            WriteOne(json, setting, profile);
        if (!isOne)
            WriteOthers(run, json);
    }

    private static void WriteOthers(Invocation run, Utf8JsonWriter json)
    {
        GatewaySetting.Write(json, GatewaySetting.Read(run));
        foreach (StoreSetting setting in StoreSetting.All)
            setting.Write(json, run.Store.Read(setting.Read));
        json.WriteEndArray();
    }

    private static void WriteOne(Utf8JsonWriter json, Setting setting, Profile profile)
    {
        json.WriteStartObject();
        json.WriteString("key", setting.Key);
        if (setting.IsList)
            json.WriteStrings("value", setting.Read(profile));
        else
            json.WriteString("value", setting.Read(profile).FirstOrDefault());
        json.WriteString("default", setting.Default);
        json.WriteString("meaning", setting.Meaning);
        json.WriteEndObject();
    }

    /// <summary>One setting: how it is read from the profile, and the profile with other values.</summary>
    private sealed record Setting(
        string Key, string Meaning, string Default, Func<Profile, IEnumerable<string>> Read, Func<Profile, IReadOnlyList<string>, Did, Profile> Set)
    {
        public bool IsList { get; init; } = true;
    }
}
