using System.Text;
using Defms.Gateway.Smtp;
using Defms.Gateway.Smtp.Sasl;
using Defms.Gateway.Smtp.Wire;
using Defms.Gateway.Tests.Smtp.Fixtures;

namespace Defms.Gateway.Tests.Smtp;

/// <summary>Time and memory. The clock is moved by hand.</summary>
public sealed class LimitTests
{
    private const string Begin = "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n";
    private static readonly SmtpLimits Limits = new();

    [Fact]
    public async Task A_silent_client_is_cut()
    {
        await using var scene = new Scene();
        scene.Start();
        scene.Time.Advance(Limits.Command - TimeSpan.FromSeconds(1));
        Assert.False(scene.HasEnded);
        scene.Time.Advance(TimeSpan.FromSeconds(1));
        await scene.EndAsync();
        Assert.Equal(["220", "421 4.4.2"], scene.Replies);
    }

    [Fact]
    public async Task A_client_that_drips_a_command_is_cut_as_if_it_were_silent()
    {
        await using var scene = new Scene();
        scene.Start();
        for (int i = 0; i < 10; i++)
        {
            await scene.SayAsync("N");
            scene.Time.Advance(Limits.Command / 10);
        }
        await scene.EndAsync();
        Assert.Equal(["220", "421 4.4.2"], scene.Replies);
    }

    [Fact]
    public async Task A_client_that_talks_is_not_cut()
    {
        await using var scene = new Scene();
        scene.Start();
        for (int i = 0; i < 10; i++)
        {
            scene.Time.Advance(Limits.Command / 2);
            await scene.SayAsync("NOOP\r\n");
        }
        Assert.False(scene.HasEnded);
        Assert.Equal(11, scene.Replies.Count);
    }

    [Fact]
    public async Task A_client_that_only_talks_is_cut_unless_it_takes_its_time()
    {
        int burst = Limits.CommandBurst + Limits.Recipients;
        await using var slow = new Scene();
        slow.Start();
        await slow.SayAsync(string.Concat(Enumerable.Repeat("NOOP\r\n", burst)));
        slow.Time.Advance(TimeSpan.FromSeconds(3));
        await slow.SayAsync(string.Concat(Enumerable.Repeat("NOOP\r\n", 3 * Limits.CommandsPerSecond)));
        Assert.False(slow.HasEnded);
        await slow.SayAsync("NOOP\r\n");
        await slow.EndAsync();
        Assert.Equal(burst + (3 * Limits.CommandsPerSecond), slow.Replies.Count(reply => reply == "250 2.0.0"));
        Assert.Equal("421 4.7.0", slow.Replies[^1]);
    }

    [Fact]
    public async Task Who_brings_mail_may_be_as_fast_as_he_can()
    {
        await using var scene = new Scene { Options = new SmtpOptions { HostName = "mx.example.org", Limits = new SmtpLimits { CommandBurst = 10 } } };
        scene.Start();
        await scene.SayAsync("EHLO x\r\n");
        for (int i = 0; i < 200; i++)
            await scene.SayAsync("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nx\r\n.\r\n");
        Assert.Equal(200, scene.Desk.Mails.Count);
        Assert.False(scene.HasEnded);
    }

    [Fact]
    public async Task After_wrong_passwords_a_network_may_not_try_for_a_while_whatever_connection_it_uses()
    {
        var time = new ManualTime();
        var guard = new AuthGuard(time);
        for (int failures = 0; failures < AuthGuard.MostFailures; failures++)
            Assert.Equal("535 5.7.8", await LogInAsync(time, guard, "wrong"));
        Assert.Equal("421 4.7.0", await LogInAsync(time, guard, TestCredentials.Password));
        Assert.False(guard.IsClosedTo("198.51.100.7"));
        time.Advance(AuthGuard.Period - TimeSpan.FromSeconds(1));
        Assert.Equal("421 4.7.0", await LogInAsync(time, guard, TestCredentials.Password));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("235 2.7.0", await LogInAsync(time, guard, TestCredentials.Password));
    }

    /// <summary>A connection of its own; what it is answered.</summary>
    private static async Task<string> LogInAsync(ManualTime time, AuthGuard guard, string password)
    {
        await using var scene = new Scene { Port = SmtpPort.Submission, Time = time, Guard = guard };
        scene.Start();
        await scene.SayAsync("STARTTLS\r\n");
        await scene.SayAsync("EHLO x\r\n");
        await scene.SayAsync($"AUTH PLAIN {Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{TestCredentials.Account}\0{password}"))}\r\n");
        return scene.Replies[^1];
    }

    [Fact]
    public async Task A_client_that_falls_silent_in_a_mail_is_cut_and_its_memory_given_back()
    {
        var budget = new OctetBudget(Limits.AllMails);
        await using var scene = new Scene { Budget = budget };
        scene.Start();
        await scene.SayAsync(Begin + "Half a");
        Assert.NotEqual(0, budget.Used);
        scene.Time.Advance(Limits.DataSilence);
        await scene.EndAsync();
        Assert.Equal("421 4.4.2", scene.Replies[^1]);
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public async Task A_client_that_drips_a_mail_is_cut()
    {
        await using var scene = new Scene();
        scene.Start();
        await scene.SayAsync(Begin);
        int octets = 0;
        for (; octets < 100 && !scene.HasEnded; octets++)
        {
            scene.Time.Advance(Limits.DataSilence / 10);
            await scene.SayAsync("x");
        }
        Assert.InRange(octets, 10, 12);
        Assert.Equal("421 4.4.2", scene.Replies[^1]);
    }

    [Fact]
    public async Task A_slow_line_brings_its_mail_all_the_same()
    {
        await using var scene = new Scene();
        scene.Start();
        await scene.SayAsync(Begin);
        string second = string.Concat(Enumerable.Repeat(new string('x', 62) + "\r\n", Limits.DataBytesPerSecond / 64));
        for (int i = 0; i < 600; i++)
        {
            await scene.SayAsync(second);
            scene.Time.Advance(TimeSpan.FromSeconds(1));
        }
        await scene.SayAsync(".\r\n");
        Assert.Equal("250 2.0.0", scene.Replies[^1]);
        Assert.Equal(600 * second.Length, Assert.Single(scene.Desk.Mails).Text.Length);
    }

    [Fact]
    public async Task A_stopping_server_says_so_at_the_next_command_and_finishes_a_mail()
    {
        await using var idle = new Scene();
        idle.Start();
        idle.Stop();
        await idle.EndAsync();
        Assert.Equal(["220", "421 4.3.2"], idle.Replies);
        await using var busy = new Scene();
        busy.Start();
        await busy.SayAsync(Begin + "x\r\n");
        busy.Stop();
        await busy.SayAsync("y\r\n.\r\nMAIL FROM:<a@b>\r\n");
        await busy.EndAsync();
        Assert.Equal(["354", "250 2.0.0", "421 4.3.2"], busy.Replies.Skip(4));
        Assert.Single(busy.Desk.Mails);
    }

    [Fact]
    public async Task An_early_talker_is_refused_where_that_is_wanted()
    {
        var options = new SmtpOptions { HostName = "mx.example.org", RefusesEarlyTalkers = true };
        await using var early = new Scene { Options = options };
        early.Start();
        Assert.Equal("", early.Heard);
        await early.SayAsync("EHLO x\r\n");
        await early.EndAsync();
        Assert.Equal(["554 5.5.1"], early.Replies);
        await using var polite = new Scene { Options = options };
        polite.Start();
        polite.Time.Advance(options.Limits.BannerDelay);
        await polite.SayAsync("EHLO x\r\n");
        Assert.Equal(["220", "250"], polite.Replies);
    }

    [Fact]
    public async Task A_new_mail_waits_while_the_memory_for_all_is_used_up()
    {
        var budget = new OctetBudget(Limits.AllMails);
        // Small ones: of the others some may not fill all of it.
        const long mail = 16 * 1024;
        for (long used = 0; used < Limits.AllMails - Limits.FreeToBegin; used += mail)
            Assert.True(budget.TryReserve(mail));
        Assert.True(budget.TryReserve(1));
        await using var scene = new Scene { Budget = budget };
        scene.Start();
        await scene.SayAsync("EHLO x\r\nMAIL FROM:<a@b>\r\n");
        Assert.Equal("452 4.3.1", scene.Replies[^1]);
        budget.Release(1);
        await scene.SayAsync("MAIL FROM:<a@b> SIZE=1048577\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n");
        Assert.Equal(["452 4.3.1", "250 2.1.0", "250 2.1.5"], scene.Replies.TakeLast(3));
        Assert.True(budget.TryReserve(1));
        await scene.SayAsync("DATA\r\nBDAT 1 LAST\r\nx");
        Assert.Equal(["452 4.3.1", "452 4.3.1"], scene.Replies.TakeLast(2));
    }

    [Fact]
    public async Task A_mail_that_finds_no_memory_on_its_way_is_put_off_and_the_session_goes_on()
    {
        var budget = new OctetBudget(Limits.FreeToBegin);
        await using var scene = new Scene { Budget = budget };
        scene.Start();
        await scene.SayAsync(Begin + string.Concat(Enumerable.Repeat(new string('x', 98) + "\r\n", 11_000)) + ".\r\nNOOP\r\n");
        Assert.Equal(["354", "452 4.3.1", "250 2.0.0"], scene.Replies.TakeLast(3));
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public void Large_mails_leave_a_quarter_of_the_memory_to_small_ones()
    {
        const long large = 2 * 1024 * 1024;
        var budget = new OctetBudget(10 * large);
        int held = 0;
        while (budget.TryReserve(large))
            held++;
        Assert.Equal(7, held);
        Assert.True(budget.TryReserve(large / 2));
        Assert.False(budget.TryReserve(large));
    }

    [Theory]
    [InlineData(256L << 20, 64L << 20, 24L << 20)]
    [InlineData(192L << 20, 48L << 20, 18L << 20)]
    [InlineData(1L << 40, 128L << 20, 40L << 20)]
    public void A_small_machine_takes_smaller_mails_and_fewer_at_once(long memory, long all, long mail)
    {
        SmtpLimits limits = new SmtpLimits { Mail = 40L << 20 }.Within(memory);
        Assert.Equal((all, mail), (limits.AllMails, limits.Mail));
        // The largest one finds room alone, also while it grows.
        using var buffer = new MailBuffer(new OctetBudget(limits.AllMails), limits.Mail);
        byte[] piece = new byte[1 << 20];
        for (long length = 0; length < limits.Mail; length += piece.Length)
            buffer.Append(piece);
        Assert.Equal(MailFlaw.None, buffer.Flaw);
        Assert.Equal(limits.Mail, buffer.Octets.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8 * 1024)]
    [InlineData(8 * 1024 + 1)]
    [InlineData(3_000_000)]
    public void A_buffer_holds_what_it_is_given_and_gives_everything_back(int length)
    {
        var budget = new OctetBudget(Limits.AllMails);
        byte[] octets = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 31))];
        using (var mail = new MailBuffer(budget, Limits.Mail))
        {
            foreach (byte[] piece in octets.Chunk(1000))
                mail.Append(piece);
            Assert.True(octets.AsSpan().SequenceEqual(mail.Octets.Span));
            Assert.InRange(budget.Used, length, Math.Max(16 * 1024, 4L * length));
        }
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public void A_buffer_is_overwritten_before_others_have_it()
    {
        var mail = new MailBuffer(new OctetBudget(Limits.AllMails), Limits.Mail);
        mail.Append(Encoding.ASCII.GetBytes("secret"));
        ReadOnlyMemory<byte> seen = mail.Octets;
        mail.Dispose();
        Assert.Equal(new byte[6], seen.ToArray());
    }
}
