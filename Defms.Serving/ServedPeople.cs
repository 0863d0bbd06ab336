using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Replication.Hosting;

namespace Defms.Serving;

/// <summary>Those whose mail a server is told to hold when it starts.</summary>
public static class ServedPeople
{
    /// <summary>A saved mail around a card; a card itself is at most 2 KiB.</summary>
    private const int MaxLength = 1 << 20;

    /// <summary>
    /// Serves everybody named from now on, also when the next start does not name him: what is held for him was promised. What is agreed
    /// already stays as it is.
    /// </summary>
    /// <param name="named">The text of a card, a file with one, or an identity.</param>
    /// <param name="option">What named them, for messages.</param>
    /// <exception cref="ServerException">One of them is nobody.</exception>
    public static void Serve(IStore<IReplicationTables> store, TimeProvider time, IReadOnlyList<string> named, string option)
    {
        var desk = new HostingDesk(store, time);
        foreach ((Did identity, string? name) in named.Select(text => Read(text, option)).ToList())
            desk.Serve(identity, name, terms: null);
    }

    private static (Did Identity, string? Name) Read(string text, string option)
    {
        if (Did.TryParse(text, out Did did))
            return (did, null);
        string content = text.StartsWith(Card.TextPrefix, StringComparison.OrdinalIgnoreCase) ? text : ReadFile(text, option);
        int start = content.IndexOf(Card.TextPrefix, StringComparison.OrdinalIgnoreCase);
        string card = start < 0 ? "" : content[start..].ReplaceLineEndings("\n").Split("\n\n", 2)[0];
        return Card.TryParse(card, out Card? read, out string? error)
            ? (read.Identity, read.Name)
            : throw new ServerException($"{option} {text}: it {error}. Name the text of a card, a file with one, or an identity (did:key:…).");
    }

    private static string ReadFile(string path, string option)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] bytes = new byte[Math.Min(file.Length, MaxLength)];
            file.ReadExactly(bytes);
            return System.Text.Encoding.UTF8.GetString(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerException($"{option} {path}: {e.Message}");
        }
    }
}
