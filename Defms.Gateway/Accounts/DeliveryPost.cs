using System.Security.Cryptography;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Threads;
using Defms.Gateway.Authentication;

namespace Defms.Gateway.Accounts;

/// <summary>What the gateway knows about how a mail came.</summary>
/// <param name="From">MAIL FROM; empty for the null sender, or where there was none.</param>
/// <param name="Host">Who brought it, or whence it was fetched.</param>
internal sealed record Arrived(ReadOnlyMemory<byte> Octets, string From, string Host, DateTimeOffset Time)
{
    public SenderVerdict Verdict { get; init; } = SenderVerdict.Unchecked;

    /// <summary>Whether it was found among what the owner sent.</summary>
    public bool IsSent { get; init; }

    /// <summary>As in <see cref="DeliveredMail.Flags"/>.</summary>
    public string Flags { get; init; } = "";
}

/// <summary>Makes a mail a parcel for an account's owner. In memory until it is sealed: no octet of it reaches the disk in clear.</summary>
internal sealed class DeliveryPost(ParcelPost post, Identity self)
{
    private const string CardField = "Defms-Card";

    /// <summary>When this returns, the parcel is on the disk.</summary>
    /// <param name="to">The addresses of the owner that it is for.</param>
    public async Task PostAsync(Did owner, IReadOnlyList<string> to, Arrived mail, CancellationToken cancel)
    {
        SenderVerdict verdict = mail.Verdict;
        bool coversCard = verdict.SignatureCovering(CardField) is not null && MailHeader.Read(mail.Octets).Places(CardField).Count == 1;
        var origin = Origin.Issue(
            self, SHA256.HashData(mail.Octets.Span), mail.From, to, mail.Host, mail.Time.ToUnixTimeMilliseconds(),
            verdict.SpfWord, verdict.DkimWord, verdict.DmarcWord, coversCard, mail.IsSent);
        await post.PostAsync(owner, new DeliveredMail(mail.Octets, origin) { Flags = mail.Flags }, cancel);
    }
}
