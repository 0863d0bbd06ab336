namespace Defms.Gateway.Smtp.Commands;

/// <summary>NOOP (RFC 5321, 4.1.1.9): nothing; whatever follows is ignored.</summary>
internal sealed class NoopCommand : ISmtpCommand
{
    public string Verb => "NOOP";

    public ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments) => new(SmtpReply.Ok);
}
