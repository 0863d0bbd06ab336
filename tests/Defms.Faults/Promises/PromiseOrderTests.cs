namespace Defms.Faults.Promises;

/// <summary>That the assertion about the order can fail, on traces that were made up.</summary>
public sealed class PromiseOrderTests
{
    private const string Log = "7</h/store.db-wal>";

    private static readonly string Frame = string.Concat(Enumerable.Repeat(@"\x00", 24)), Commit = @"\x00\x00\x00\x01\x00\x00\x00\x09" + string.Concat(Enumerable.Repeat(@"\x00", 16));

    private static readonly string Ask = @"5 sendto(9<socket:[1]>, ""\x33\x35\x34"", 3, 0, NULL, 0) = 3";
    private static readonly string WriteFrame = $"5 pwrite64({Log}, \"{Frame}\", 24, 0) = 24";
    private static readonly string WritePage = $@"5 pwrite64({Log}, ""\x0d""..., 4096, 24) = 4096";
    private static readonly string WriteCommit = $"5 pwrite64({Log}, \"{Commit}\", 24, 4120) = 24";
    private static readonly string Sync = $"5 fdatasync({Log}) = 0";
    private static readonly string Promise = @"6 sendto(9<socket:[1]>, ""\x32\x35\x30 ok"", 6, 0, NULL, 0) = 6";

    [Fact]
    public void The_right_order_is_right() => Assert.Null(Complain(Ask, WriteFrame, WritePage, WriteCommit, WritePage, Sync, Promise));

    [Fact]
    public void A_promise_before_the_sync_is_found() =>
        Assert.Contains("before the commit was synced", Complain(Ask, WriteFrame, WritePage, WriteCommit, WritePage, Promise, Sync));

    [Fact]
    public void A_sync_that_has_begun_and_not_ended_is_none() => Assert.Contains("before the commit was synced", Complain(
        Ask, WriteFrame, WritePage, WriteCommit, WritePage, $"5 fdatasync({Log} <unfinished ...>", Promise, "5 <... fdatasync resumed>) = 0"));

    [Fact]
    public void A_sync_that_another_thread_interrupts_counts_from_its_end() => Assert.Null(Complain(
        Ask, WriteFrame, WritePage, WriteCommit, WritePage, $"5 fdatasync({Log} <unfinished ...>", "8 +++ exited with 0 +++", "5 <... fdatasync resumed>) = 0", Promise));

    [Fact]
    public void A_sync_that_fails_is_none() => Assert.Contains("before the commit was synced", Complain(
        Ask, WriteFrame, WritePage, WriteCommit, WritePage, $"5 fdatasync({Log}) = -1 EIO (Input/output error)", Promise));

    [Fact]
    public void A_sync_of_another_file_is_none() => Assert.Contains("before the commit was synced", Complain(
        Ask, WriteFrame, WritePage, WriteCommit, WritePage, "5 fdatasync(8</h/store.db>) = 0", Promise));

    [Fact]
    public void Frames_without_a_commit_are_not_enough() => Assert.Contains("before the commit", Complain(Ask, WriteFrame, WritePage, WriteFrame, WritePage, Sync, Promise));

    [Fact]
    public void What_was_stored_before_anybody_asked_does_not_count() => Assert.Contains("only 0 octets", Complain(WriteFrame, WritePage, WriteCommit, WritePage, Sync, Ask, Promise));

    [Fact]
    public void Without_a_promise_there_is_nothing_to_show() => Assert.Contains("nothing was promised", Complain(Ask, WriteFrame, WritePage, WriteCommit, Sync));

    [Fact]
    public void A_file_that_was_not_synced_after_its_last_write_is_named()
    {
        string write = @"5 pwrite64(8</h/identity.next>, ""\x0d""..., 400, 0) = 400", sync = "5 fsync(8</h/identity.next>) = 0";
        Assert.Empty(Unsynced(write, sync, WritePage, Sync, Promise));
        Assert.Equal(["/h/identity.next"], Unsynced(sync, write, WritePage, Sync, Promise));
        Assert.Equal(["/h/store.db-wal"], Unsynced(write, sync, Sync, WritePage, Promise, Sync));
    }

    private static string? Complain(params string[] lines) =>
        PromiseOrder.Complain(TraceEvent.Read(lines), one => Says(one, "354"), one => Says(one, "250"), octets: 4096);

    private static IReadOnlyList<string> Unsynced(params string[] lines) => PromiseOrder.Unsynced(TraceEvent.Read(lines), "/h", one => Says(one, "250"));

    private static bool Says(TraceEvent one, string text) => one.Begins && one.Octets.AsSpan().StartsWith(System.Text.Encoding.ASCII.GetBytes(text));
}
