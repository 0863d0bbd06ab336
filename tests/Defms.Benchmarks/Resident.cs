using System.Text;
using Defms.Core;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Storage;
using Defms.Core.Threads;

namespace Defms.Benchmarks;

/// <summary>Somebody with a home, made without the command line so that a store of any size is there in seconds.</summary>
internal sealed class Resident : IDisposable
{
    /// <summary>What one mail of the benchmarks weighs, header included.</summary>
    public const int MailBytes = 4096;

    public Resident(string folder, string name)
    {
        using var seed = RecoverySeed.Create(RandomSource.System);
        Identity = Identity.From(seed);
        Address = $"{name}@{name}.example";
        Home = Home.Create(Path.Combine(folder, name), Identity, null, RandomSource.System);
        Store.Write(tables => OwnCard.Change(tables, Identity, profile => profile with { Name = name, Addresses = [Address] }, TimeProvider.System.GetUtcNow()));
    }

    public Identity Identity { get; }

    public string Address { get; }

    public Home Home { get; }

    public SqliteStore Store => Home.Store;

    public Card Card => Store.Read(OwnCard.Get);

    public void SetEndpoint(string url) => Store.Write(tables => OwnCard.Change(
        tables, Identity, profile => profile with { Endpoints = [new Endpoint(new Uri(url), Identity.Did)] }, TimeProvider.System.GetUtcNow()));

    public void Meet(Resident other) => Store.Write(tables => new ContactBook(tables, Identity.Did, TimeProvider.System.GetUtcNow()).Add(other.Card));

    public Defms.Core.Threads.Thread NewThread(params Card[] others) =>
        Defms.Core.Threads.Thread.Create(Identity, [Card, .. others], new GenesisOptions { Created = Now }, RandomSource.System);

    public static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Writes <paramref name="count"/> mails into a thread in one transaction; each is queued for <paramref name="recipient"/>, if there is one.</summary>
    public void Fill(Defms.Core.Threads.Thread thread, int first, int count, Resident? recipient = null)
    {
        var sealedMails = new List<(SealedMessage Message, byte[] Octets)>(count);
        for (int i = first; i < first + count; i++)
        {
            byte[] octets = Mail(i, recipient?.Address ?? Address);
            sealedMails.Add((thread.Seal(Identity, octets, Now), octets));
        }
        Store.Write(tables =>
        {
            Arrival.Add(tables, thread, [.. sealedMails.Select(mail => Indexing.Describe(mail.Message.Message, mail.Octets, Identity.Did, Now))], [], Identity.Did, Now);
            foreach ((SealedMessage mail, _) in sealedMails)
            {
                if (recipient is not null)
                    tables.Deliveries.Add(new DeliveryRow(tables.Messages.Find(mail.Message.Cid)!.Id, recipient.Address, recipient.Identity.Did, IsBcc: false, DeliveryState.Queued, "", Now));
            }
            return true;
        });
    }

    /// <summary>Queues one mail with an attachment of so many bytes.</summary>
    public void Post(Resident recipient, int bytes)
    {
        byte[] octets = MailComposer.Compose(new MailDraft
        {
            From = new NamedAddress(null, Parse(Address)),
            To = [new NamedAddress(null, Parse(recipient.Address))],
            Subject = "A film",
            Text = "Attached.",
            Attachments = [new DraftAttachment("film.bin", null, RandomSource.System.Bytes(bytes))],
            Date = TimeProvider.System.GetUtcNow(),
            MessageId = $"{Convert.ToHexString(RandomSource.System.Bytes(8))}@{Parse(Address).Domain}",
        });
        new Posting(Store, Identity, TimeProvider.System, RandomSource.System).Post(new Letter { Octets = octets, To = [Parse(recipient.Address)] });
    }

    public void Dispose()
    {
        Home.Dispose();
        Identity.Dispose();
    }

    /// <summary>An ordinary mail of <see cref="MailBytes"/> with a Message-ID of its own.</summary>
    public byte[] Mail(int number, string to)
    {
        MailAddress from = Parse(Address);
        MailAddress recipient = Parse(to);
        var draft = new MailDraft
        {
            From = new NamedAddress(null, from),
            To = [new NamedAddress(null, recipient)],
            Subject = $"Note number {number}",
            Date = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000 + (number * 1000L)),
            MessageId = $"{number}.{Convert.ToHexString(RandomSource.System.Bytes(6))}@{from.Domain}",
            Text = Text(number),
        };
        byte[] octets = MailComposer.Compose(draft);
        return octets;
    }

    private static MailAddress Parse(string text) =>
        MailAddress.TryParse(text, out MailAddress address) ? address : throw new InvalidOperationException($"{text} is no address.");

    private static string Text(int number)
    {
        var text = new StringBuilder(MailBytes);
        for (int line = 0; text.Length < MailBytes - 600; line++)
            text.Append($"Line {line} of note {number}: the quick brown fox jumps over the lazy dog.\n");
        return text.ToString();
    }
}
