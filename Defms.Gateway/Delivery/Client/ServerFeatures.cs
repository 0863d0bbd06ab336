using System.Globalization;

namespace Defms.Gateway.Delivery.Client;

/// <summary>What a server says about itself in its answer to EHLO (RFC 5321, 4.1.1.1); nothing after HELO.</summary>
internal sealed record ServerFeatures
{
    public static ServerFeatures None { get; } = new();

    public bool Pipelining { get; private init; }

    public bool EightBitMime { get; private init; }

    public bool SmtpUtf8 { get; private init; }

    public bool Dsn { get; private init; }

    public bool StartTls { get; private init; }

    /// <summary>Whether the server takes the SIZE parameter (RFC 1870).</summary>
    public bool Size { get; private init; }

    /// <summary>The largest mail in octets that it takes; 0 where it names no limit.</summary>
    public long MaxSize { get; private init; }

    /// <summary>SASL mechanisms in upper case.</summary>
    public IReadOnlySet<string> Mechanisms { get; private init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Reads the lines behind the first, which is a greeting. Unknown and broken ones are passed over.</summary>
    public static ServerFeatures Of(RemoteReply ehlo)
    {
        ServerFeatures found = None;
        foreach (string line in ehlo.Lines.Skip(1))
            found = found.With(line.ToUpperInvariant().Split([' ', '='], StringSplitOptions.RemoveEmptyEntries));
        return found;
    }

    /// <summary>"AUTH=PLAIN" is how servers of the nineties wrote it, and some do still.</summary>
    private ServerFeatures With(string[] words) => words switch
    {
        ["PIPELINING"] => this with { Pipelining = true },
        ["8BITMIME", ..] => this with { EightBitMime = true },
        ["SMTPUTF8", ..] => this with { SmtpUtf8 = true },
        ["DSN", ..] => this with { Dsn = true },
        ["STARTTLS", ..] => this with { StartTls = true },
        ["SIZE", .. var limit] => this with { Size = true, MaxSize = ReadSize(limit) },
        ["AUTH", .. var names] => this with { Mechanisms = new HashSet<string>(Mechanisms.Concat(names), StringComparer.Ordinal) },
        _ => this,
    };

    private static long ReadSize(string[] words) =>
        words.Length > 0 && long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? size : 0;
}
