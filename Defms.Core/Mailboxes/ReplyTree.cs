namespace Defms.Core.Mailboxes;

/// <summary>
/// Order on the screen: every message behind the one it answers, siblings by time, then by CID. A view, never part of the state.
/// Reference cycles and answers to unknown messages lose nothing: such messages stand at the top level.
/// </summary>
public static class ReplyTree
{
    /// <summary>Deeper answers are indented no further.</summary>
    private const int MaxDepth = 1000;

    /// <param name="messages">In any order.</param>
    public static IReadOnlyList<ShownMessage> Order(IEnumerable<ShownMessage> messages)
    {
        List<ShownMessage> byTime = [.. messages.OrderBy(message => message.Row.Date).ThenBy(message => message.Row.Cid)];
        Dictionary<string, ShownMessage> byId = [];
        foreach (ShownMessage message in byTime)
        {
            if (message.Row.MessageId is { } id)
                byId.TryAdd(id, message);
        }
        Dictionary<ShownMessage, ShownMessage> parents = new(ReferenceEqualityComparer.Instance);
        foreach (ShownMessage message in byTime)
        {
            if (FindParent(message, byId) is { } parent && !IsAbove(message, parent, parents))
                parents[message] = parent;
        }
        return Flatten(byTime, byTime.ToLookup(message => parents.GetValueOrDefault(message), ReferenceEqualityComparer.Instance));
    }

    private static ShownMessage? FindParent(ShownMessage message, Dictionary<string, ShownMessage> byId)
    {
        foreach (string id in message.Mail.References.Concat(message.Mail.InReplyTo.Take(1)).Reverse())
        {
            if (byId.TryGetValue(id, out ShownMessage? parent) && !ReferenceEquals(parent, message))
                return parent;
        }
        return null;
    }

    /// <summary>Whether <paramref name="message"/> is among the messages that <paramref name="other"/> answers.</summary>
    private static bool IsAbove(ShownMessage message, ShownMessage other, Dictionary<ShownMessage, ShownMessage> parents)
    {
        ShownMessage? at = other;
        for (int steps = 0; at is not null && steps <= MaxDepth; steps++)
        {
            if (ReferenceEquals(at, message))
                return true;
            at = parents.GetValueOrDefault(at);
        }
        return at is not null;
    }

    private static List<ShownMessage> Flatten(List<ShownMessage> byTime, ILookup<object?, ShownMessage> children)
    {
        var ordered = new List<ShownMessage>(byTime.Count);
        var open = new Stack<(ShownMessage Message, int Depth)>();
        foreach (ShownMessage top in children[null].Reverse())
            open.Push((top, 0));
        while (open.TryPop(out (ShownMessage Message, int Depth) next))
        {
            ordered.Add(next.Message with { Depth = next.Depth });
            foreach (ShownMessage child in children[next.Message].Reverse())
                open.Push((child, next.Depth + 1));
        }
        return ordered;
    }
}
