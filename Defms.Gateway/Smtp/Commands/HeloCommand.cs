namespace Defms.Gateway.Smtp.Commands;

/// <summary>HELO (RFC 5321, 4.1.1.1): the greeting without extensions.</summary>
internal sealed class HeloCommand : ISmtpCommand
{
    /// <summary>RFC 5321, 4.5.3.1.2: of a domain.</summary>
    private const int MaxName = 255;

    public string Verb => "HELO";

    public ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments) => new(
        TryGreet(session, arguments, isExtended: false)
            ? new SmtpReply(250, "", session.Parts.Options.HostName)
            : SmtpReply.BadSyntax);

    /// <summary>Notes who greets. What the name claims is not checked: half the world's printers have none.</summary>
    public static bool TryGreet(SmtpSession session, string name, bool isExtended)
    {
        if (name.Length is 0 or > MaxName || name.Any(char.IsControl))
            return false;
        session.EndTransaction();
        session.Client = session.Client with { HelloName = name, IsExtended = isExtended };
        return true;
    }
}
