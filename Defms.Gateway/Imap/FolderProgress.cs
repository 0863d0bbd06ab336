namespace Defms.Gateway.Imap;

/// <summary>The state of one folder while it is being fetched. Safe for several tasks: mails are stored out of order.</summary>
internal sealed class FolderProgress(FolderState state, bool removes)
{
    private readonly Lock gate = new();
    private readonly UidSet waiting = state.Waiting.Clone();
    private readonly UidSet toRemove = state.ToRemove.Clone();
    private long modSeq = state.ModSeq;

    public uint UidValidity { get; } = state.UidValidity;

    public long UidNext { get; private set; } = state.UidNext;

    public long ModSeq
    {
        get => modSeq;
        set
        {
            Changes += modSeq == value ? 0 : 1;
            modSeq = value;
        }
    }

    /// <summary>How much happened since the last <see cref="Snapshot"/>.</summary>
    public int Changes { get; private set; }

    /// <summary>Marks as unsaved what has no saved state yet.</summary>
    public void Begin() => Changes++;

    /// <summary>All mails below <paramref name="uidNext"/> are now known, <paramref name="found"/> among them.</summary>
    public void Listed(UidSet found, long uidNext)
    {
        lock (gate)
        {
            waiting.Unite(found);
            Changes += uidNext == UidNext && found.IsEmpty ? 0 : 1;
            UidNext = uidNext;
        }
    }

    /// <summary>A mail is durably in the sink.</summary>
    public void Stored(uint uid)
    {
        lock (gate)
        {
            waiting.Remove(uid);
            if (removes)
                toRemove.Add(uid);
            Changes++;
        }
    }

    /// <summary>A mail need not be fetched any more, though it was not stored.</summary>
    public void Dropped(uint uid)
    {
        lock (gate)
        {
            waiting.Remove(uid);
            Changes++;
        }
    }

    public void Removed(UidSet uids)
    {
        lock (gate)
        {
            foreach (uint uid in uids.Each())
                toRemove.Remove(uid);
            Changes++;
        }
    }

    public UidSet Waiting()
    {
        lock (gate)
            return waiting.Clone();
    }

    public UidSet ToRemove()
    {
        lock (gate)
            return toRemove.Clone();
    }

    /// <summary>The state as it is now, to be saved.</summary>
    public FolderState Snapshot()
    {
        lock (gate)
        {
            Changes = 0;
            return new FolderState(UidValidity, UidNext, modSeq, waiting.Clone(), toRemove.Clone());
        }
    }
}
