using System.Text;
using Defms.Core.Mime;
using Defms.Gateway.Delivery.Bounces;

namespace Defms.Gateway.Tests.Delivery;

public sealed class AutomationTests
{
    [Theory]
    [InlineData("Auto-Submitted: auto-replied (vacation)", AutomationSigns.AutoSubmitted)]
    [InlineData("Auto-Submitted: auto-generated; owner-email=\"a@example.com\"", AutomationSigns.AutoSubmitted)]
    [InlineData("Auto-Submitted: No", AutomationSigns.None)]
    [InlineData("X-Autoreply: yes", AutomationSigns.AutoSubmitted)]
    [InlineData("Precedence: Bulk", AutomationSigns.Bulk)]
    [InlineData("Precedence: first-class", AutomationSigns.None)]
    [InlineData("X-Auto-Response-Suppress: All", AutomationSigns.Bulk)]
    [InlineData("List-Id: <x.example.org>", AutomationSigns.List)]
    [InlineData("List-Unsubscribe: <mailto:x@example.org>", AutomationSigns.List)]
    [InlineData("Return-Path: <>", AutomationSigns.NullSender)]
    [InlineData("Return-Path: <a@example.com>", AutomationSigns.None)]
    [InlineData("Sender: mailer-daemon@example.org", AutomationSigns.None)]
    [InlineData("Content-Type: multipart/report; report-type=disposition-notification; boundary=b", AutomationSigns.Report)]
    [InlineData("Subject: Re: Auto-Submitted", AutomationSigns.None)]
    public void Signs_of_programs_are_found_in_the_header(string field, object expected) =>
        Assert.Equal((AutomationSigns)expected, Automation.Of(Parse("From: a@example.com\n" + field), hasNullSender: false));

    [Fact]
    public void Servers_and_the_null_sender_are_known()
    {
        Assert.Equal(AutomationSigns.Daemon, Automation.Of(Parse("From: Mail <MAILER-DAEMON@example.org>"), hasNullSender: false));
        Assert.Equal(AutomationSigns.NullSender, Automation.Of(Parse("From: a@example.com"), hasNullSender: true));
    }

    private static MailMessage Parse(string header) => MailMessage.Parse(Encoding.UTF8.GetBytes(header + "\n\ntext\n"));
}
