using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Identities;
using Defms.Core.Network;
using Defms.Core.Replication.Hosting;

namespace Defms.Cli.Commands.Hosts;

internal static class HostAddCommand
{
    private static readonly Argument<string> Source = new("HOST")
    {
        Description = "The URL of a host, its card (defms:…), or a file with the card.",
        HelpName = "URL|CARD|FILE",
    };

    private static readonly Option<string?> Token = new("--token") { Description = "The invitation that its owner gave you.", HelpName = "TOKEN" };

    public static Command Build() => new CliCommand("add", "Let a host hold your mail while you are away, and name it on your card.")
    {
        Arguments = { Source },
        Options = { Token },
        Notes = "Your card is a new one then; contacts learn it with your next message.",
    }
    .In(CommandGroup.Keep, "defms host add https://host.example.org --token mzxw6ytboi5dgnbvgy3tqojzma", "defms host add host.card")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        Identity identity = run.Identity;
        byte[]? token = ReadToken(run.Get(Token));
        (Endpoint host, string name) = await FindAsync(run.Get(Source), cancel);
        using var door = new HttpPeer(identity, run.Time, run.Random);
        HostRow row = await new HostBook(run.Store, identity, run.Time).AddAsync(door, host, name, token, cancel);
        if (run.IsJson)
            run.Out.Json(json => HostRendering.Write(json, row));
        else
        {
            HostRendering.Show(run, row);
            run.Error.Sentence("It stands on your card now. Contacts learn that with your next message; 'defms card' prints it.");
        }
        return ExitCode.Done;
    }

    private static byte[]? ReadToken(string? text) => text is null ? null
        : InvitationToken.TryParse(text, out byte[] token) ? token
        : throw new CommandException($"'{text}' is no invitation's token: it has 26 letters and digits.", ExitCode.Usage);

    /// <summary>A URL is asked for the card of the one who answers there; a card names its machine itself.</summary>
    private static async Task<(Endpoint Host, string Name)> FindAsync(string source, CancellationToken cancel)
    {
        if (!CardFetcher.IsUrl(source, out _))
        {
            Card card = await CardSource.ReadAsync(source, cancel);
            return card.Endpoints.FirstOrDefault(endpoint => endpoint.Identity == card.Identity) is { } machine
                ? (machine, card.Name)
                : throw new CommandException($"The card of {VisibleText.Line(card.Name)} names no machine of its own. Ask for the host's URL.");
        }
        if (!Endpoint.TryParseUrl(source, out Uri url))
            throw new CommandException($"'{source}' is no endpoint: write http(s)://host[:port][/path], without user, query or fragment.", ExitCode.Usage);
        Card found = await CardSource.ReadAsync(url.AbsoluteUri.TrimEnd('/') + PeerProtocol.CardPath, cancel);
        return (new Endpoint(url, found.Identity), found.Name);
    }
}
