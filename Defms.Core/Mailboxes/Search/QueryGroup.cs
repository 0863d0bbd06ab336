namespace Defms.Core.Mailboxes.Search;

/// <summary>What stands between two parentheses, as it is read.</summary>
/// <param name="Field">Where words without a field of their own are looked for.</param>
/// <param name="Position">Of the opening parenthesis.</param>
internal sealed record QueryGroup(SearchField Field, int Position, bool IsNegated)
{
    private readonly List<SearchNode> alternatives = [];
    private List<SearchNode> current = [];

    internal bool IsEmpty => current.Count == 0 && alternatives.Count == 0;

    /// <summary>Whether an OR was read and nothing behind it yet.</summary>
    internal bool AwaitsAlternative => current.Count == 0 && alternatives.Count > 0;

    internal int Count => current.Count;

    internal void Add(SearchNode node) => current.Add(node);

    internal void NegateLast() => current[^1] = new NoneOf(current[^1]);

    internal bool TryStartAlternative()
    {
        if (current.Count == 0)
            return false;
        alternatives.Add(All(current));
        current = [];
        return true;
    }

    internal SearchNode ToNode() => alternatives.Count == 0 ? All(current) : new AnyOf([.. alternatives, All(current)]);

    private static SearchNode All(List<SearchNode> nodes) => nodes is [var one] ? one : new AllOf(nodes);
}
