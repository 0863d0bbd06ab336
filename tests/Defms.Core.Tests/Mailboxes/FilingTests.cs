using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Tests.Fixtures;
using Defms.Core.Tests.Mime;
using Defms.Core.Tests.Threads;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Mailboxes;

public sealed class FilingTests(ITestOutputHelper output)
{
    [Fact]
    public void Two_machines_that_file_the_same_mail_in_any_order_make_the_same_threads_messages_and_roots()
    {
        int seed = TestSeed.First;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        byte[][] mails = [.. SomeMail(random, 60)];
        using Owner one = new(), other = new();
        one.Import(mails);
        foreach (byte[] mail in mails.OrderBy(_ => random.Next()))
            other.Import(mail);
        Assert.Equal(one.Roots(), other.Roots());
        Assert.Equal(one.Dump(), other.Dump());
    }

    [Fact]
    public void Real_mail_makes_the_same_roots_in_reverse()
    {
        byte[][] mails = [.. SharedFiles.All("mail/easy-ham-1/0001-0500").Select(File.ReadAllBytes)];
        using Owner one = new(), other = new();
        one.Import(mails);
        other.Import(mails.Reverse());
        Assert.Equal(one.Roots(), other.Roots());
        Assert.Equal(one.Dump(), other.Dump());
    }

    [Fact]
    public void Filing_again_adds_nothing_and_says_so()
    {
        using Owner owner = new();
        byte[][] mails = [Owner.Mail("a@x"), Owner.Mail("b@x", "<a@x>"), Owner.Mail("a@x")];
        FilingResult first = owner.Import(mails);
        IReadOnlyList<string> before = owner.Dump();
        FilingResult second = owner.Import(mails);
        Assert.Equal((2, 1, 0), (first.Imported, first.AlreadyHere, first.Unreadable));
        Assert.Equal((0, 3, 0), (second.Imported, second.AlreadyHere, second.Unreadable));
        Assert.Equal(before, owner.Dump());
    }

    [Fact]
    public void What_an_earlier_epoch_filed_is_not_filed_again()
    {
        using Owner owner = new(People.Person(0x21));
        owner.Import(Owner.Mail("a@x"));
        using Identity later = People.Person(0x21, epoch: 1);
        using var filing = new Filing(later);
        CollectedMail[] mails = [new() { Place = "1", Octets = Owner.Mail("a@x") }, new() { Place = "2", Octets = Owner.Mail("b@x", "<a@x>") }];
        FilingResult result = new FilingRun(owner.Store, filing).File(mails, _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal((1, 1), (result.Imported, result.AlreadyHere));
        ListedConversation talk = Assert.Single(owner.Conversations());
        Assert.Equal((2, 2), (talk.Row.Messages, talk.Branches.Count));
    }

    [Fact]
    public void A_late_message_that_joins_two_threads_makes_one_conversation_and_both_names_still_lead_to_it()
    {
        using Owner owner = new();
        owner.Import(Owner.Mail("a@x"), Owner.Mail("b@x"));
        Cid[] names = [.. owner.Roots().Select(pair => pair.Thread)];
        Assert.Equal(2, owner.Conversations().Count);
        owner.Import(Owner.Mail("c@x", "<a@x> <b@x>"));
        Assert.Equal(3, Assert.Single(owner.Conversations()).Row.Messages);
        Assert.All(names, name => Assert.Equal(3, owner.Mailbox.Show(name).Messages.Count));
    }

    [Fact]
    public void Answers_to_mail_that_never_came_are_one_conversation()
    {
        using Owner owner = new();
        owner.Import(Owner.Mail("b@x", "<ghost@x>"), Owner.Mail("c@x", "<older@x> <ghost@x>"));
        Assert.Equal(2, Assert.Single(owner.Conversations()).Row.Messages);
    }

    [Fact]
    public void Messages_that_refer_to_each_other_in_a_circle_are_all_shown()
    {
        using Owner owner = new();
        owner.Import(Owner.Mail("a@x", "<c@x>"), Owner.Mail("b@x", "<a@x>"), Owner.Mail("c@x", "<b@x>"), Owner.Mail("d@x", "<d@x>"));
        IEnumerable<ShownMessage> shown = owner.Conversations().SelectMany(talk => owner.Mailbox.Show(talk.Newest.Thread).Messages);
        Assert.Equal(["a@x", "b@x", "c@x", "d@x"], shown.Select(message => message.Mail.MessageId!).Order());
    }

    [Fact]
    public void An_address_in_In_Reply_To_joins_nothing()
    {
        const string answer = "In-Reply-To: Message from Bob <bob@example.net> of \"Mon\" <{0}@x>\n";
        const string sentence = "In-Reply-To: Your message of Monday, bob@example.net\n";
        using Owner owner = new();
        owner.Import(
            Owner.Mail("1@x", more: string.Format(answer, "a")), Owner.Mail("2@x", more: string.Format(answer, "b")),
            Owner.Mail("3@x", more: sentence), Owner.Mail("4@x", more: sentence));
        Assert.Equal(4, owner.Conversations().Count);
        Assert.Equal("mid:a@x", FilingId.Of(MailMessage.Parse(Owner.Mail("1@x", more: string.Format(answer, "a"))), []).Text);
        Assert.Equal("mid:3@x", FilingId.Of(MailMessage.Parse(Owner.Mail("3@x", more: sentence)), []).Text);
    }

    [Fact]
    public void An_answer_without_references_shows_with_the_mail_of_its_subject_and_stays_in_a_thread_of_its_own()
    {
        using Owner owner = new();
        byte[] original = Owner.Mail("a@x", subject: "Lunch");
        byte[] answer = Owner.Mail("b@x", subject: "Re: lunch", from: "Bob <BOB@example.net>");
        byte[] stranger = Owner.Mail("c@x", subject: "Re: Lunch", from: "carol@example.com");
        owner.Import(answer);
        owner.Import(stranger);
        owner.Import(original);
        Assert.Equal([2, 1], owner.Conversations().Select(talk => talk.Row.Messages).OrderDescending());
        Assert.Equal(3, owner.Roots().Count);
    }

    [Fact]
    public void An_answer_a_month_later_is_another_conversation()
    {
        using Owner owner = new();
        byte[] late = [.. "Date: Mon, 6 Feb 2006 15:04:05 +0000\nSubject: Re: Lunch\nFrom: bob@example.net\nTo: alice@example.org\n\nYes\n"u8];
        owner.Import(Owner.Mail("a@x", subject: "Lunch"), late);
        Assert.Equal(2, owner.Conversations().Count);
    }

    [Fact]
    public void The_same_mail_by_two_ways_shows_once_and_no_copy_is_dropped()
    {
        using Owner owner = new();
        byte[] plain = Owner.Mail("a@x", body: "Hello\n\nBob\n");
        byte[] relayed = [.. "Received: by relay; Mon, 2 Jan 2006 16:00:00 +0000\r\n"u8, .. Crlf(plain)];
        byte[] fromMbox = [.. "From bob@example.net Mon Jan  2 15:04:05 2006\n"u8, .. plain, (byte)'\n'];
        owner.Import(plain, relayed, fromMbox);
        ListedConversation talk = Assert.Single(owner.Conversations());
        Assert.Equal((1, 1), (talk.Row.Messages, talk.Row.Unread));
        Assert.Single(owner.Mailbox.Show(talk.Newest.Thread).Messages);
        Assert.Equal(3, owner.Store.Read(tables => tables.Messages.InConversation(talk.Row.Id)).Count);
    }

    [Fact]
    public void Mail_without_any_identifier_that_came_twice_shows_once()
    {
        using Owner owner = new();
        owner.Import(Owner.Mail(""), Crlf(Owner.Mail("")));
        Assert.Equal(1, Assert.Single(owner.Conversations()).Row.Messages);
        Assert.Equal(2, owner.Roots().Count);
    }

    [Fact]
    public void Of_copies_the_one_by_the_key_of_its_From_shows_then_the_one_with_a_good_signature()
    {
        using Owner owner = new();
        byte[] octets = Owner.Mail("a@x", from: "dave@example.net"), relayed = [.. "X-Relay: 1\n"u8, .. octets];
        owner.Import(octets);
        using var filing = new Filing(owner.Identity);
        MailMessage mail = MailMessage.Parse(relayed);
        var id = FilingId.Of(mail, []);
        using (Thread thread = filing.Open(id))
        {
            FiledMail brought = filing.Seal(thread, id, mail, MessageFlags.None, Samples.Origin(relayed));
            owner.Store.Write(tables => Filing.Keep(tables, thread, [brought], owner.Identity.Did));
        }
        Assert.Equal("pass", Shown(owner).Origin?.Dkim);
        Assert.Equal("dave@example.net", Shown(owner).AuthorName);

        owner.Store.Write(tables => new ContactBook(tables, owner.Identity.Did, DateTimeOffset.UnixEpoch).Add(People.BobCard));
        byte[] native = [.. "X-Native: 1\n"u8, .. octets];
        Send(owner, native);
        Assert.Equal("pass", Shown(owner).Origin?.Dkim);
        owner.Store.Write(tables =>
        {
            tables.Contacts.Bind("dave@example.net", People.Bob.Did);
            return true;
        });
        Assert.Equal(People.Bob.Did, Shown(owner).Author);
        Assert.Equal(1, Assert.Single(owner.Conversations()).Row.Messages);
    }

    [Fact]
    public void Counts_are_those_of_a_recount_whatever_arrives()
    {
        int seed = TestSeed.First;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using Owner owner = new();
        foreach (byte[] mail in SomeMail(random, 60))
        {
            MessageFlags flags = (MessageFlags)(random.Next(16) & (int)FilingFlags.Personal);
            owner.Import([new CollectedMail { Place = "test", Octets = random.Next(3) == 0 ? Crlf(mail) : mail, Flags = flags }]);
        }
        IReadOnlyList<string> before = owner.Dump();
        owner.Store.Write(tables =>
        {
            foreach (long conversation in tables.Threads.All().Select(row => row.Conversation).Distinct().ToList())
                tables.Conversations.Recount(conversation);
            return true;
        });
        Assert.Equal(before, owner.Dump());
    }

    [Fact]
    public void Imported_mail_is_unread_and_nobodys_own_and_dateless_mail_has_the_date_of_its_last_relay()
    {
        using Owner owner = new();
        owner.Import([.. "From: alice@example.org\nReceived: by b; Mon, 2 Jan 2006 15:04:05 +0000\nReceived: by a; Sun, 1 Jan 2006 00:00:00 +0000\n\nHello\n"u8]);
        MessageRow row = owner.Store.Read(tables => tables.Messages.InThread(1)[0]);
        Assert.Equal((MessageFlags.None, 1_136_214_245_000), (row.Flags, row.Date));
    }

    private static ShownMessage Shown(Owner owner) =>
        Assert.Single(owner.Mailbox.Show(Assert.Single(owner.Conversations()).Newest.Thread).Messages);

    /// <summary>The mail comes natively, from Bob.</summary>
    private static void Send(Owner owner, byte[] octets)
    {
        using var thread = Thread.Create(
            People.Bob, [People.BobCard, People.AliceCard], new GenesisOptions { Created = People.Issued }, RandomSource.System);
        SealedMessage message = thread.Seal(People.Bob, octets, People.Issued);
        owner.Store.Write(tables => Arrival.Add(
            tables, thread, [Indexing.Describe(message.Message, octets, owner.Identity.Did, 0)], message.Chunks, owner.Identity.Did, 0));
    }

    internal static byte[] Crlf(byte[] octets) => System.Text.Encoding.Latin1.GetBytes(System.Text.Encoding.Latin1.GetString(octets).ReplaceLineEndings("\r\n"));

    /// <summary>Mail of few people about few things, which answers each other at random, also what comes later or never.</summary>
    private static IEnumerable<byte[]> SomeMail(Random random, int count)
    {
        string Id() => $"{random.Next(count * 2)}@x";
        for (int i = 0; i < count; i++)
        {
            string? references = random.Next(3) == 0 ? null : string.Join(' ', Enumerable.Range(0, random.Next(3)).Select(_ => $"<{Id()}>"));
            string subject = $"{(random.Next(2) == 0 ? "Re: " : "")}{random.Next(5)}";
            yield return Owner.Mail(random.Next(8) == 0 ? "" : $"{i}@x", references, subject, $"{random.Next(4)}\n", $"p{random.Next(3)}@x");
        }
    }
}
