using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;

namespace Defms.Cli.Commands;

/// <summary>Who said when that he holds a thread, as text and as JSON.</summary>
internal sealed record ThreadStatus(ThreadRow Thread, int Missing, IReadOnlyList<ThreadStatus.Holder> Holders)
{
    private const int MostColumns = 40;

    public static ThreadStatus Read(IReplicationTables tables, string name, Did self)
    {
        ThreadRow row = tables.Threads.Find(Naming.Thread(tables, name))!;
        Dictionary<Did, KeeperRow> said = tables.Keepers.Of(row.Id).ToDictionary(holder => holder.Identity);
        IEnumerable<Did> asked = tables.Threads.Parties(row.Id).Where(party => party != self || said.ContainsKey(party)).Union(said.Keys);
        return new ThreadStatus(row, tables.Messages.Missing(row.Id).Count, [.. asked.Select(one => new Holder(
            one, one == self ? "another machine of yours" : NameOf(tables, row, one), said.GetValueOrDefault(one)))]);
    }

    public void Show(Invocation run)
    {
        run.Out.Line($"Thread {run.Out.Bold(Names.Short(Thread.Thread))}, {Names.Count(Thread.Count, "message")}, root {Names.Short(Thread.Root)}");
        run.Out.Line(Missing == 0 ? "  whole here" : $"  {run.Out.Yellow($"{Missing} chunks are missing here")}; 'defms sync' asks everybody in it for them");
        int column = Holders.Count == 0 ? 0 : Math.Min(MostColumns, Holders.Max(holder => TextWidth.Of(holder.Name)));
        foreach (Holder holder in Holders)
            run.Out.Sentence($"  {TextWidth.Fit(VisibleText.Line(holder.Name), column)}  {Describe(run, holder)}", 4);
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("thread", Thread.Thread.ToString());
        json.WriteString("root", Thread.Root.ToString());
        json.WriteNumber("messages", Thread.Count);
        json.WriteNumber("missing", Missing);
        json.WriteStartArray("holders");
        foreach (Holder holder in Holders)
        {
            json.WriteStartObject();
            json.WriteString("id", holder.Identity.ToString());
            json.WriteString("name", holder.Name);
            if (holder.Said is { } said)
            {
                json.WriteString("root", said.Root?.ToString());
                json.WriteBoolean("same", said.Root == Thread.Root);
                json.WriteString("time", Names.Time(said.Time));
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private string Describe(Invocation run, Holder holder) => holder.Said switch
    {
        null => run.Out.Dim("has not said anything yet"),
        { Root: null } said => $"holds it sealed, signed {Names.Date(said.Time, run.Time)}",
        { Root: { } root } said when root == Thread.Root => run.Out.Green($"holds all of it, signed {Names.Date(said.Time, run.Time)}"),
        { } said => $"held another state of it whole, signed {Names.Date(said.Time, run.Time)}",
    };

    private static string NameOf(IReplicationTables tables, ThreadRow row, Did identity)
    {
        if (tables.Contacts.Find(identity) is { } contact)
            return contact.Card.Name;
        using Core.Threads.Thread thread = ThreadAccess.Open(tables, row);
        return thread.Genesis.Find(identity)?.Name ?? identity.ToString();
    }

    /// <summary>Somebody who may hold the thread, and what he signed last.</summary>
    internal sealed record Holder(Did Identity, string Name, KeeperRow? Said);
}
