using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Defms.Gateway.Authentication.Spf;

/// <summary>What the letters of macros stand for in one evaluation (RFC 7208, 7.2 and 7.3).</summary>
/// <param name="Domain">The domain whose record is being evaluated, %{d}.</param>
/// <param name="ValidatedName">%{p}, looked up only where a record uses it.</param>
/// <param name="Receiver">The name of the checking host, %{r}.</param>
internal sealed record SpfMacroValues(
    IPAddress Client, string Helo, string Local, string SenderDomain, string Domain, string ValidatedName, string Receiver, long UnixTime)
{
    /// <summary>
    /// What an expansion may grow to. A record of 64 KiB could name a sender of 320 octets 16,000 times; a name has at most 253 characters and an
    /// explanation is one line of an SMTP reply, so what lies beyond is of no use.
    /// </summary>
    private const int MaxExpansion = 4096;

    /// <summary>A name of the DNS in text form.</summary>
    private const int MaxName = 253;

    /// <summary>The whole text; null when it grows beyond use.</summary>
    public string? Expand(SpfMacro macro)
    {
        var text = new StringBuilder();
        foreach (SpfPiece piece in macro.Pieces)
        {
            text.Append(piece.Letter == '\0' ? piece.Literal : Expand(piece));
            if (text.Length > MaxExpansion)
                return null;
        }

        return text.ToString();
    }

    /// <summary>A name to ask for: without its last dot, and shortened from the left, label by label, to what the DNS can hold (7.3).</summary>
    public string? ExpandName(SpfMacro macro)
    {
        string? name = Expand(macro)?.TrimEnd('.');
        while (name is { Length: > MaxName })
        {
            int dot = name.IndexOf('.', StringComparison.Ordinal);
            name = dot < 0 ? null : name[(dot + 1)..];
        }

        return name;
    }

    /// <summary>RFC 8616, 4: a local part beyond ASCII matches nothing where a macro would put it into a name.</summary>
    public bool CanName(SpfMacro macro) => Ascii.IsValid(Local) || !macro.Pieces.Any(piece => piece.Letter is 's' or 'l');

    private string Expand(SpfPiece piece)
    {
        string value = Value(piece.Letter);
        if (piece.Keep > 0 || piece.Reversed || piece.Delimiters != ".")
        {
            IEnumerable<string> parts = value.Split(piece.Delimiters.ToCharArray());
            if (piece.Reversed)
                parts = parts.Reverse();
            value = string.Join('.', piece.Keep > 0 ? parts.TakeLast(piece.Keep) : parts);
        }

        return piece.Escaped ? Uri.EscapeDataString(value) : value;
    }

    private string Value(char letter) => letter switch
    {
        's' => $"{Local}@{SenderDomain}",
        'l' => Local,
        'o' => SenderDomain,
        'd' => Domain,
        'i' => Dotted(Client),
        'p' => ValidatedName,
        'v' => Client.AddressFamily == AddressFamily.InterNetwork ? "in-addr" : "ip6",
        'h' => Helo,
        'c' => Client.ToString(),
        'r' => Receiver,
        _ => UnixTime.ToString(CultureInfo.InvariantCulture),
    };

    private static string Dotted(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork
        ? address.ToString()
        : string.Join('.', Convert.ToHexString(address.GetAddressBytes()).AsEnumerable());
}
