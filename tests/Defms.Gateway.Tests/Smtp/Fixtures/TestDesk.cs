using System.Text;
using Defms.Core.Mime;
using Defms.Gateway.Smtp;

namespace Defms.Gateway.Tests.Smtp.Fixtures;

/// <summary>A mail that the desk took, with a copy of its octets.</summary>
internal sealed record TakenMail(ReceivedMail Mail, string Text)
{
    public Envelope Envelope => Mail.Envelope;
}

/// <summary>Takes mail for whoever is not named nobody, full or elsewhere; what it is told to do can be changed.</summary>
internal sealed class TestDesk : IMailDesk
{
    private readonly List<TakenMail> taken = [];

    public Func<ReceivedMail, CancellationToken, ValueTask<DeskAnswer>> Take { get; set; } = (_, _) => new(DeskAnswer.Taken);

    public IReadOnlyList<TakenMail> Mails
    {
        get
        {
            lock (taken)
                return [.. taken];
        }
    }

    public ValueTask<RecipientAnswer> FindAsync(SmtpClient client, MailAddress recipient, CancellationToken cancel) => new(recipient.Local switch
    {
        "nobody" => RecipientAnswer.Unknown,
        "full" => RecipientAnswer.OverQuota,
        "elsewhere" => RecipientAnswer.NotOurs,
        "grey" => RecipientAnswer.Refused(new SmtpReply(450, "4.7.1", "Come again")),
        "broken" => throw new InvalidOperationException("The table is gone."),
        _ => RecipientAnswer.Welcome,
    });

    public async ValueTask<DeskAnswer> TakeAsync(ReceivedMail mail, CancellationToken cancel)
    {
        string text = Encoding.Latin1.GetString(mail.Octets.Span);
        var copy = new TakenMail(mail with { Octets = default, Envelope = mail.Envelope with { Recipients = [.. mail.Envelope.Recipients] } }, text);
        DeskAnswer answer = await Take(mail, cancel);
        if (answer.Refusal is not null)
            return answer;
        lock (taken)
            taken.Add(copy);
        return answer;
    }
}
