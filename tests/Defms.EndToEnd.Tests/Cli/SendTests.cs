using System.Text;
using System.Text.Json;

namespace Defms.EndToEnd.Tests.Cli;

public sealed class SendTests
{
    [Fact]
    public async Task A_sent_mail_is_listed_shown_and_given_back_by_its_author()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            byte[] content = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * 7))];
            await File.WriteAllBytesAsync(alice.File("plan ü.bin"), content);

            (string message, string thread) = await alice.SendAsync(bob.Address, "Grüße 日本", "--body", "Ein Satz.", "--attach", alice.File("plan ü.bin"));

            JsonElement row = Assert.Single((await alice.JsonAsync("threads")).EnumerateArray());
            Assert.Equal(thread, row.GetProperty("thread").GetString());
            JsonElement shown = Assert.Single((await alice.JsonAsync("show", thread)).GetProperty("messages").EnumerateArray());
            Assert.Equal("Grüße 日本", shown.GetProperty("subject").GetString());
            Assert.Equal("Ein Satz.", shown.GetProperty("text").GetString()!.Trim());
            JsonElement attachment = Assert.Single(shown.GetProperty("attachments").EnumerateArray());
            Assert.Equal(("plan ü.bin", 1, 200_000), (attachment.GetProperty("name").GetString(), attachment.GetProperty("index").GetInt32(), attachment.GetProperty("size").GetInt32()));
            Assert.Equal(content, (await alice.RunAsync("attachment", message, "1", "--out", "-")).Expect(0).Octets);
            Assert.StartsWith("Date: ", (await alice.RunAsync("cat", message[7..15])).Expect(0).Text);
        }
    }

    [Fact]
    public async Task Send_answers_with_message_thread_and_a_state_for_each_recipient()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            JsonElement sent = await alice.JsonAsync("send", "--to", bob.Address, "--bcc", alice.Address, "--subject", "x", "--body", "y");

            Assert.Equal(["message", "thread", "recipients"], sent.EnumerateObject().Select(property => property.Name));
            JsonElement recipient = Assert.Single(sent.GetProperty("recipients").EnumerateArray());
            Assert.Equal(["address", "state"], recipient.EnumerateObject().Select(property => property.Name));
            Assert.Equal((bob.Address, "queued"), (recipient.GetProperty("address").GetString(), recipient.GetProperty("state").GetString()));
        }
    }

    [Fact]
    public async Task An_attachment_that_cannot_be_read_is_named_and_nothing_is_queued()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            Result result = await alice.RunAsync("send", "--to", bob.Address, "--body", "y", "--attach", alice.File("missing.pdf"));

            Assert.Contains("missing.pdf", result.Expect(1).Errors);
            Assert.Equal(0, (await alice.JsonAsync("threads")).GetArrayLength());
        }
    }

    [Theory]
    [InlineData("a\r\nBcc: mallory@evil.example")]
    [InlineData("a\nb")]
    public async Task A_line_end_in_the_subject_is_refused(string subject)
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            Result result = await alice.RunAsync("send", "--to", bob.Address, "--subject", subject, "--body", "y");

            Assert.Contains("Subject", result.Expect(2).Errors);
            Assert.Equal(0, (await alice.JsonAsync("threads")).GetArrayLength());
        }
    }

    [Fact]
    public async Task Without_a_way_to_one_recipient_nobody_gets_it()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            Result result = await alice.RunAsync("send", "--to", bob.Address, "nobody@n.example", "--subject", "x", "--body", "y");

            Assert.Contains("nobody@n.example", result.Expect(1).Errors);
            Assert.Equal(0, (await alice.JsonAsync("threads")).GetArrayLength());
        }
    }

    [Fact]
    public async Task Ten_thousand_recipients_get_a_clear_answer()
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example");
        string[] many = [.. Enumerable.Range(0, 10_000).Select(i => $"r{i}@n.example")];

        Result result = await alice.RunAsync(["send", "--to", .. many, "--body", "y"]);

        Assert.Contains("9990 more", result.Expect(1).Errors);
        Assert.True(result.Errors.Length < 2000, result.Errors);
    }

    [Fact]
    public async Task A_whole_message_keeps_its_octets_but_for_Bcc_and_what_it_lacked()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            const string rest = "To: Bob <bob@b.example>\nSubject: odd   spacing\n folded\nX-Any:value\n\nBody.\n.\nstill body\n";
            byte[] input = Encoding.UTF8.GetBytes("Bcc: alice@a.example,\n bob@b.example\n" + rest);

            JsonElement sent = (await alice.PipeAsync(input, "send", "-t", "-oi", "-i", "-f", alice.Address, "--json")).Expect(0).Json;
            string octets = (await alice.RunAsync("cat", sent.GetProperty("message").GetString()!)).Expect(0).Text;

            Assert.EndsWith(rest, octets);
            Assert.DoesNotContain("Bcc", octets);
            Assert.Contains("From: Alice Example <alice@a.example>\n", octets);
            Assert.Contains("Message-ID: <", octets);
            Assert.Contains("Date: ", octets);
        }
    }

    [Fact]
    public async Task A_reply_joins_the_thread_and_a_forward_does_not()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            (string message, string thread) = await alice.SendAsync(bob.Address, "Lunch", "--body", "Friday?");

            JsonElement answer = await alice.JsonAsync("reply", thread[7..17], "--body", "Or Saturday?", "--quote");
            JsonElement forward = await alice.JsonAsync("forward", message[7..17], "--to", alice.Address);

            Assert.Equal(thread, answer.GetProperty("thread").GetString());
            Assert.NotEqual(thread, forward.GetProperty("thread").GetString());
            string octets = (await alice.RunAsync("cat", answer.GetProperty("message").GetString()!)).Text;
            Assert.Contains("Subject: Re: Lunch", octets);
            Assert.Contains("> Friday?", octets);
        }
    }

    [Fact]
    public async Task Resend_by_SMTP_says_that_there_is_no_gateway()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            (string message, _) = await alice.SendAsync(bob.Address, "x", "--body", "y");

            Assert.Contains("No gateway", (await alice.RunAsync("resend", message, "--via-smtp")).Expect(1).Errors);
            Assert.Equal("queued", (await alice.JsonAsync("resend", message)).GetProperty("recipients")[0].GetProperty("state").GetString());
        }
    }
}
