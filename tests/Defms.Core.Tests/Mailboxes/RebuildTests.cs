using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Storage;
using Defms.Core.Tests.Mime;

namespace Defms.Core.Tests.Mailboxes;

public sealed class RebuildTests
{
    [Fact]
    public void Repairing_a_sound_store_finds_and_changes_nothing()
    {
        using Owner owner = Filled();
        IReadOnlyList<string> before = owner.Dump();
        VerificationReport report = Repair(owner);
        Assert.Empty(report.Faults);
        Assert.Equal(before, owner.Dump());
    }

    [Theory]
    [InlineData("DELETE FROM messages")]
    [InlineData("DELETE FROM message_ids")]
    [InlineData("DELETE FROM messages; DELETE FROM message_ids; UPDATE threads SET conversation = (SELECT min(id) FROM conversations); DELETE FROM conversations WHERE id > (SELECT min(id) FROM conversations)")]
    [InlineData("UPDATE messages SET subject = 'x', content = NULL, subject_key = NULL, date = 0, message_id = NULL")]
    [InlineData("UPDATE threads SET conversation = (SELECT max(id) FROM conversations)")]
    [InlineData("UPDATE conversations SET messages = 0, unread = 7, newest = NULL")]
    [InlineData("UPDATE threads SET root = cid, count = 0; DELETE FROM messages")]
    [InlineData("UPDATE messages SET thread = 1")]
    [InlineData("UPDATE messages SET thread = (SELECT max(id) FROM threads)")]
    [InlineData("UPDATE messages SET cid = CAST(x'01711220' || randomblob(32) AS BLOB) WHERE id % 2 = 0")]
    [InlineData("UPDATE messages SET author = zeroblob(32), hash = randomblob(32), size = 1, attachments = 9, from_text = 'x', to_text = 'x', cc_text = 'x'")]
    [InlineData("UPDATE threads SET root = CAST(x'01711220' || randomblob(32) AS BLOB)")]
    [InlineData("UPDATE threads SET root = (SELECT root FROM threads ORDER BY id LIMIT 1)")]
    [InlineData("DELETE FROM parties; UPDATE threads SET filed = 0, creator = zeroblob(32)")]
    public void The_index_is_rebuilt_from_the_blocks_alone_and_ends_identical(string damage)
    {
        using Owner owner = Filled();
        IReadOnlyList<string> before = owner.Dump();
        using (SqliteConnection db = SqliteConnection.Open(Path.Combine(owner.Home.Folder, "store.db"), SqliteOpenMode.ReadWrite))
            db.ExecuteScript(damage);
        Assert.NotEqual(before, owner.Dump());
        VerificationReport report = Repair(owner);
        Assert.True(report.IsSound);
        Assert.Equal(before, owner.Dump());
        Assert.Empty(Repair(owner).Faults);
    }

    private static VerificationReport Repair(Owner owner) =>
        new Verification(owner.Store, owner.Identity.Did).Run(repair: true, (_, _) => { }, TestContext.Current.CancellationToken);

    private static Owner Filled()
    {
        var owner = new Owner();
        owner.Import(
            Owner.Mail("a@x", subject: "Lunch"), Owner.Mail("b@x", "<a@x>", "Re: Lunch"), Owner.Mail("c@x", "<ghost@x>"), Owner.Mail("d@x", "<a@x> <ghost@x>"),
            Owner.Mail("", subject: "Dinner"), FilingTests.Crlf(Owner.Mail("", subject: "Dinner")), Owner.Mail("e@x", subject: "Re: dinner"),
            Owner.Mail("f@x", body: new string('x', 200_000) + "\n"));
        return owner;
    }
}
