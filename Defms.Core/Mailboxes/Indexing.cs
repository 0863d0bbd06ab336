using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes.Search;
using Defms.Core.Mime;
using Defms.Core.Threads;

namespace Defms.Core.Mailboxes;

/// <summary>A message with what the index will say of it, read outside of any transaction.</summary>
/// <param name="Row">Complete but for its place: thread and row number.</param>
/// <param name="Ids">Message-IDs it carries or names, which join conversations.</param>
public sealed record IndexedMessage(Message Message, MessageRow Row, IReadOnlyList<string> Ids)
{
    /// <summary>What can be found of it; null while its octets are missing or damaged.</summary>
    public SearchText? Text { get; init; }

    /// <summary>The octets where they are records and no mail.</summary>
    public MailMessage? RecordMail { get; init; }
}

/// <summary>Reads from a mail what lists and joins need.</summary>
public static class Indexing
{
    /// <summary>A line of a list never shows more, and ten thousand recipients must not make a row of a megabyte.</summary>
    private const int MaxTextLength = 2000;

    /// <summary>References beyond the newest so many join nothing: real threads name fewer, and a row of the index is kept for each.</summary>
    private const int MaxReferences = 100;

    /// <param name="octets">The mail, or null while chunks of it are missing.</param>
    /// <param name="self">The owner of the store, whose own mail is not unread.</param>
    /// <param name="now">Unix milliseconds, for mail that says no time of its own and was received by nobody.</param>
    public static IndexedMessage Describe(Message message, ReadOnlyMemory<byte>? octets, Did self, long now)
    {
        return DescribeParsed(message, octets is { } whole ? MailMessage.Parse(whole) : null, self, now);
    }

    /// <summary>As above, for a mail that was parsed already.</summary>
    public static IndexedMessage DescribeParsed(Message message, MailMessage? read, Did self, long now)
    {
        // Who files mail signs it; what he writes himself has his time, and what he sent from an account an origin that says so.
        bool isOwn = message.Author == self && (message.Origin is { } origin ? origin.IsSent : message.Time is not null);
        bool isRecord = read is not null && Records.RecordMail.IsOne(read);
        MailMessage mail = read ?? MailMessage.Parse(ReadOnlyMemory<byte>.Empty);
        long date = message.Time ?? mail.Date?.ToUnixTimeMilliseconds() ?? Received(mail) ?? now;
        var row = new MessageRow
        {
            Thread = 0,
            Cid = message.Cid,
            Author = message.Author,
            Hash = message.Hash.ToArray(),
            Size = message.Size,
            Content = read is null ? default : ContentHash.Of(mail),
            SubjectKey = SubjectJoin.KeyOf(mail),
            Date = date,
            MessageId = mail.MessageId,
            Subject = Shorten(mail.Subject ?? ""),
            From = Join(mail.From),
            To = Join(mail.To),
            Cc = Join(mail.Cc),
            Attachments = read is null ? 0 : mail.Attachments.Count,
            Flags = (isOwn ? MessageFlags.Own | MessageFlags.Read : MessageFlags.None) | (read is null ? MessageFlags.Incomplete : MessageFlags.None)
                | (isRecord ? MessageFlags.Record | MessageFlags.Deleted | MessageFlags.Read : MessageFlags.None),
        };
        return new IndexedMessage(message, row, Ids(mail))
        {
            Text = read is null || isRecord ? null : SearchText.Of(mail),
            RecordMail = isRecord ? read : null,
        };
    }

    /// <summary>As <see cref="Describe"/>, with the octets put together from <paramref name="source"/> as far as they are there.</summary>
    public static IndexedMessage Read(Threads.Thread thread, Message message, IBlockSource source, Did self, long now)
    {
        OctetsResult octets = thread.ReadOctets(message, source);
        // An array that is null would become octets of length 0: an empty mail, and not one that is not here.
        IndexedMessage described = Describe(message, octets.Octets is { } whole ? whole : default(ReadOnlyMemory<byte>?), self, now);
        return !octets.IsDamaged
            ? described
            : described with { Row = described.Row with { Flags = (described.Row.Flags & ~MessageFlags.Incomplete) | MessageFlags.Damaged } };
    }

    /// <summary>When the last relay took it: the date behind the semicolon of the first Received field.</summary>
    private static long? Received(MailMessage mail)
    {
        if (mail.Headers["Received"] is not { } field)
            return null;
        ReadOnlySpan<byte> value = field.RawValue;
        return MailDate.TryParse(value[(value.LastIndexOf((byte)';') + 1)..], out DateTimeOffset date) ? date.ToUnixTimeMilliseconds() : null;
    }

    private static List<string> Ids(MailMessage mail)
    {
        IEnumerable<string?> named = mail.References.TakeLast(MaxReferences).Append(FilingId.Answered(mail)).Append(mail.MessageId);
        return [.. named.OfType<string>().Distinct()];
    }

    private static string Join(IReadOnlyList<NamedAddress> addresses)
    {
        // Enough names to fill the line; the rest is in the mail itself.
        return Shorten(string.Join(", ", addresses.Take(100)));
    }

    private static string Shorten(string text) => text.Length <= MaxTextLength ? text : text[..MaxTextLength];
}
