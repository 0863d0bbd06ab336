using System.Buffers;

namespace Defms.Gateway.Smtp.Wire;

/// <summary>What is wrong with a mail on the wire. The first flaw stays.</summary>
internal enum MailFlaw
{
    None,
    BareLineEnd,
    LineTooLong,
    TooLarge,
    NoMemory,
}

/// <summary>
/// A mail being received: one array that grows, charged to the budget of all. Once flawed it holds nothing. What it held is overwritten
/// before anybody else gets the memory.
/// </summary>
internal sealed class MailBuffer(OctetBudget budget, long limit) : IDisposable
{
    private const int First = 8 * 1024;

    /// <summary>Arrays above it are left to the garbage collector: a pool would keep a rare giant for long.</summary>
    private const int LargestPooled = 1024 * 1024;

    private byte[] octets = [];
    private int length;

    public MailFlaw Flaw { get; private set; }

    /// <summary>Valid until the next change.</summary>
    public ReadOnlyMemory<byte> Octets => octets.AsMemory(0, length);

    public void Append(ReadOnlySpan<byte> piece)
    {
        if (Flaw != MailFlaw.None || !HasRoom(piece.Length))
            return;
        piece.CopyTo(octets.AsSpan(length));
        length += piece.Length;
    }

    /// <summary>Gives the memory back; later pieces are ignored.</summary>
    public void Spoil(MailFlaw flaw)
    {
        if (Flaw != MailFlaw.None)
            return;
        Flaw = flaw;
        Free();
    }

    public void Dispose() => Free();

    private bool HasRoom(int more)
    {
        long needed = (long)length + more;
        if (needed <= octets.Length && needed <= limit)
            return true;
        if (needed > limit)
            Spoil(MailFlaw.TooLarge);
        else
            Grow(needed);
        return Flaw == MailFlaw.None;
    }

    private void Grow(long needed)
    {
        long wanted = Math.Max(needed, Math.Max(First, Math.Min(limit, 2L * octets.Length)));
        byte[] larger = wanted <= LargestPooled
            ? ArrayPool<byte>.Shared.Rent((int)wanted)
            : [];
        long size = Math.Max(wanted, larger.Length);
        if (!budget.TryReserve(size))
        {
            ArrayPool<byte>.Shared.Return(larger);
            Spoil(MailFlaw.NoMemory);
            return;
        }
        if (larger.Length == 0)
            larger = GC.AllocateUninitializedArray<byte>((int)size);
        Octets.Span.CopyTo(larger);
        int kept = length;
        Free();
        (octets, length) = (larger, kept);
    }

    private void Free()
    {
        byte[] old = octets;
        int used = length;
        (octets, length) = ([], 0);
        budget.Release(old.Length);
        old.AsSpan(0, used).Clear();
        if (old.Length is > 0 and <= LargestPooled)
            ArrayPool<byte>.Shared.Return(old);
    }
}
