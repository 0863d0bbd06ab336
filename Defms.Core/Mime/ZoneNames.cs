using System.Text;

namespace Defms.Core.Mime;

/// <summary>Names of time zones in old mail: those of RFC 5322, 4.3, and the ones in common use that mean one thing only.</summary>
internal static class ZoneNames
{
    // The longest name below.
    private const int MaxLength = 4;

    /// <summary>The offset from UTC, or null for a name nobody can be sure of.</summary>
    public static TimeSpan? OffsetOf(ReadOnlySpan<byte> name)
    {
        if (name.Length > MaxLength)
            return null;
        int? hundreds = Hundreds(Encoding.Latin1.GetString(name).ToUpperInvariant());
        return hundreds is { } h ? TimeSpan.FromMinutes((h / 100 * 60) + (h % 100)) : null;
    }

    public static bool IsUniversal(ReadOnlySpan<byte> name) => name.Length is > 0 and <= 3 && OffsetOf(name) == TimeSpan.Zero;

    private static int? Hundreds(string name) => name switch
    {
        "UT" or "GMT" or "UTC" or "Z" or "WET" => 0,
        "EST" or "CDT" => -500,
        "EDT" or "AST" => -400,
        "CST" or "MDT" => -600,
        "MST" or "PDT" => -700,
        "PST" or "AKDT" => -800,
        "AKST" => -900,
        "HST" => -1000,
        "ADT" => -300,
        "NST" => -330,
        "NDT" => -230,
        "BST" or "WEST" or "CET" or "MET" or "MEZ" => 100,
        "CEST" or "MEST" or "MESZ" or "EET" => 200,
        "EEST" or "MSK" => 300,
        "MSD" => 400,
        "HKT" or "SGT" => 800,
        "JST" or "KST" => 900,
        "AEST" => 1000,
        "AEDT" => 1100,
        "NZST" => 1200,
        "NZDT" => 1300,
        _ => null,
    };
}
