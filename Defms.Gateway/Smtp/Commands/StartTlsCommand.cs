using Defms.Gateway.Smtp.Wire;

namespace Defms.Gateway.Smtp.Commands;

/// <summary>
/// STARTTLS (RFC 3207). What came in clear behind the command is thrown away unread: somebody on the way may have put it there, to be obeyed
/// as if it had come encrypted.
/// </summary>
internal sealed class StartTlsCommand : ISmtpCommand
{
    private static readonly SmtpReply Ready = new(220, "2.0.0", "Shake hands");
    private static readonly SmtpReply Unavailable = new(454, "4.7.0", "There is no TLS now");

    public string Verb => "STARTTLS";

    public async ValueTask<SmtpReply?> RunAsync(SmtpSession session, string arguments)
    {
        if (arguments.Length > 0)
            return SmtpReply.NoArguments;
        if (session.Client.Tls is not null)
            return SmtpReply.WrongOrder;
        if (!session.OffersTls)
            return Unavailable;
        session.Wire.DropInput();
        session.Wire.Write(Ready);
        session.IsClosing = !await session.Wire.FlushAsync() || !await session.EncryptAsync();
        return session.IsClosing ? session.Explain(WireEnd.Closed) : null;
    }
}
