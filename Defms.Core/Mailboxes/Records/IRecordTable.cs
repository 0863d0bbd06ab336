using Defms.Core.Blocks;
using Defms.Core.Identities;

namespace Defms.Core.Mailboxes.Records;

/// <summary>Something that was changed here: a message's flags by its name, a contact by his identity, a binding by its address, a label by its message and key.</summary>
/// <param name="Kind">The first word of the record's key.</param>
/// <param name="Name">The message, or the identity, as bytes; for a binding the address in UTF-8, for a label the message in hexadecimal, a space and the key.</param>
/// <param name="Time">Unix milliseconds.</param>
public sealed record RecordChange(string Kind, byte[] Name, long Time);

/// <summary>A thread of records, whose one party is the owner.</summary>
/// <param name="Thread">Row number.</param>
/// <param name="Created">By the clock of the machine that made it.</param>
/// <param name="Epoch">Of the owner's keys that it was made with.</param>
public sealed record PrivateThreadRow(long Thread, long Created, int Epoch);

/// <summary>Records, and what is on its way to becoming one.</summary>
public interface IRecordTable
{
    Record? Find(string key);

    /// <summary>All records of a kind, by key; or those of a kind whose names begin with a word.</summary>
    IReadOnlyList<Record> OfKind(string word);

    /// <summary>Lets a record stand.</summary>
    /// <param name="told">Whether a message in a private thread says so.</param>
    void Put(Record record, bool told);

    /// <summary>Records that no private thread holds yet, by key.</summary>
    IReadOnlyList<Record> Untold(int limit);

    void SetTold(string key);

    /// <summary>All stand in no private thread from now on, so that a new one is given all of them.</summary>
    void ForgetTold();

    /// <summary>The latest time of a record that stands; 0 without any.</summary>
    long LatestTime();

    /// <summary>Bytes of all keys and values, about.</summary>
    long Size();

    /// <summary>Forgets all records, to read them anew from the private threads.</summary>
    void Clear();

    /// <summary>Keeps a record that is ahead of this machine's clock.</summary>
    void PutAhead(Record record);

    /// <summary>Takes out the records of which the time has come.</summary>
    IReadOnlyList<Record> TakeAhead(long horizon);

    /// <summary>Gives every change that has none yet a time.</summary>
    void StampChanges(long now);

    bool HasUnstamped();

    /// <summary>Changes that have a time, oldest first.</summary>
    IReadOnlyList<RecordChange> Changes(int limit);

    void RemoveChange(RecordChange change);

    /// <summary>Whether changes wait, or records that no private thread holds yet.</summary>
    bool HasNews(long horizon);

    /// <summary>Threads of records, the newest first.</summary>
    IReadOnlyList<PrivateThreadRow> PrivateThreads();

    void AddPrivateThread(PrivateThreadRow row);

    /// <summary>The thread stays; it counts as none of records any more.</summary>
    void RemovePrivateThread(long thread);
}
