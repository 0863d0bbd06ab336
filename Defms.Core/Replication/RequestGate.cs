using Defms.Core.Identities;

namespace Defms.Core.Replication;

/// <summary>What came of looking at a signed request.</summary>
/// <param name="Request">Verified in every way; null when it is not acceptable.</param>
/// <param name="Reason">Words for the asker.</param>
/// <param name="Fault">What was at fault.</param>
public readonly record struct GateResult(SignedRequest? Request, string Reason, GateFault Fault)
{
    internal static GateResult Of(GateFault fault, string reason) => new(null, reason, fault);
}

/// <summary>Why a signed request was not let in.</summary>
public enum GateFault
{
    None,

    /// <summary>It was not signed rightly, or made before.</summary>
    Signature,

    /// <summary>Somebody else is asked.</summary>
    NotForHere,

    /// <summary>Only the clocks disagree: the asker may sign again with the time of this machine.</summary>
    Clock,
}

/// <summary>
/// Lets signed requests in: for this identity, signed by the asker, fresh, and each once. Safe for use by several threads.
/// </summary>
public sealed class RequestGate(Did self, TimeProvider time)
{
    /// <summary>Nonces that are remembered; beyond it the oldest are forgotten first, and their requests are idempotent.</summary>
    private const int MaxNonces = 65_536;

    private readonly Lock gate = new();
    private readonly HashSet<(Did, Guid)> seen = [];
    private readonly Queue<((Did, Guid) Nonce, long Time)> order = new();

    public GateResult Check(string? header, string method, string path, ReadOnlySpan<byte> body)
    {
        if (!SignedRequest.TryVerify(header, method, path, body, out SignedRequest? request, out string? error))
            return GateResult.Of(GateFault.Signature, $"the request {error}");
        if (request.To != self)
            return GateResult.Of(GateFault.NotForHere, "the request is meant for another identity");
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (request.Time < now - Window || request.Time > now + Window)
            return GateResult.Of(GateFault.Clock, $"the request's clock differs from this machine's, which shows {now}");
        return Remember(request, now) ? new GateResult(request, "", GateFault.None) : GateResult.Of(GateFault.Signature, "the request was made before");
    }

    private static long Window => (long)SignedRequest.MaxClockDifference.TotalMilliseconds;

    private bool Remember(SignedRequest request, long now)
    {
        var nonce = (request.From.Identity, new Guid(request.Nonce));
        lock (gate)
        {
            while (order.TryPeek(out var oldest) && (oldest.Time < now - (2 * Window) || order.Count >= MaxNonces))
                seen.Remove(order.Dequeue().Nonce);
            if (!seen.Add(nonce))
                return false;
            order.Enqueue((nonce, now));
            return true;
        }
    }
}
