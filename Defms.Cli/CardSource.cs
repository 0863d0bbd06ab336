using System.Text;
using Defms.Core.Identities;
using Defms.Core.Network;
using Defms.Core.Replication;

namespace Defms.Cli;

/// <summary>A card as a person names it: its text, a file with it somewhere inside, or a URL.</summary>
internal static class CardSource
{
    /// <summary>A saved mail around a card; a card itself is at most 2 KiB.</summary>
    private const int MaxLength = 1 << 20;

    /// <exception cref="CommandException">There is no card, or it is not a good one.</exception>
    /// <exception cref="PeerException">The URL gives none.</exception>
    public static async Task<Card> ReadAsync(string source, CancellationToken cancel)
    {
        if (source.StartsWith(Card.TextPrefix, StringComparison.OrdinalIgnoreCase))
            return Find(source, "The card");
        if (!CardFetcher.IsUrl(source, out Uri? url))
            return Find(ReadFile(source), source);
        using var fetcher = new CardFetcher();
        return await fetcher.FetchAsync(url, cancel);
    }

    private static string ReadFile(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] bytes = new byte[Math.Min(file.Length, MaxLength)];
            file.ReadExactly(bytes);
            return Encoding.UTF8.GetString(bytes);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandException($"'{path}' is no card (they begin with '{Card.TextPrefix}'), no URL, and no file that is there.", ExitCode.NotFound);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"Cannot read {path}: {e.Message}");
        }
    }

    /// <summary>The card may be broken into lines, and other text may follow: behind an empty line, or behind its only line.</summary>
    private static Card Find(string text, string what)
    {
        int start = text.IndexOf(Card.TextPrefix, StringComparison.OrdinalIgnoreCase);
        if (start < 0)
            throw new CommandException($"{what} holds no card: there is no '{Card.TextPrefix}' in it.");
        string rest = text[start..].ReplaceLineEndings("\n");
        string block = rest.Split("\n\n", 2)[0];
        if (Card.TryParse(block, out Card? card, out string? error) || Card.TryParse(rest.Split('\n', 2)[0], out card, out _))
            return card;
        throw new CommandException($"{what} holds no good card: it {error}. Ask for it once more, whole.");
    }
}
