using System.Net;
using Defms.Gateway.Authentication.Arc;
using Defms.Gateway.Authentication.Dkim;
using Defms.Gateway.Authentication.Dmarc;
using Defms.Gateway.Authentication.Spf;
using Defms.Gateway.Dns;

namespace Defms.Gateway.Authentication;

/// <summary>What the SMTP session knows of a sender.</summary>
/// <param name="Client">The address that connected.</param>
/// <param name="Helo">What it called itself in EHLO or HELO.</param>
/// <param name="Sender">MAIL FROM without brackets; empty for the null sender.</param>
public sealed record SenderEnvelope(IPAddress Client, string Helo, string Sender);

/// <summary>
/// Finds out who sent a message: SPF, DKIM, DMARC and ARC under one budget of time and questions. Whatever the sender or his DNS does ends in
/// a verdict. Safe for several messages at once.
/// </summary>
/// <param name="hostName">Our own name, which SPF explanations may quote.</param>
public sealed class SenderCheck(IResolver resolver, TimeProvider time, string hostName)
{
    /// <summary>
    /// Questions that one message may cause. SPF alone can need 111 by its own limits, real mail needs about ten in all; beyond this a
    /// message is made to use us against somebody else's name servers.
    /// </summary>
    public const int MaxQuestions = 200;

    /// <summary>How long everything together may take. The sender waits at the end of DATA, for which RFC 5321 grants ten minutes.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <param name="envelope">From the session.</param>
    /// <param name="octets">The message as received, trace fields of ours not included; not changed and not kept.</param>
    /// <param name="cancellation">Of the session; the only way to an exception.</param>
    public async Task<SenderVerdict> CheckAsync(SenderEnvelope envelope, ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(TimeLimit, time);
        var bounded = new BoundedResolver(resolver, MaxQuestions, deadline.Token);
        var dkim = new DkimCheck(bounded, time);
        var message = new SignatureDigest(MailHeader.Read(octets));
        Task<SpfVerdict> spf = new SpfCheck(bounded, time, hostName).CheckAsync(envelope.Client, envelope.Helo, envelope.Sender, cancellation);
        Task<IReadOnlyList<DkimSignature>> signatures = dkim.CheckAsync(message, cancellation);
        await Task.WhenAll(spf, signatures);
        DmarcVerdict dmarc = await new DmarcCheck(bounded).CheckAsync(message.Header, await spf, await signatures, cancellation);
        ArcVerdict arc = await new ArcCheck(dkim).CheckAsync(message, cancellation);
        return new SenderVerdict(await spf, await signatures, dmarc, arc);
    }
}
