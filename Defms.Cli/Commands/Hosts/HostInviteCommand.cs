using System.CommandLine;
using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Identities;
using Defms.Core.Replication.Hosting;

namespace Defms.Cli.Commands.Hosts;

internal static class HostInviteCommand
{
    /// <summary>Long enough to be read in an answer, short enough to be forgotten.</summary>
    private const int DefaultValidDays = 7;

    private static readonly TermsOptions Terms = new();

    private static readonly Option<string?> Name = new("--name") { Description = "What you call him, for your own list: his host is told no name.", HelpName = "NAME" };

    private static readonly Option<string?> Expires = new("--expires") { Description = $"For how many days the invitation is good. Usually {DefaultValidDays}.", HelpName = "DAYS" };

    public static Command Build() => new CliCommand("invite", "Invite somebody to let this machine hold his mail.")
    {
        Options = { Name, Terms.Quota, Terms.Days, Terms.Keep, Expires },
        Notes = "Prints a token, which one person can use, once. It is kept nowhere: give it to nobody else. "
            + "Your defms-daemon answers those who come; 'defms host serve list' shows them.",
    }
    .In(CommandGroup.Keep, "defms host invite", "defms host invite --name Bob --quota 5G --days 60 --expires 3")
    .Runs(Run);

    private static void Run(Invocation run)
    {
        HostingTerms terms = Terms.Read(run);
        int valid = run.Get(Expires) is { } days ? TermsOptions.ReadDays(days) : DefaultValidDays;
        Endpoint? machine = run.Card.Endpoints.FirstOrDefault(endpoint => endpoint.Identity == run.Self);
        byte[] token = new HostingDesk(run.Store, run.Time).Invite(run.Get(Name), terms, TimeSpan.FromDays(valid), run.Random);
        long expires = run.Now + (long)TimeSpan.FromDays(valid).TotalMilliseconds;
        if (run.IsJson)
            run.Out.Json(json => Write(json, token, machine, terms, expires));
        else
            Show(run, token, machine, terms, expires);
    }

    private static void Show(Invocation run, byte[] token, Endpoint? machine, HostingTerms terms, long expires)
    {
        run.Out.Line($"defms host add {machine?.Text ?? "URL"} --token {InvitationToken.ToText(token)}");
        run.Error.Sentence(
            $"Whoever runs this first, before {Names.Date(expires, run.Time)}, has up to {Names.Size(terms.Quota)} of his mail held here for {Names.Count(terms.Days, "day")}.");
        if (machine is null)
            run.Error.Sentence("Your card names no machine of yours: put the URL of your defms-daemon there ('defms config endpoint URL' keeps it).");
    }

    private static void Write(Utf8JsonWriter json, byte[] token, Endpoint? machine, HostingTerms terms, long expires)
    {
        json.WriteStartObject();
        json.WriteString("token", InvitationToken.ToText(token));
        json.WriteString("url", machine?.Text);
        json.WriteNumber("quota", terms.Quota);
        json.WriteNumber("days", terms.Days);
        json.WriteBoolean("keep", terms.Keeps);
        json.WriteString("expires", Names.Time(expires));
        json.WriteEndObject();
    }
}
