using Defms.Core.Mime;
using Defms.Gateway.Smtp;

namespace Defms.Gateway.Accounts;

/// <summary>Mail of other servers goes to one desk, mail of accounts' own programs to another.</summary>
internal sealed class PortDesks(IMailDesk exchange, IMailDesk submission) : IMailDesk
{
    public ValueTask<RecipientAnswer> FindAsync(SmtpClient client, MailAddress recipient, CancellationToken cancel) =>
        At(client).FindAsync(client, recipient, cancel);

    public ValueTask<DeskAnswer> TakeAsync(ReceivedMail mail, CancellationToken cancel) => At(mail.Client).TakeAsync(mail, cancel);

    private IMailDesk At(SmtpClient client) => client.Port == SmtpPort.Exchange ? exchange : submission;
}
