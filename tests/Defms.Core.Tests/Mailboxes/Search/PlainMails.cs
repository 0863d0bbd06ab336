using Defms.Core.Mailboxes;

namespace Defms.Core.Tests.Mailboxes.Search;

/// <summary>A small mailbox: a to l, dated from 2022 to the day that <see cref="FixedTime"/> calls today.</summary>
internal static class PlainMails
{
    public static IReadOnlyList<PlainMail> All { get; } =
    [
        new("a", "2022-01-10T12:00:00Z") { Subject = "Quarterly report", Body = "Please read the quarterly report before Monday.", Conversation = "report" },
        new("b", "2022-01-11T09:00:00Z") { Subject = "Re: Quarterly report", From = "Bruno Costa <bruno@costa.example>", Body = "I read the report; thanks.\n> Please read the quarterly report", Conversation = "report", Flags = MessageFlags.Read },
        new("c", "2023-05-01T00:00:00Z") { Subject = "Lunch", From = "\"Costa, Bruno\" <bruno@costa.example>", To = "ada@example.org, me@example.org", Body = "Lunch on Friday? Don't be late.", Flags = MessageFlags.Flagged },
        new("d", "2023-12-31T21:59:59Z") { Subject = "Old year", Body = "Fireworks at midnight.", Cc = "Chloe Martin <chloe@martin.example>" },
        new("e", "2023-12-31T22:00:00Z") { Subject = "New year", Body = "Fireworks were loud.", Cc = "chloe@martin.example, bruno@costa.example" },
        new("f", "2024-02-29T10:00:00Z") { Subject = "Leap day", Body = "See the attached plan.", Attachment = "plan-2024.pdf", Flags = MessageFlags.Read },
        new("g", "2024-03-31T01:30:00Z") { Subject = "[dev] patch review", From = "Dora Lind <dora@lists.example.net>", List = "Developers <dev.lists.example.net>", Body = "The patch fixes report parsing; lunch later.", Conversation = "patch" },
        new("h", "2024-04-01T08:00:00Z") { Subject = "Re: [dev] patch review", From = "Ada Keller <ada@example.org>", List = "Developers <dev.lists.example.net>", Body = "Reviewed: patches look good.", Conversation = "patch", Flags = MessageFlags.Read | MessageFlags.Answered },
        new("i", "2024-05-13T22:30:00Z") { Subject = "Yesterday", Body = "Report of yesterday, friday in words." },
        new("j", "2024-05-14T22:00:00Z") { Subject = "Today", Body = "Reports and reporters.", Attachment = "report.pdf" },
        new("k", "2024-05-15T08:00:00Z") { Subject = "", From = "me@example.org", To = "bruno@costa.example", Body = "Own words about lunch.", Flags = MessageFlags.Own | MessageFlags.Read },
        new("l", "2024-05-15T08:29:59Z") { Subject = "OR not AND", Body = "not or and near report lunch", Flags = MessageFlags.Read | MessageFlags.Flagged },
    ];

    public static SearchedMail Open()
    {
        var searched = new SearchedMail();
        foreach (PlainMail mail in All)
            searched.Add(mail.Name, mail.Date, mail.ToOctets(), mail.Conversation.Length > 0 ? mail.Conversation : null, mail.Flags);
        return searched;
    }

    public static string Where(Func<PlainMail, bool> isMeant) => string.Join(' ', All.Where(isMeant).Select(mail => mail.Name));
}
