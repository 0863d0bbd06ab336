using System.Security.Cryptography;
using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mime;
using Defms.Core.Sealing;
using Defms.Core.Threads;

namespace Defms.Core.Mailboxes;

/// <summary>A mail sealed into its filed thread, with what the index will say of it.</summary>
public sealed record FiledMail(FilingId Id, IndexedMessage Message, IReadOnlyList<Block> Chunks);

/// <summary>
/// Puts mail of the old world into threads whose only party is the owner. Salt and key of a filed thread grow from the epoch's filing
/// secret and the filing id, nothing in it depends on clock, chance or order: the same mail makes the same blocks on every machine of the
/// owner (docs/formats/filing.md). Safe for use by several threads.
/// </summary>
public sealed class Filing : IDisposable
{
    private static readonly byte[] SaltLabel = "defms/1 filing salt"u8.ToArray();
    private static readonly byte[] KeyLabel = "defms/1 filing key"u8.ToArray();

    private readonly Identity self;
    private readonly Card card;
    private readonly SecretBytes extracted = new(SHA256.HashSizeInBytes);

    /// <param name="self">Stays the caller's; its current epoch is filed under.</param>
    public Filing(Identity self)
    {
        this.self = self;
        card = Card.Bare(self.Certificate);
        HKDF.Extract(HashAlgorithmName.SHA256, self.FilingSecret(self.CurrentEpoch), default, extracted.Span);
    }

    public Did Self => self.Did;

    /// <summary>The thread of a filing id, which may be new or in the store already. The caller disposes it.</summary>
    public Threads.Thread Open(FilingId id)
    {
        byte[] salt = new byte[ThreadKey.SaltLength];
        Span<byte> key = stackalloc byte[ThreadKey.Length];
        Expand(SaltLabel, id, salt);
        Expand(KeyLabel, id, key);
        var threadKey = new ThreadKey(key);
        CryptographicOperations.ZeroMemory(key);
        return Threads.Thread.Create(self, [card], new GenesisOptions(), threadKey, salt);
    }

    /// <summary>Seals a mail into its thread.</summary>
    /// <param name="thread">The thread of <paramref name="id"/>.</param>
    /// <param name="flags">What the person's other program knew of it.</param>
    /// <param name="origin">What the gateway that brought it says; null for imports, whose time nobody vouches for.</param>
    public FiledMail Seal(Threads.Thread thread, FilingId id, MailMessage mail, MessageFlags flags, Origin? origin = null)
    {
        SealedMessage message = thread.Seal(self, mail.Octets, origin?.Time, origin);
        IndexedMessage described = Indexing.DescribeParsed(message.Message, mail, self.Did, now: 0);
        return new FiledMail(id, described with { Row = described.Row with { Flags = described.Row.Flags | flags } }, message.Chunks);
    }

    /// <summary>Keeps mails of one thread. Returns how many were new; what is here already keeps its flags.</summary>
    public static int Keep(IMailTables tables, Threads.Thread thread, IEnumerable<FiledMail> mails, Did self)
    {
        List<FiledMail> kept = [.. mails];
        Block[] chunks = [.. kept.SelectMany(mail => mail.Chunks)];
        return Arrival.Add(tables, thread, [.. kept.Select(mail => mail.Message)], chunks, self, now: 0).Added;
    }

    public void Dispose() => extracted.Dispose();

    private void Expand(byte[] label, FilingId id, Span<byte> output)
    {
        byte[] use = [.. label, 0, .. Encoding.UTF8.GetBytes(id.Text)];
        HKDF.Expand(HashAlgorithmName.SHA256, extracted.Span, output, use);
    }
}
