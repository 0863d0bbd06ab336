using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Identities;
using Defms.Core.Replication;

namespace Defms.Cli.Commands.Devices;

/// <summary>
/// <c>defms device pair</c>: on the new machine it shows a request and waits for the answer; on the old one it takes the request and gives the answer.
/// </summary>
internal static class DevicePairCommand
{
    private static readonly Argument<string[]> Request = new("REQUEST")
    {
        Description = "What the new machine shows (defms-pair:…). Without it this is the new machine.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string?> Name = new("--name") { Description = "What this machine is called in the list of yours (default: its host name).", HelpName = "NAME" };

    private static readonly Option<string?> From = new("--from")
    {
        Description = "New machine: fetch the answer from your old machine's daemon at this URL, instead of pasting it.",
        HelpName = "URL",
    };

    private static readonly Option<string?> Check = new("--check")
    {
        Description = "Old machine: the check code that the new one shows, where nobody can be asked.",
        HelpName = "CODE",
    };

    public static Command Build() => new CliCommand("pair", "Put your identity on another machine.")
    {
        Arguments = { Request },
        Options = { Name, From, Check },
        Notes = "Run it on the new machine; it shows a request as text and as a QR code. Run it with that text on the old one, compare the check codes, "
            + "and paste the answer into the new one. A request lives for ten minutes and is good for one answer.",
    }
    .In(CommandGroup.Start,
        "defms device pair",
        "defms device pair --from https://mail.example.org --name Laptop",
        "defms device pair DEFMS-PAIR:UZQXMAJDNNSXSWBA --check 4KJ7-Q2MX-90TD")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        string name = run.Get(Name) ?? Environment.MachineName;
        string text = string.Concat(run.Get(Request));
        if (text.Length == 0)
            return await Joining.RunAsync(run, name, ReadUrl(run), cancel);
        if (!PairingRequest.TryParse(text, out PairingRequest? request, out string? error))
            throw new CommandException($"The request {error}. Take it whole from the new machine.", ExitCode.Usage);
        Admit(run, request, name);
        return ExitCode.Done;
    }

    private static Uri? ReadUrl(Invocation run) => run.Get(From) is not { } text ? null
        : Endpoint.TryParseUrl(text, out Uri url) ? url
        : throw new CommandException($"'{text}' is no endpoint: write http(s)://host[:port][/path].", ExitCode.Usage);

    private static void Admit(Invocation run, PairingRequest request, string name)
    {
        var desk = new PairingDesk(run.Store, run.Time);
        if (!desk.IsFresh(request))
            throw new CommandException("The request is older than ten minutes, or the clocks of the two machines differ by that much. Run 'defms device pair' anew on the new machine.");
        Identity self = run.Identity;
        RequireSameCheck(run, request);
        PairingAnswer answer = desk.Admit(request, self, name);
        if (run.IsJson)
            run.Out.Json(json =>
            {
                json.WriteStartObject();
                json.WriteString("device", Convert.ToHexStringLower(request.Device));
                json.WriteString("name", request.Name);
                json.WriteString("check", request.CheckCode);
                json.WriteString("answer", answer.Text);
                json.WriteEndObject();
            });
        else
            Show(run, request, answer);
    }

    /// <summary>Whoever put another request in its place would be given the identity: the code shows whose it is.</summary>
    private static void RequireSameCheck(Invocation run, PairingRequest request)
    {
        bool isSame;
        if (run.Get(Check) is { } given)
        {
            isSame = Plain(given) == Plain(request.CheckCode);
        }
        else if (Console.IsInputRedirected)
        {
            throw new CommandException("Give the check code that the new machine shows with --check, or run this on a terminal.", ExitCode.Usage);
        }
        else
        {
            run.Error.Text($"Does the new machine show {run.Error.Bold(request.CheckCode)} too? [y/N] ");
            run.Error.Flush();
            isSame = Console.In.ReadLine()?.Trim() is "y" or "Y" or "yes";
        }
        if (!isSame)
            throw new CommandException("Nothing was handed over. Take the request anew from the screen of your new machine, and compare the codes.");
    }

    private static string Plain(string code) => code.Replace("-", "").Trim().ToUpperInvariant().Replace('O', '0').Replace('I', '1').Replace('L', '1');

    private static void Show(Invocation run, PairingRequest request, PairingAnswer answer)
    {
        run.Error.Sentence($"{VisibleText.Line(request.Name)} ({request.CheckCode}) may have your identity now. It fetches the answer by itself if it was started with --from; otherwise paste this into it:");
        if (answer.Text is not { } text)
            throw new CommandException("Your identity has too many epochs to be pasted. Start your daemon, and the new machine with --from and its URL.");
        foreach (char[] line in text.Chunk(72))
            run.Out.Line(new string(line));
    }
}
