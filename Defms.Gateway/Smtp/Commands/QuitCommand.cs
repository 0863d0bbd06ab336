namespace Defms.Gateway.Smtp.Commands;

/// <summary>QUIT (RFC 5321, 4.1.1.10).</summary>
internal sealed class QuitCommand : ISmtpCommand
{
    public string Verb => "QUIT";

    public ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments) =>
        new(arguments.Length > 0 ? SmtpReply.NoArguments : SmtpReply.Closing);
}
