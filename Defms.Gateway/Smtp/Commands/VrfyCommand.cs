namespace Defms.Gateway.Smtp.Commands;

/// <summary>VRFY (RFC 5321, 3.5.3): tells nobody who is here.</summary>
internal sealed class VrfyCommand : ISmtpCommand
{
    private static readonly SmtpReply Maybe = new(252, "2.5.2", "Send a mail and see");

    public string Verb => "VRFY";

    public ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments) => new(arguments.Length == 0 ? SmtpReply.BadSyntax : Maybe);
}
