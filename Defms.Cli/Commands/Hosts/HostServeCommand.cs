using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;

namespace Defms.Cli.Commands.Hosts;

/// <summary><c>defms host serve …</c>: whose mail this machine holds.</summary>
internal static class HostServeCommand
{
    private static readonly TermsOptions Terms = new();

    private static readonly Argument<string> Source = new("CARD")
    {
        Description = "Somebody's card (defms:…), a file with it, its URL, or his identity (did:key:…).",
        HelpName = "CARD|FILE|URL|DID",
    };

    private static readonly Argument<string> Who = new("WHO") { Description = "Name or identity of somebody served, or the last letters of the identity." };

    private static readonly Flag Drop = new("--drop") { Description = "Although something is held that he has not fetched: it goes." };

    public static Command Build() => new CliCommand("serve", "Whose mail this machine holds: list, add, remove.")
    {
        new CliCommand("add", "Hold somebody's mail here, without an invitation; or change what is agreed.")
        {
            Arguments = { Source },
            Options = { Terms.Quota, Terms.Days, Terms.Keep },
            Notes = "He puts this machine on his card with 'defms host add URL'.",
        }.In(CommandGroup.Keep, "defms host serve add bob.card --quota 2G").RunsAsync(AddAsync),
        new CliCommand("list", "List those whose mail is held here, how much, and when they last asked.")
            .In(CommandGroup.Keep, "defms host serve list", "defms host serve list --json").Runs(List),
        new CliCommand("remove", "Hold somebody's mail no more.")
        {
            Arguments = { Who },
            Options = { Drop },
        }.In(CommandGroup.Keep, "defms host serve remove bob", "defms host serve remove bob --drop").Runs(Remove),
    }.In(CommandGroup.Keep, "defms host serve list");

    private static async Task<int> AddAsync(Invocation run, CancellationToken cancel)
    {
        string source = run.Get(Source);
        HostingTerms? terms = Terms.IsGiven(run) ? Terms.Read(run) : null;
        _ = run.Self;
        Card? card = Did.TryParse(source, out Did did) ? null : await CardSource.ReadAsync(source, cancel);
        ServedRow row = new HostingDesk(run.Store, run.Time).Serve(card?.Identity ?? did, card?.Name, terms);
        Show(run, row, run.Store.Read(tables => tables.Held.Of(row.Identity)));
        return ExitCode.Done;
    }

    private static void List(Invocation run)
    {
        List<(ServedRow Row, HeldSum Held)> rows = run.Store.Read(tables => tables.Served.List().Select(row => (row, tables.Held.Of(row.Identity))).ToList());
        if (run.IsJson)
        {
            run.Out.Json(json =>
            {
                json.WriteStartArray();
                rows.ForEach(entry => HostRendering.Write(json, entry.Row, entry.Held));
                json.WriteEndArray();
            });
            return;
        }
        rows.ForEach(entry => HostRendering.Show(run, entry.Row, entry.Held));
        int open = run.Store.Read(tables => tables.Invitations.Count(run.Now));
        if (rows.Count == 0)
            run.Error.Line("Nobody's mail is held here: 'defms host invite' invites somebody.");
        if (open > 0)
            run.Error.Line($"{Names.Count(open, "invitation")} not used yet.");
    }

    private static void Remove(Invocation run)
    {
        ServedRow row = Find(run.Store.Read(tables => tables.Served.List()), run.Get(Who));
        HeldSum held = run.Store.Write(tables => End(tables, row, run.Has(Drop)));
        if (run.IsJson)
            run.Out.Json(json => HostRendering.Write(json, row, held));
        run.Error.Line($"Nothing is held here any more for {VisibleText.Line(row.Name ?? row.Identity.ToString())}.");
    }

    private static HeldSum End(IReplicationTables tables, ServedRow row, bool drops)
    {
        HeldSum held = tables.Held.Of(row.Identity);
        int waiting = held.Items - tables.Held.Replicas(row.Identity).Items;
        if (waiting > 0 && !drops)
            throw new CommandException($"He has not fetched {Names.Count(waiting, "item")} yet. Nothing was changed; with --drop it goes.");
        HostingDesk.End(tables, row.Identity);
        return held;
    }

    private static void Show(Invocation run, ServedRow row, HeldSum held)
    {
        if (run.IsJson)
            run.Out.Json(json => HostRendering.Write(json, row, held));
        else
            HostRendering.Show(run, row, held);
    }

    private static ServedRow Find(IReadOnlyList<ServedRow> rows, string text)
    {
        List<ServedRow> found = [.. rows.Where(row => row.Name?.Equals(text, StringComparison.OrdinalIgnoreCase) == true
            || (text.Length >= 6 && row.Identity.ToString().EndsWith(text, StringComparison.Ordinal)))];
        return found switch
        {
            [ServedRow one] => one,
            [] => throw new CommandException($"Nobody served here is called '{text}'. 'defms host serve list' shows all.", ExitCode.NotFound),
            _ => throw new CommandException($"'{text}' may mean {string.Join(" or ", found.Select(row => row.Identity))}. Name one by his identity.", ExitCode.Usage),
        };
    }
}
