using System.Security.Cryptography;
using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mime;
using Defms.Core.Sealing;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>
/// What a gateway remembers of a submission once its octets are gone, so that a bounce finds it: who sent it and to whom, and whose mail came back.
/// On the disk it is sealed to the gateway itself, and found by a keyed digest of sender and Message-ID.
/// </summary>
/// <param name="Name">The submission.</param>
/// <param name="Sender">Who handed it in.</param>
/// <param name="From">MAIL FROM, where bounces go.</param>
/// <param name="To">As the submission had them.</param>
/// <param name="Returned">Those whose mail came back: for them nothing else is reported any more.</param>
public sealed record SentMail(Cid Name, Did Sender, string From, IReadOnlyList<string> To, IReadOnlySet<string> Returned)
{
    private const string TagLabel = "defms/1 sent";
    private const char HasReturned = '!';
    private const char IsOut = '-';

    internal static SentMail Of(Cid name, Did sender, Submission submission) =>
        new(name, sender, submission.From, submission.To, new HashSet<string>(StringComparer.Ordinal));

    /// <summary>Under which a mail is found; null for one without a Message-ID.</summary>
    internal static byte[]? Tag(Identity self, Did sender, string? messageId)
    {
        if (messageId is null)
            return null;
        Span<byte> key = stackalloc byte[32];
        KeyDerivation.Derive(self.FilingSecret(self.CurrentEpoch), [], TagLabel, key);
        byte[] tag = HMACSHA256.HashData(key, [.. sender.Bytes, .. Encoding.UTF8.GetBytes(messageId)]);
        CryptographicOperations.ZeroMemory(key);
        return tag;
    }

    internal static byte[]? Tag(Identity self, Did sender, Submission submission) => Tag(self, sender, MailMessage.Parse(submission.Octets).MessageId);

    /// <summary>Lines, sealed: MAIL FROM, then a mark and an address each.</summary>
    internal byte[] Seal(Identity self)
    {
        IEnumerable<string> lines = [From, .. To.Select(address => (Returned.Contains(address) ? HasReturned : IsOut) + address)];
        return SealingKeyPair.Seal(self.Certificate.Sealing, Encoding.UTF8.GetBytes(string.Join('\n', lines)));
    }

    /// <summary>Null where nothing is remembered, or the keys that open it are not here any more.</summary>
    internal static SentMail? TryOpen(Identity self, SubmissionRow row)
    {
        byte[] plain = [];
        if (row.Memory is not { } box || !self.KnownEpochs.Any(epoch => self.TryOpenBox(epoch, box, out plain)))
            return null;
        string[] lines = Encoding.UTF8.GetString(plain).Split('\n');
        string[] to = [.. lines.Skip(1).Select(line => line[1..])];
        return new SentMail(
            row.Cid, row.Sender, lines[0], to, to.Where((_, i) => lines[i + 1][0] == HasReturned).ToHashSet(StringComparer.Ordinal));
    }
}
