using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Defms.Core.Mime;

namespace Defms.Gateway.Smtp.Commands;

/// <summary>MAIL FROM (RFC 5321, 4.1.1.2) with SIZE (1870), BODY (6152), SMTPUTF8 (6531), RET and ENVID (3461) and AUTH (4954).</summary>
internal sealed class MailCommand : ISmtpCommand
{
    private const string Keyword = "FROM:";

    private static readonly SmtpReply Done = new(250, "2.1.0", "Sender noted");
    private static readonly SmtpReply BadPath = new(501, "5.1.7", "The sender is no address in angle brackets");
    private static readonly SmtpReply TlsFirst = new(530, "5.7.0", "Say STARTTLS first");
    private static readonly SmtpReply AuthFirst = new(530, "5.7.0", "Say AUTH first");

    public string Verb => "MAIL";

    public static readonly SmtpReply Utf8Needed = new(553, "5.6.7", "An address beyond ASCII needs SMTPUTF8");
    public static readonly SmtpReply UnknownParameter = new(555, "5.5.4", "A parameter is unknown");

    public ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments)
    {
        if (Forbids(session) is { } refusal || !TryRead(arguments, out Envelope? envelope, out refusal))
            return new(refusal);
        SmtpLimits limits = session.Parts.Limits;
        if (envelope.AnnouncedSize > limits.Mail)
            return new(SmtpReply.TooLarge);
        if (!session.Parts.Budget.HasRoomFor(Math.Max(envelope.AnnouncedSize ?? 0, limits.FreeToBegin)))
            return new(SmtpReply.NoMemory);
        return new(session.TryBegin(envelope) ? Done : SmtpReply.TooManyMails);
    }

    /// <summary>Why nobody may send now; null when it is fine.</summary>
    private static SmtpReply? Forbids(SmtpSession session)
    {
        bool isSubmission = session.Client.Port != SmtpPort.Exchange;
        return isSubmission && session.Client.Tls is null ? TlsFirst
            : session.Client.HelloName.Length == 0 ? SmtpReply.HelloFirst
            : isSubmission && session.Client.Account is null ? AuthFirst
            : session.Transaction is not null ? SmtpReply.WrongOrder
            : null;
    }

    private static bool TryRead(string arguments, [NotNullWhen(true)] out Envelope? envelope, [NotNullWhen(false)] out SmtpReply? refusal)
    {
        (envelope, refusal) = (null, SmtpReply.BadSyntax);
        if (!arguments.StartsWith(Keyword, StringComparison.OrdinalIgnoreCase))
            return false;
        // Many senders write a space that the grammar does not have.
        ReadOnlySpan<char> text = arguments.AsSpan(Keyword.Length).TrimStart(' ');
        if (!PathReader.TryRead(text, postmasterDomain: null, out MailAddress? sender, out int length))
        {
            refusal = BadPath;
            return false;
        }
        return Parameters.TryRead(text[length..], out Parameters? parameters)
            && TryRead(parameters, new Envelope { Sender = sender }, !Ascii.IsValid(text), out envelope, out refusal);
    }

    private static bool TryRead(
        Parameters parameters, Envelope plain, bool needsUtf8, [NotNullWhen(true)] out Envelope? envelope, [NotNullWhen(false)] out SmtpReply? refusal)
    {
        envelope = null;
        refusal = SmtpReply.BadSyntax;
        if (!TryReadSize(parameters, out long? size) || !TryReadBody(parameters, out bool is8Bit) || !TryReadFlag(parameters, out bool isUtf8))
            return false;
        if (!TryReadReturn(parameters, out DsnReturn? kind) || !TryReadId(parameters, out string? id) || !TrySkipAuth(parameters))
            return false;
        refusal = !parameters.IsEmpty ? UnknownParameter : needsUtf8 && !isUtf8 ? Utf8Needed : null;
        if (refusal is not null)
            return false;
        envelope = plain with { AnnouncedSize = size, Is8Bit = is8Bit, IsUtf8 = isUtf8, Return = kind, EnvelopeId = id };
        return true;
    }

    /// <summary>RFC 1870, section 3: up to 20 digits. What no number holds is too large all the same.</summary>
    private static bool TryReadSize(Parameters parameters, out long? size)
    {
        size = null;
        if (!parameters.TryTake("SIZE", out string? value))
            return true;
        if (value is null || value.Length > 20 || !value.All(char.IsAsciiDigit))
            return false;
        size = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long octets) ? octets : long.MaxValue;
        return true;
    }

    private static bool TryReadBody(Parameters parameters, out bool is8Bit)
    {
        is8Bit = false;
        if (!parameters.TryTake("BODY", out string? value))
            return true;
        is8Bit = string.Equals(value, "8BITMIME", StringComparison.OrdinalIgnoreCase);
        return is8Bit || string.Equals(value, "7BIT", StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryReadFlag(Parameters parameters, out bool isUtf8)
    {
        isUtf8 = parameters.TryTake("SMTPUTF8", out string? value);
        return value is null;
    }

    private static bool TryReadReturn(Parameters parameters, out DsnReturn? kind)
    {
        kind = null;
        if (!parameters.TryTake("RET", out string? value))
            return true;
        kind = Dsn.TryReadReturn(value, out DsnReturn read) ? read : null;
        return kind is not null;
    }

    private static bool TryReadId(Parameters parameters, out string? id)
    {
        id = null;
        if (!parameters.TryTake("ENVID", out string? value))
            return true;
        return value?.Length <= Dsn.MaxEnvelopeId && Xtext.TryDecode(value, out id);
    }

    /// <summary>RFC 4954, section 5: who submitted it first. Nobody here is trusted to say so; it is read and forgotten.</summary>
    private static bool TrySkipAuth(Parameters parameters) =>
        !parameters.TryTake("AUTH", out string? value) || (value is not null && Xtext.TryDecode(value, out _));
}
