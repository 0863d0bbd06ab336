using System.Text;
using Defms.Gateway.Imap;
using Defms.Gateway.Imap.Wire;
using Defms.Gateway.Tests.Imap.Fixtures;

namespace Defms.Gateway.Tests.Imap;

public sealed class FetchTests
{
    private readonly FakeServer server = new();

    [Fact]
    public async Task Every_mail_comes_once_and_a_second_pass_brings_only_what_is_new()
    {
        server.Inbox.Add(700);
        var fetching = new Fetching(server.Account(), server);
        Assert.Equal(700, (await fetching.PassAsync()).Fetched);
        fetching.AssertHasOnce(server.Inbox.Mails);
        Assert.Equal(0, (await fetching.PassAsync()).Fetched);
        server.Inbox.Add(3, from: 700);
        Assert.Equal(3, (await fetching.PassAsync()).Fetched);
        fetching.AssertHasOnce(server.Inbox.Mails);
    }

    [Fact]
    public async Task A_mail_carries_its_octets_flags_date_and_place()
    {
        FakeMail mail = server.Inbox.Add("From: a\r\n\r\n{5}\r\n)\r\n"u8.ToArray());
        server.Inbox.SetFlags(mail, @"\seen \Recent $Label1");
        var fetching = new Fetching(server.Account(), server);
        await fetching.PassAsync();
        FetchedMail fetched = Assert.Single(fetching.Sink.Mails);
        Assert.Equal(mail.Octets, fetched.Octets);
        Assert.Equal([@"\Seen", "$Label1"], fetched.Flags);
        Assert.Equal(new DateTimeOffset(1996, 7, 17, 2, 44, 25, TimeSpan.FromHours(-7)), fetched.Arrived);
        Assert.Equal(new MailPlace("test", new ImapFolder("INBOX", FolderRole.Inbox), 7, 1), fetched.Place);
    }

    [Fact]
    public async Task The_source_is_opened_for_reading_only()
    {
        server.Inbox.Add(3);
        await new Fetching(server.Account(), server).PassAsync();
        Assert.DoesNotContain(server.Heard, line => line.StartsWith("SELECT", StringComparison.Ordinal) || line.Contains("STORE", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Heard, line => line.Contains("BODY[", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_new_generation_of_numbers_is_fetched_anew_and_told()
    {
        server.Inbox.Add(5);
        var fetching = new Fetching(server.Account(), server);
        await fetching.PassAsync();
        server.Inbox.UidValidity = 8;
        Assert.Equal(5, (await fetching.PassAsync()).Fetched);
        Assert.Single(fetching.Sink.Notes.OfType<ImapNote.Renumbered>());
        Assert.All(fetching.Sink.Mails.Skip(5), mail => Assert.Equal(8U, mail.Place.UidValidity));
    }

    [Fact]
    public async Task Numbers_that_go_back_count_as_a_new_generation()
    {
        server.Inbox.Add(5);
        var fetching = new Fetching(server.Account(), server);
        await fetching.PassAsync();
        server.Inbox.Mails.Clear();
        server.Inbox.UidNext = 1;
        server.Inbox.Add(2, from: 90);
        Assert.Equal(2, (await fetching.PassAsync()).Fetched);
    }

    [Fact]
    public async Task Changed_flags_and_vanished_mails_are_told_once()
    {
        server.Inbox.Add(5);
        var fetching = new Fetching(server.Account(), server);
        await fetching.PassAsync();
        server.Inbox.SetFlags(server.Inbox.Mails[1], @"\Flagged");
        server.Inbox.Remove(server.Inbox.Mails[3]);
        await fetching.PassAsync();
        await fetching.PassAsync();
        ImapNote.FlagsChanged changed = Assert.Single(fetching.Sink.Notes.OfType<ImapNote.FlagsChanged>());
        Assert.Equal(2U, changed.Place.Uid);
        Assert.Equal([@"\Flagged"], changed.Flags);
        Assert.Equal("4", Assert.Single(fetching.Sink.Notes.OfType<ImapNote.Vanished>()).Uids.ToString());
    }

    [Fact]
    public async Task A_mail_above_the_limit_is_read_over_reported_and_not_asked_for_again()
    {
        server.Inbox.Add(1);
        server.Inbox.Add(new byte[300_000]);
        server.Inbox.Add(1, from: 2);
        var fetching = new Fetching(server.Account(a => a with { Limits = WireLimits.Default with { MessageOctets = 1000 } }), server);
        PassReport report = await fetching.PassAsync();
        Assert.Equal((2L, 1), (report.Fetched, report.TooLarge));
        ImapNote.TooLarge note = Assert.Single(fetching.Sink.Notes.OfType<ImapNote.TooLarge>());
        Assert.Equal((2U, 300_000L), (note.Place.Uid, note.Size));
        Assert.Equal(0, (await fetching.PassAsync()).TooLarge);
    }

    [Fact]
    public async Task A_mail_that_vanishes_between_listing_and_fetching_is_let_go()
    {
        server.Inbox.Add(4);
        FakeMail gone = server.Inbox.Mails[2];
        server.Lie = command =>
        {
            if (command.Contains("BODY.PEEK", StringComparison.Ordinal))
                server.Inbox.Remove(gone);
            return null;
        };
        var fetching = new Fetching(server.Account(), server);
        PassReport report = await fetching.PassAsync();
        Assert.Equal((3L, 0), (report.Fetched, report.NotGiven));
        Assert.True((await fetching.Journal.FindAsync("INBOX", default))!.Waiting.IsEmpty);
    }

    [Fact]
    public async Task A_mail_that_the_server_refuses_holds_up_no_other_and_is_asked_for_again()
    {
        server.Inbox.Add(6);
        bool isBroken = true;
        server.Lie = command => isBroken && command.Contains("BODY.PEEK", StringComparison.Ordinal)
            && UidSet.TryParse(Encoding.ASCII.GetBytes(command.Split(' ')[2]), out UidSet uids) && uids.Contains(4) ? "$ NO disk fault\r\n" : null;
        var fetching = new Fetching(server.Account(), server);
        PassReport report = await fetching.PassAsync();
        Assert.Equal((5L, 1), (report.Fetched, report.NotGiven));
        Assert.Equal("disk fault", Assert.Single(fetching.Sink.Notes.OfType<ImapNote.NotGiven>()).Reason);
        isBroken = false;
        Assert.Equal(1, (await fetching.PassAsync()).Fetched);
        fetching.AssertHasOnce(server.Inbox.Mails);
    }

    [Fact]
    public async Task A_mail_that_cannot_be_stored_ends_the_pass_and_comes_again()
    {
        server.Inbox.Add(20);
        var fetching = new Fetching(server.Account(), server);
        fetching.Sink.Before = (mail, _) => mail.Place.Uid == 7 ? throw new IOException("disk full") : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(fetching.PassAsync);
        fetching.Sink.Before = (_, _) => Task.CompletedTask;
        await fetching.PassAsync();
        fetching.AssertHasOnce(server.Inbox.Mails);
    }

    [Fact]
    public async Task Mail_in_memory_stays_within_the_budget_also_with_a_mail_above_it()
    {
        for (int i = 0; i < 300; i++)
            server.Inbox.Add(Encoding.ASCII.GetBytes($"{i}{new string('x', 1000)}"));
        server.Inbox.Add(new byte[50_000]);
        var fetching = new Fetching(server.Account(a => a with { OctetsInFlight = 10_000 }), server);
        int under = 0;
        int most = 0;
        fetching.Sink.Before = async (_, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref under));
            await Task.Yield();
            Interlocked.Decrement(ref under);
        };
        ImapFetcher fetcher = fetching.Fetcher();
        await fetcher.PassAsync(TestContext.Current.CancellationToken);
        fetching.AssertHasOnce(server.Inbox.Mails);
        Assert.InRange(fetcher.PeakOctets, 1000, 10_000);
        Assert.InRange(most, 1, 10);
    }

    [Fact]
    public async Task Mail_is_only_deleted_after_it_was_stored()
    {
        server.Inbox.Add(5);
        var fetching = new Fetching(server.Account(a => a with { AfterStorage = AfterStorage.Delete }), server);
        fetching.Sink.Before = (mail, _) => mail.Place.Uid == 3 ? throw new IOException("disk full") : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(fetching.PassAsync);
        Assert.Equal(5, server.Inbox.Mails.Count);
        fetching.Sink.Before = (_, _) => Task.CompletedTask;
        PassReport report = await fetching.PassAsync();
        Assert.Equal(5, report.Removed);
        Assert.Empty(server.Inbox.Mails);
        Assert.Equal(5, fetching.Sink.Mails.Count);
    }

    [Theory]
    [InlineData(FakeServer.DefaultCapabilities, "UID MOVE")]
    [InlineData("IMAP4rev1 AUTH=PLAIN UIDPLUS", "UID COPY")]
    public async Task Stored_mail_is_moved_by_what_the_server_offers(string capabilities, string verb)
    {
        server.Capabilities = capabilities;
        server.Inbox.Add(5);
        server.Folders["Done"] = new FakeFolder();
        var fetching = new Fetching(server.Account(a => a with { AfterStorage = AfterStorage.Move, MoveTo = "Done" }), server);
        Assert.Equal(5, (await fetching.PassAsync()).Removed);
        Assert.Empty(server.Inbox.Mails);
        Assert.Equal(5, server.Folders["Done"].Mails.Count);
        Assert.Contains(server.Heard, line => line.StartsWith(verb, StringComparison.Ordinal));
        Assert.Equal(0, (await fetching.PassAsync()).Fetched);
    }

    [Fact]
    public async Task Nothing_is_removed_where_the_server_cannot_remove_single_mails()
    {
        server.Capabilities = "IMAP4rev1 AUTH=PLAIN";
        server.Inbox.Add(2);
        PassReport report = await new Fetching(server.Account(a => a with { AfterStorage = AfterStorage.Delete }), server).PassAsync();
        Assert.Equal((2L, 0L), (report.Fetched, report.Removed));
        Assert.Contains("UIDPLUS", Assert.Single(report.Faults), StringComparison.Ordinal);
        Assert.Equal(2, server.Inbox.Mails.Count);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_opened_does_not_keep_the_others_away()
    {
        server.Folders["Work"] = new FakeFolder();
        server.Folders["Work"].Add(2);
        server.Lie = command => command.StartsWith("EXAMINE \"INBOX\"", StringComparison.Ordinal) ? "$ NO not now\r\n" : null;
        PassReport report = await new Fetching(server.Account(), server).PassAsync();
        Assert.Equal(2, report.Fetched);
        Assert.Contains("not now", Assert.Single(report.Faults), StringComparison.Ordinal);
    }
}
