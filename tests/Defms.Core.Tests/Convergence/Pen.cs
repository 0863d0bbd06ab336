using Defms.Core.Mailboxes;
using Defms.Core.Mime;

namespace Defms.Core.Tests.Convergence;

/// <summary>Writes mails on a machine, as the command line does.</summary>
internal static class Pen
{
    /// <summary>A small attachment that goes in a chunk of its own.</summary>
    private const int LargeAttachment = 70_000;

    public static Letter Compose(Machine machine, string subject, IReadOnlyList<string> to, IReadOnlyList<string> bcc, bool isLarge)
    {
        byte[] octets = MailComposer.Compose(new MailDraft
        {
            From = Author(machine),
            To = [.. to.Select(address => new NamedAddress(null, Parse(address)))],
            Subject = subject,
            Text = Text(machine),
            Attachments = isLarge ? [new DraftAttachment("file.bin", null, machine.Random.Bytes(LargeAttachment))] : [],
            Date = machine.Time.GetUtcNow(),
            MessageId = NewId(machine),
        });
        return new Letter { Octets = octets, To = [.. to.Select(Parse)], Bcc = [.. bcc.Select(Parse)] };
    }

    public static Letter Answer(Machine machine, AnswerPlan plan)
    {
        byte[] octets = MailComposer.Compose(new MailDraft
        {
            From = Author(machine),
            To = plan.To,
            Cc = plan.Cc,
            Subject = plan.Reply.Subject,
            Text = Text(machine),
            InReplyTo = plan.Reply.InReplyTo,
            References = plan.Reply.References,
            Date = machine.Time.GetUtcNow(),
            MessageId = NewId(machine),
        });
        return new Letter { Octets = octets, To = [.. plan.To.Select(to => to.Address)], Cc = [.. plan.Cc.Select(cc => cc.Address)], Answers = plan.Thread };
    }

    private static MailAddress Parse(string text) =>
        MailAddress.TryParse(text, out MailAddress address) ? address : throw new InvalidOperationException($"{text} is no address.");

    private static NamedAddress Author(Machine machine) => new(machine.Place.Person, Parse(machine.Place.Address));

    private static string Text(Machine machine) => Convert.ToHexString(machine.Random.Bytes(6));

    private static string NewId(Machine machine) => $"{Convert.ToHexString(machine.Random.Bytes(6))}@{machine.Place.Person}.example";
}
