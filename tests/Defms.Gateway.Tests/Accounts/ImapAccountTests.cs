using Defms.Core;
using Defms.Core.Storage;
using Defms.Gateway.Accounts;
using Defms.Gateway.Imap;

namespace Defms.Gateway.Tests.Accounts;

public sealed class ImapAccountTests
{
    [Fact]
    public async Task How_far_a_folder_is_survives_the_program()
    {
        string folder = Directory.CreateTempSubdirectory("defms-journal-").FullName;
        try
        {
            string path = Path.Combine(folder, "store.db");
            var state = new FolderState(7, 4_294_967_296, 99, UidSet.From([1, 2, 3, 9]), UidSet.From([]));
            using (SqliteStore store = SqliteStore.Create(path, RandomSource.System))
            {
                var journal = new ImapJournal(store, "work");
                Assert.Null(await journal.FindAsync("INBOX", TestContext.Current.CancellationToken));
                await journal.SaveAsync("INBOX", state, TestContext.Current.CancellationToken);
            }
            using SqliteStore again = SqliteStore.Open(path);
            FolderState? found = await new ImapJournal(again, "work").FindAsync("INBOX", TestContext.Current.CancellationToken);
            Assert.NotNull(found);
            Assert.Equal((7u, 4_294_967_296, 99), (found.UidValidity, found.UidNext, found.ModSeq));
            Assert.Equal(("1:3,9", ""), (found.Waiting.ToString(), found.ToRemove.ToString()));
            Assert.Null(await new ImapJournal(again, "home").FindAsync("INBOX", TestContext.Current.CancellationToken));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(FolderRole.Inbox, "\\Seen \\Answered", "RS")]
    [InlineData(FolderRole.Inbox, "$forwarded \\FLAGGED \\Deleted", "FPT")]
    [InlineData(FolderRole.Drafts, "", "D")]
    [InlineData(FolderRole.Trash, "\\Seen", "ST")]
    [InlineData(FolderRole.None, "$Label1 NonJunk", "")]
    public void Flags_of_an_account_become_letters_in_their_order(FolderRole role, string flags, string letters)
    {
        var place = new MailPlace("work", new ImapFolder("x", role), 1, 1);
        var mail = new FetchedMail(place, flags.Split(' ', StringSplitOptions.RemoveEmptyEntries), null, []);
        Assert.Equal(letters, ImapDelivery.FlagsOf(mail));
    }
}
