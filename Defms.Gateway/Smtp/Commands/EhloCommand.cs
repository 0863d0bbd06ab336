namespace Defms.Gateway.Smtp.Commands;

/// <summary>EHLO (RFC 5321, 4.1.1.1): the greeting that lists what the server can do right now.</summary>
internal sealed class EhloCommand : ISmtpCommand
{
    public string Verb => "EHLO";

    public ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments)
    {
        if (!HeloCommand.TryGreet(session, arguments, isExtended: true))
            return new(SmtpReply.BadSyntax);
        string[] lines = [session.Parts.Options.HostName, .. Extensions(session)];
        return new(new SmtpReply(250, "", lines[^1]) { EarlierLines = lines[..^1] });
    }

    private static IEnumerable<string> Extensions(SmtpSession session)
    {
        if (session.OffersTls)
            yield return "STARTTLS";
        if (session.OffersAuth)
            yield return "AUTH " + string.Join(' ', AuthCommand.Mechanisms(session));
        yield return FormattableString.Invariant($"SIZE {session.Parts.Limits.Mail}");
        yield return "PIPELINING";
        yield return "8BITMIME";
        yield return "SMTPUTF8";
        yield return "CHUNKING";
        yield return "DSN";
        yield return "ENHANCEDSTATUSCODES";
        yield return "HELP";
    }
}
