using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Cli.Commands.Settings;

/// <summary><c>defms config gateway</c>: who carries mail to and from the old mail world. Not on the card: it concerns nobody else.</summary>
internal static class GatewaySetting
{
    public const string Key = "gateway";

    public const string Meaning = "The gateways that bring you mail of the old world; the first takes yours there. Entered by their cards.";

    public const string Default = "none: only people with a card of their own can be written to";

    /// <exception cref="CommandException">The options do not go together, a card is no good, or nobody of that name is a gateway.</exception>
    public static async Task<int> RunAsync(Invocation run, bool add, bool unset, string[] values, CancellationToken cancel)
    {
        if (add && (unset || values.Length == 0))
            throw new CommandException("--add takes cards and does not go with --unset.", ExitCode.Usage);
        if (unset)
            Enter(run, values.Length == 0 ? [] : Without(run, values));
        else if (values.Length > 0)
            Enter(run, [.. add ? Read(run) : [], .. await ReadAsync(values, cancel)]);
        List<Card> gateways = Read(run);
        if (run.IsJson)
            run.Out.Json(json => Write(json, gateways));
        else
            gateways.ForEach(card => run.Out.Line(Text(card)));
        return ExitCode.Done;
    }

    public static List<Card> Read(Invocation run) => run.Store.Read(tables =>
        Gateways.All(tables).Select(tables.Contacts.Find).OfType<ContactRow>().Select(row => row.Card).ToList());

    public static string Text(Card card) => $"{VisibleText.Line(card.Name)} {card.Identity}";

    public static void Write(Utf8JsonWriter json, IEnumerable<Card> gateways)
    {
        json.WriteStartObject();
        json.WriteString("key", Key);
        json.WriteStrings("value", gateways.Select(card => card.Identity.ToString()));
        json.WriteString("default", Default);
        json.WriteString("meaning", Meaning);
        json.WriteEndObject();
    }

    private static async Task<List<Card>> ReadAsync(string[] sources, CancellationToken cancel)
    {
        var cards = new List<Card>();
        foreach (string source in sources)
            cards.Add(await CardSource.ReadAsync(source, cancel));
        return cards;
    }

    private static void Enter(Invocation run, List<Card> cards) => run.Store.Write(tables =>
    {
        List<Card> each = [.. cards.GroupBy(card => card.Identity).Select(same => same.Last())];
        Gateways.Enter(tables, each, OwnCard.Get(tables).Identity, run.Time.GetUtcNow());
        return true;
    });

    private static List<Card> Without(Invocation run, string[] names)
    {
        List<Card> left = Read(run);
        foreach (string name in names)
        {
            if (left.RemoveAll(card => card.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || card.Identity.ToString() == name || card.ToString() == name) == 0)
                throw new CommandException($"'{name}' is no gateway of yours. 'defms config gateway' lists them.", ExitCode.NotFound);
        }
        return left;
    }
}
