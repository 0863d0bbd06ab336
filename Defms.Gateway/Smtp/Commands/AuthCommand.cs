using System.Diagnostics.CodeAnalysis;
using System.Text;
using Defms.Gateway.Smtp.Sasl;
using Defms.Gateway.Smtp.Wire;
using Microsoft.AspNetCore.Connections;

namespace Defms.Gateway.Smtp.Commands;

/// <summary>AUTH (RFC 4954) with PLAIN (RFC 4616) and SCRAM-SHA-256 (RFC 7677), on submission ports and under TLS only.</summary>
internal sealed class AuthCommand : ISmtpCommand
{
    private const string Plain = "PLAIN";
    private const string ScramName = "SCRAM-SHA-256";
    private const string ScramPlus = "SCRAM-SHA-256-PLUS";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);
    private static readonly SmtpReply Done = new(235, "2.7.0", "Welcome");
    private static readonly SmtpReply Wrong = new(535, "5.7.8", "Name or password is wrong");
    private static readonly SmtpReply TooOften = new(421, "4.7.0", "Too many wrong passwords");
    private static readonly SmtpReply Unavailable = new(454, "4.7.0", "Passwords cannot be checked now, try again later");
    private static readonly SmtpReply NotHere = new(502, "5.5.1", "There is no AUTH on this port");
    private static readonly SmtpReply NeedsTls = new(538, "5.7.11", "No passwords in clear, say STARTTLS first");
    private static readonly SmtpReply UnknownMechanism = new(504, "5.5.4", "The mechanism is unknown");
    private static readonly SmtpReply BadBase64 = new(501, "5.5.2", "That is no base64");
    private static readonly SmtpReply Abandoned = new(501, "5.7.0", "Authentication was abandoned");

    public string Verb => "AUTH";

    /// <summary>Those offered now, the best first.</summary>
    public static IEnumerable<string> Mechanisms(SmtpSession session) =>
        session.ChannelBinding.IsEmpty ? [ScramName, Plain] : [ScramPlus, ScramName, Plain];

    public async ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments)
    {
        if (Forbids(session) is { } refusal)
            return refusal;
        string[] words = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is 0 or > 2)
            return SmtpReply.BadSyntax;
        string mechanism = words[0].ToUpperInvariant();
        if (!Mechanisms(session).Contains(mechanism))
            return UnknownMechanism;
        if (session.Parts.Guard.IsClosedTo(session.Network))
            return TooOften;
        (string? first, SmtpReply? ended) = words.Length == 2 ? Decode(words[1] == "=" ? "" : words[1]) : await AskAsync(session, "");
        return first is null ? ended : await CheckAsync(session, mechanism, first);
    }

    private static async ValueTask<SmtpReply?> CheckAsync(SmtpSession session, string mechanism, string first)
    {
        try
        {
            return mechanism == Plain ? await PlainAsync(session, first) : await ScramAsync(session, first, mechanism == ScramPlus);
        }
        catch (Exception e) when (e is not (IOException or OperationCanceledException or ConnectionAbortedException))
        {
            session.Parts.Log.CredentialsFailed(e);
            return Unavailable;
        }
    }

    private static SmtpReply? Forbids(SmtpSession session) =>
        session.Client.Port == SmtpPort.Exchange ? NotHere
        : session.Client.Tls is null ? NeedsTls
        : !session.OffersAuth ? NotHere
        : session.Client.HelloName.Length == 0 ? SmtpReply.HelloFirst
        : session.Client.Account is not null || session.Transaction is not null ? SmtpReply.WrongOrder
        : null;

    /// <summary>authorization NUL name NUL password; acting for others is not possible here.</summary>
    private static async ValueTask<SmtpReply?> PlainAsync(SmtpSession session, string message)
    {
        bool isRight = message.Split('\0') is [var other, { Length: > 0 } name, { Length: > 0 } password]
            && (other.Length == 0 || other == name)
            && await session.Parts.Passwords!.CheckAsync(name, password, session.Parts.Aborted);
        return isRight ? Welcome(session, message.Split('\0')[1]) : Refuse(session);
    }

    private static async ValueTask<SmtpReply?> ScramAsync(SmtpSession session, string first, bool isPlus)
    {
        var exchange = new ScramExchange(session.Parts.Passwords!, session.ChannelBinding, isPlus);
        if (await exchange.ChallengeAsync(first, session.Parts.Aborted) is not { } challenge)
            return Refuse(session);
        (string? final, SmtpReply? ended) = await AskAsync(session, challenge);
        if (final is null)
            return ended;
        if (!exchange.TryFinish(final, out string? proof))
            return Refuse(session);
        // The client may check our proof and leave; it agrees by saying nothing.
        (string? agreed, ended) = await AskAsync(session, proof);
        return agreed is null ? ended : agreed.Length > 0 ? Refuse(session) : Welcome(session, exchange.Account);
    }

    private static SmtpReply Welcome(SmtpSession session, string account)
    {
        session.Client = session.Client with { Account = account };
        return Done;
    }

    private static SmtpReply Refuse(SmtpSession session)
    {
        session.Parts.Guard.CountFailure(session.Network);
        return ++session.FailedAuths >= SmtpLimits.AuthAttempts ? TooOften : Wrong;
    }

    /// <summary>Sends a challenge and reads the response; null, and why, when none came.</summary>
    private static async ValueTask<(string? Response, SmtpReply? Ended)> AskAsync(SmtpSession session, string challenge)
    {
        session.Wire.Write(new SmtpReply(334, "", Convert.ToBase64String(Encoding.UTF8.GetBytes(challenge))));
        (WireEnd end, string line) = await session.Wire.ReadLineAsync(SmtpLimits.SaslLine);
        return end != WireEnd.Whole ? (null, session.Explain(end))
            : line == "*" ? (null, Abandoned)
            : Decode(line);
    }

    private static (string? Response, SmtpReply? Ended) Decode(string base64) =>
        TryDecode(base64, out string? text) ? (text, null) : (null, BadBase64);

    private static bool TryDecode(string base64, [NotNullWhen(true)] out string? text)
    {
        byte[] octets = new byte[base64.Length];
        bool isText = Convert.TryFromBase64String(base64, octets, out int length)
            && System.Text.Unicode.Utf8.IsValid(octets.AsSpan(0, length));
        text = isText ? StrictUtf8.GetString(octets, 0, length) : null;
        return isText;
    }
}
