using System.Globalization;
using System.Text;

namespace Defms.Gateway.Accounts;

/// <summary>What became of mail since the start, for <c>/metrics</c>. Safe for use by several threads.</summary>
internal sealed class MailTally
{
    private long taken;
    private long octets;
    private long refusedMails;
    private long deferredMails;
    private long refusedRecipients;
    private long fetched;

    public void CountTaken(long size)
    {
        Interlocked.Increment(ref taken);
        Interlocked.Add(ref octets, size);
    }

    public void CountRefusedMail() => Interlocked.Increment(ref refusedMails);

    public void CountDeferredMail() => Interlocked.Increment(ref deferredMails);

    public void CountRefusedRecipient() => Interlocked.Increment(ref refusedRecipients);

    public void CountFetched() => Interlocked.Increment(ref fetched);

    /// <summary>Prometheus text format, version 0.0.4.</summary>
    public void Write(StringBuilder text, int sessions, long octetsHeld, int accounts)
    {
        Write(text, "defms_smtp_mails_taken_total", "counter", "Mails answered with 250.", Interlocked.Read(ref taken));
        Write(text, "defms_smtp_octets_taken_total", "counter", "Octets of those mails.", Interlocked.Read(ref octets));
        Write(text, "defms_smtp_mails_refused_total", "counter", "Mails refused for good after their end.", Interlocked.Read(ref refusedMails));
        Write(text, "defms_smtp_mails_deferred_total", "counter", "Mails refused for now after their end.", Interlocked.Read(ref deferredMails));
        Write(text, "defms_smtp_recipients_refused_total", "counter", "Recipients refused.", Interlocked.Read(ref refusedRecipients));
        Write(text, "defms_smtp_sessions", "gauge", "SMTP sessions open now.", sessions);
        Write(text, "defms_smtp_octets_held", "gauge", "Octets of mails being received now.", octetsHeld);
        Write(text, "defms_imap_mails_fetched_total", "counter", "Mails fetched from providers and stored.", Interlocked.Read(ref fetched));
        Write(text, "defms_accounts", "gauge", "Addresses whose mail is taken.", accounts);
    }

    private static void Write(StringBuilder text, string name, string type, string help, long value) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n{name} {value}\n");
}
