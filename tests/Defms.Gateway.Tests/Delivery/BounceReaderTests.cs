using System.Runtime.CompilerServices;
using System.Text;
using Defms.Core.Mime;
using Defms.Gateway.Delivery.Bounces;

namespace Defms.Gateway.Tests.Delivery;

public sealed class BounceReaderTests
{
    [Fact]
    public void A_report_names_recipients_states_and_the_mail_it_is_about()
    {
        Bounce bounce = Read("""
            Reporting-MTA: dns; mail.example.net
            Original-Envelope-Id: our-7+1
            Arrival-Date: Sat, 21 Nov 2026 12:00:00 +0000

            Original-Recipient: rfc822;b@example.org
            Final-Recipient: RFC822; box-17@inside.example.org
            Action: failed (user unknown)
            Status: 5.1.1 (bad mailbox)
            Remote-MTA: dns; mx.example.org
            Diagnostic-Code: smtp; 550-5.1.1 no such
             user here

            Final-Recipient: rfc822;c@example.org
            Action: delayed
            Status: 4.4.1
            Will-Retry-Until: Mon, 23 Nov 2026 12:00:00 +0000
            """)!;
        Assert.Equal(("mail.example.net", "our-7+1", "first@example.com"), (bounce.ReportingServer, bounce.EnvelopeId, bounce.MessageId));
        Assert.Equal(2, bounce.Recipients.Count);
        BouncedRecipient first = bounce.Recipients[0];
        Assert.Equal(("box-17@inside.example.org", "b@example.org", BounceAction.Failed), (first.Recipient.ToString(), first.Original.ToString(), first.Action));
        Assert.Equal(("5.1.1", "550-5.1.1 no such user here", "mx.example.org"), (first.Status.ToString(), first.Diagnostic, first.RemoteServer));
        Assert.True(first.IsFailure);
        Assert.Equal((BounceAction.Delayed, false, null), (bounce.Recipients[1].Action, bounce.Recipients[1].IsFailure, bounce.Recipients[1].Original));
    }

    [Theory]
    [InlineData(@"utf-8; \x{FC}ber@b\x{FC}cher.example", "über@bücher.example")]
    [InlineData("utf-8; über@bücher.example", "über@bücher.example")]
    [InlineData("UTF-8;plain@example.org", "plain@example.org")]
    [InlineData("rfc822; <b@example.org>", "b@example.org")]
    [InlineData("b@example.org", "b@example.org")]
    [InlineData("rfc822; \"a b\"@example.org", "\"a b\"@example.org")]
    [InlineData(@"utf-8; a\x{0A}b@example.org", null)]
    [InlineData("rfc822; nobody", null)]
    [InlineData("x-local; 4711", null)]
    [InlineData("", null)]
    public void Addresses_are_read_in_every_form(string field, string? address)
    {
        BouncedRecipient recipient = Assert.Single(Read($"Final-Recipient: {field}\nAction: failed\nStatus: 5.0.0", "message/global-delivery-status")!.Recipients);
        Assert.Equal(address, recipient.Recipient?.ToString());
    }

    [Fact]
    public void A_status_of_class_five_without_an_action_is_a_failure_and_a_success_is_none()
    {
        Assert.True(Read("Final-Recipient: rfc822; b@example.org\nStatus: 5.5.0")!.Recipients[0].IsFailure);
        Assert.False(Read("Final-Recipient: rfc822; b@example.org\nStatus: 2.1.5\nAction: relayed")!.Recipients[0].IsFailure);
        Assert.Null(Read("Reporting-MTA: dns; x"));
    }

    [Fact]
    public void A_bounce_inside_a_forwarded_mail_is_none_of_this_mail()
    {
        string inner = Report("Final-Recipient: rfc822; b@example.org\nAction: failed\nStatus: 5.1.1", "message/delivery-status");
        string outer = $"From: a@example.com\nContent-Type: multipart/mixed; boundary=out\n\n--out\n\nSee below.\n--out\nContent-Type: message/rfc822\n\n{inner}\n--out--\n";
        Assert.Null(BounceReader.Read(MailMessage.Parse(Encoding.UTF8.GetBytes(outer))));
    }

    [Fact]
    public void Exim_names_failed_recipients_in_a_field()
    {
        MailMessage mail = MailMessage.Parse("X-Failed-Recipients: b@example.org,\n c@example.org\nSubject: Mail delivery failed\n\nText\n"u8.ToArray());
        Assert.Equal(["b@example.org", "c@example.org"], BounceReader.Read(mail)!.Recipients.Select(each => each.Recipient.ToString()));
    }

    [Fact]
    public void A_flood_of_recipients_is_cut_off_and_any_cut_is_survived()
    {
        string many = string.Concat(Enumerable.Range(0, 3000).Select(i => $"Final-Recipient: rfc822; r{i}@example.org\nAction: failed\n\n"));
        Assert.Equal(1000, Read(many)!.Recipients.Count);
        byte[] whole = Encoding.UTF8.GetBytes(Report("Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; b@example.org\nAction: failed", "message/delivery-status"));
        for (int length = 0; length <= whole.Length; length++)
            Assert.InRange(BounceReader.Read(MailMessage.Parse(whole.AsMemory(0, length)))?.Recipients.Count ?? 0, 0, 1);
    }

    /// <summary>Bounces as servers wrote them, collected by other projects: file, recipients, and of the first its address, action and status.</summary>
    [Theory]
    [InlineData("ruby-mail/multipart_report_emails/multi_address_bounce2.eml", 5, "bbbbvhvbbvkjbhfbvbvjhb@gmail.com", "Failed", "5.1.1")]
    [InlineData("ruby-mail/multipart_report_emails/multi_address_bounce1.eml", 5, "bbbbvhvbbvkjbhfbvbvjhb@gmail.com", "Failed", "5.1.1")]
    [InlineData("ruby-mail/multipart_report_emails/multipart_report_multiple_status.eml", 1, "u@ci.com", "Failed", "5.3.0")]
    [InlineData("ruby-mail/multipart_report_emails/report_422.eml", 1, "fraser@oooooooo.com.au", "Delayed", "4.2.2")]
    [InlineData("ruby-mail/multipart_report_emails/report_530.eml", 1, "edwin@zzzzzzz.com", "Failed", "5.3.0")]
    [InlineData("mimekit/messages/delivery-status.txt", 1, "newsletter-request@imusic.com", "Failed", null)]
    [InlineData("mimekit/messages/delivery-status-no-blank-line.txt", 1, "newsletter-request@imusic.com", "Failed", null)]
    [InlineData("mimekit/messages/delivery-status2.txt", 1, "source@domain.com", "Failed", "5.0.0")]
    [InlineData("mimekit/messages/bounce.txt", 1, "netec.test@netecgc.com", "Failed", "5.1.1")]
    [InlineData("cpython/msg_16.txt", 1, "jangel1@cougar.noc.ucla.edu", "Failed", "5.0.0")]
    [InlineData("cpython/msg_43.txt", 25, "xxxxxxx@dot.ca.gov", "Failed", "5.7.1")]
    public void Real_bounces_are_read(string file, int count, string recipient, string action, string? status)
    {
        MailMessage mail = MailMessage.Parse(File.ReadAllBytes(Shared("mime/" + file)));
        Bounce bounce = BounceReader.Read(mail)!;
        Assert.Equal(count, bounce.Recipients.Count);
        BouncedRecipient first = bounce.Recipients[0];
        Assert.Equal((recipient, action, status), (first.Recipient.ToString(), first.Action.ToString(), first.Status?.ToString()));
        Assert.True(Automation.Of(mail, hasNullSender: false).HasFlag(AutomationSigns.Report));
    }

    private static Bounce? Read(string status, string type = "message/delivery-status") =>
        BounceReader.Read(MailMessage.Parse(Encoding.UTF8.GetBytes(Report(status, type))));

    private static string Report(string status, string type) => $"""
        From: MAILER-DAEMON@mail.example.net
        To: a@example.com
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary=b

        --b

        Your mail was not delivered.
        --b
        Content-Type: {type}

        {status}

        --b
        Content-Type: text/rfc822-headers

        Message-ID: <first@example.com>
        Subject: Hi

        --b--

        """;

    private static string Shared(string path, [CallerFilePath] string thisFile = "")
    {
        string repository = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", ".."));
        string folder = Environment.GetEnvironmentVariable("DEFMS_SHARED") ?? Path.Combine(repository, "..", "shared");
        string found = Path.GetFullPath(Path.Combine(folder, "testdata", path));
        if (!Path.Exists(found))
            Assert.Skip($"Needs the test data {found}; put it there or name its folder in DEFMS_SHARED.");
        return found;
    }
}
