using Defms.Gateway.Authentication.Arc;
using Defms.Gateway.Authentication.Dkim;
using Defms.Gateway.Authentication.Dmarc;
using Defms.Gateway.Authentication.Spf;

namespace Defms.Gateway.Authentication;

/// <summary>
/// Everything that was found out about who sent a message. The three words are those of an origin (docs/formats/message.md); the records behind
/// them say why.
/// </summary>
public sealed record SenderVerdict(SpfVerdict Spf, IReadOnlyList<DkimSignature> Signatures, DmarcVerdict Dmarc, ArcVerdict Arc)
{
    // RFC 5321, 4.5.3.1.5: a reply line has 512 octets with its CRLF.
    private const int MaxReply = 510;

    /// <summary>Nothing was looked at.</summary>
    public static SenderVerdict Unchecked { get; } = new(
        new SpfVerdict(AuthResult.None, "", null, "not checked"), [],
        new DmarcVerdict(AuthResult.None, "", DmarcPolicy.None, [], false, "not checked"), ArcVerdict.None);

    public string SpfWord => Spf.Result.Word();

    public string DmarcWord => Dmarc.Result.Word();

    /// <summary>
    /// The best result among the signatures whose domain is, or lies around, that of From; where there is none of those, among all. So "pass"
    /// beside a signature of the author's own domain never comes from somebody else's, nor from a key that is only being tried out (RFC 6376,
    /// 3.6.1, t=y).
    /// </summary>
    public string DkimWord
    {
        get
        {
            List<DkimSignature> own = [.. Signatures.Where(IsOwn)];
            return (own.Count > 0 ? own : Signatures).Select(Counted).DefaultIfEmpty(AuthResult.None).MinBy(Rank).Word();
        }
    }

    /// <summary>
    /// The signature that vouches for a field: aligned with the one author of From, passing over the whole body, not by a trial key, and naming the
    /// field in h=. Null when there is none. Whether the field stands in the message just once is for the caller to see.
    /// </summary>
    public DkimSignature? SignatureCovering(string field) =>
        Signatures.FirstOrDefault(signature => Dmarc.AlignedDkim.Contains(signature.Domain) && signature.Covers(field));

    /// <summary>What a policy makes of this.</summary>
    public SenderDecision Decide(SenderPolicy policy)
    {
        if (policy != SenderPolicy.Refuse)
            return SenderDecision.Accept;
        string author = Dmarc.Domain.Length > 0 ? Dmarc.Domain : "the author's domain";
        return Dmarc switch
        {
            { Result: AuthResult.Fail, Policy: DmarcPolicy.Reject } =>
                new SenderDecision(SenderAction.Refuse, Line($"550 5.7.1 Refused by the DMARC policy of {author}: {Dmarc.Reason}")),
            { Result: AuthResult.TempError } =>
                new SenderDecision(SenderAction.Defer, Line($"451 4.7.1 Cannot check the DMARC policy of {author} now; try again later")),
            _ => SenderDecision.Accept,
        };
    }

    /// <summary>The domain is a stranger's word: nothing in it may end the line.</summary>
    private static string Line(string reply)
    {
        string printable = string.Concat(reply.Select(c => c is >= ' ' and <= '~' ? c : '?'));
        return printable[..Math.Min(printable.Length, MaxReply)];
    }

    private bool IsOwn(DkimSignature signature) => signature.Domain.Length > 0
        && (Dmarc.AlignedDkim.Contains(signature.Domain) || Dmarc.Domain == signature.Domain
            || Dmarc.Domain.EndsWith("." + signature.Domain, StringComparison.Ordinal)
            || signature.Domain.EndsWith("." + Dmarc.Domain, StringComparison.Ordinal));

    private static AuthResult Counted(DkimSignature signature) =>
        signature is { Result: AuthResult.Pass, IsTesting: true } ? AuthResult.Neutral : signature.Result;

    private static int Rank(AuthResult result) => result switch
    {
        AuthResult.Pass => 0,
        AuthResult.TempError => 1,
        AuthResult.Policy => 2,
        AuthResult.Fail => 3,
        AuthResult.Neutral => 4,
        AuthResult.PermError => 5,
        _ => 6,
    };
}
