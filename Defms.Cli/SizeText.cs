using System.Globalization;

namespace Defms.Cli;

/// <summary>Sizes as people write them.</summary>
internal static class SizeText
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000), ("B", 1),
    ];

    /// <summary>In the largest unit that needs no fraction, so that what was written is read back.</summary>
    public static string Of(long bytes) => bytes == 0 ? "0B" : Array.Find(Units, entry => bytes % entry.Bytes == 0) is var (unit, size) ? $"{bytes / size}{unit}" : "";

    /// <summary>Reads 500MB, 1.5 GB or plain bytes.</summary>
    /// <exception cref="CommandException">It is no size.</exception>
    public static long Parse(string text)
    {
        string trimmed = text.Trim();
        (string unit, long bytes) = Array.Find(Units, entry => trimmed.EndsWith(entry.Unit, StringComparison.OrdinalIgnoreCase));
        string number = trimmed[..^(unit?.Length ?? 0)].Trim();
        return decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal count) && count is >= 0 and < 1_000_000_000_000
            && count * Math.Max(1, bytes) <= long.MaxValue
            ? (long)(count * Math.Max(1, bytes))
            : throw new CommandException($"'{text}' is no size: write 500MB, 20GB or a number of bytes.", ExitCode.Usage);
    }
}
