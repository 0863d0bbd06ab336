using System.Text;
using Defms.Core.Identities;

namespace Defms.Cli;

/// <summary>Gets what a URL names.</summary>
internal interface ITextFetcher
{
    /// <exception cref="CommandException">It cannot be had.</exception>
    Task<string> FetchAsync(Uri url, int maxLength, CancellationToken cancel);
}

/// <summary>A card as a person names it: its text, a file with it somewhere inside, or a URL.</summary>
internal static class CardSource
{
    /// <summary>A saved mail around a card; a card itself is at most 2 KiB.</summary>
    private const int MaxLength = 1 << 20;

    /// <exception cref="CommandException">There is no card, or it is not a good one.</exception>
    public static async Task<Card> ReadAsync(string source, ITextFetcher? fetcher, CancellationToken cancel)
    {
        if (source.StartsWith(Card.TextPrefix, StringComparison.OrdinalIgnoreCase))
            return Find(source, "The card");
        if (source.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || source.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            return Find(await FetchAsync(source, fetcher, cancel), $"What {source} gives");
        return Find(ReadFile(source), source);
    }

    private static Task<string> FetchAsync(string source, ITextFetcher? fetcher, CancellationToken cancel)
    {
        if (!Uri.TryCreate(source, UriKind.Absolute, out Uri? url))
            throw new CommandException($"'{source}' is no URL.", ExitCode.Usage);
        return fetcher is null
            ? throw new CommandException("This Defms cannot fetch cards yet. Get the card by other means and give its text or a file.")
            : fetcher.FetchAsync(url, MaxLength, cancel);
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
