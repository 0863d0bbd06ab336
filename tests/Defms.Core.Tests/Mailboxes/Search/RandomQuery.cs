using Defms.Core.Mailboxes;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Mailboxes.Search;

/// <summary>Queries made by chance, each with what it means.</summary>
internal static class RandomQuery
{
    private static readonly string[] Words = ["report", "lunch", "patch", "read", "the", "friday", "bruno", "ada", "costa", "fireworks", "example", "nothing"];

    private static readonly (string Name, Func<PlainMail, string> Of)[] Fields =
        [("from", mail => mail.From), ("to", mail => mail.To), ("cc", mail => mail.Cc), ("subject", mail => mail.Subject), ("body", mail => mail.Body)];

    private static readonly (string Text, Func<PlainMail, bool> Means)[] Others =
    [
        ("has:attachment", mail => mail.Attachment.Length > 0),
        ("is:read", mail => (mail.Flags & (MessageFlags.Read | MessageFlags.Own)) != MessageFlags.None),
        ("is:flagged", mail => mail.Flags.HasFlag(MessageFlags.Flagged)),
        ("before:2024-01-02", mail => mail.Moment < new DateTimeOffset(2024, 1, 2, 0, 0, 0, TimeSpan.FromHours(2))),
        ("after:2023-05", mail => mail.Moment >= new DateTimeOffset(2023, 5, 1, 0, 0, 0, TimeSpan.FromHours(2))),
    ];

    public static (string Query, Func<PlainMail, bool> Means) Make(RandomSource random, int depth)
    {
        if (depth == 0 || random.Below(4) == 0)
            return Term(random);
        (string left, Func<PlainMail, bool> isLeft) = Make(random, depth - 1);
        (string right, Func<PlainMail, bool> isRight) = Make(random, depth - 1);
        return random.Below(4) switch
        {
            0 => ($"({left}) ({right})", mail => isLeft(mail) && isRight(mail)),
            1 => ($"(({left}) OR ({right}))", mail => isLeft(mail) || isRight(mail)),
            2 => ($"-({left})", mail => !isLeft(mail)),
            _ => ($"({left}) AND NOT ({right})", mail => isLeft(mail) && !isRight(mail)),
        };
    }

    private static (string Query, Func<PlainMail, bool> Means) Term(RandomSource random)
    {
        string word = random.Pick(Words);
        (string name, Func<PlainMail, string> of) = random.Pick(Fields);
        string second = random.Pick(Words);
        return random.Below(5) switch
        {
            0 => (word, mail => mail.Has(word)),
            1 => ($"{name}:{word}", mail => PlainMail.Has(of(mail), word)),
            2 => (word[..3] + "*", mail => mail.Has(word[..3], isPrefix: true)),
            3 => ($"\"{word} {second}\"", mail => mail.Has($"{word} {second}")),
            _ => random.Pick(Others),
        };
    }
}
