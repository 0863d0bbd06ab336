namespace Defms.Gateway.Smtp.Commands;

/// <summary>RSET (RFC 5321, 4.1.1.5): forgets the mail that was begun.</summary>
internal sealed class RsetCommand : ISmtpCommand
{
    public string Verb => "RSET";

    public ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments)
    {
        if (arguments.Length > 0)
            return new(SmtpReply.NoArguments);
        session.EndTransaction();
        return new(SmtpReply.Ok);
    }
}
