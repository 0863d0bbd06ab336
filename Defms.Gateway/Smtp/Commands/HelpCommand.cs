namespace Defms.Gateway.Smtp.Commands;

/// <summary>HELP (RFC 5321, 4.1.1.8): names the commands.</summary>
internal sealed class HelpCommand : ISmtpCommand
{
    public string Verb => "HELP";

    public ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments) => new(new SmtpReply(214, "2.0.0", CommandTable.Verbs));
}
