using System.Diagnostics.CodeAnalysis;

namespace Defms.Gateway.Smtp;

/// <summary>Reads the values of RET, NOTIFY and ORCPT (RFC 3461, section 4).</summary>
internal static class Dsn
{
    /// <summary>RFC 3461, 4.4: of an ENVID, as it is written.</summary>
    public const int MaxEnvelopeId = 100;

    private const int MaxOriginal = 500;

    public static bool TryReadReturn(string? value, out DsnReturn kind)
    {
        kind = Is(value, "HDRS") ? DsnReturn.Headers : DsnReturn.Full;
        return Is(value, "HDRS") || Is(value, "FULL");
    }

    public static bool TryReadNotify(string? value, out DsnNotify notify)
    {
        notify = DsnNotify.Never;
        if (value is null || Is(value, "NEVER"))
            return value is not null;
        foreach (string word in value.Split(','))
        {
            DsnNotify one = Is(word, "SUCCESS") ? DsnNotify.Success
                : Is(word, "FAILURE") ? DsnNotify.Failure
                : Is(word, "DELAY") ? DsnNotify.Delay
                : DsnNotify.Never;
            if (one == DsnNotify.Never)
                return false;
            notify |= one;
        }
        return true;
    }

    public static bool TryReadOriginal(string? value, [NotNullWhen(true)] out OriginalRecipient? original)
    {
        original = null;
        int semicolon = value?.IndexOf(';') ?? -1;
        if (semicolon <= 0 || value!.Length > MaxOriginal || !value[..semicolon].All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            return false;
        if (!Xtext.TryDecode(value.AsSpan(semicolon + 1), out string? address) || address.Length == 0)
            return false;
        original = new OriginalRecipient(value[..semicolon].ToLowerInvariant(), address);
        return true;
    }

    private static bool Is(string? value, string word) => string.Equals(value, word, StringComparison.OrdinalIgnoreCase);
}
