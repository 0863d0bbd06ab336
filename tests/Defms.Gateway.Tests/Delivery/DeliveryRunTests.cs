using Defms.Gateway.Delivery;
using Defms.Gateway.Delivery.Client;
using Defms.Gateway.Delivery.Queue;
using Defms.Gateway.Delivery.Routes;
using Defms.Gateway.Tests.Delivery.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;

namespace Defms.Gateway.Tests.Delivery;

public sealed class DeliveryRunTests
{
    private static readonly FakeExchangers Dns = new FakeExchangers().Mx("example.org").Host("example.org", "8.0.0.1")
        .Mx("example.net").Host("example.net", "8.0.0.2").Mx("down.example").Host("down.example", "8.0.0.3").Mx("none.example", (0, ""));

    [Fact]
    public async Task Each_recipients_fate_is_recorded()
    {
        await using var scene = new Scene();
        scene.Queue.Add(Mail("m1"), "b@example.org", "c@example.org", "d@example.net", "e@down.example", "f@none.example");
        scene.Start();
        await scene.Queue.RecordedAsync(4);
        Assert.Equal(
            [
                "b@example.org Delivered 1", "c@example.org Delivered 1", "d@example.net Delivered 1", "e@down.example Delayed 1", "f@none.example Failed 1",
            ],
            scene.Queue.Marks.Select(each => $"{each.Mark.Report.Recipient} {each.Mark.Report.State} {each.Mark.Attempts}").Order(StringComparer.Ordinal));
        RecipientReport report = scene.Queue.Marks.First(each => each.Mark.Report.Recipient.Local == "b").Mark.Report;
        Assert.Equal(("250 2.0.0 queued as 1", "2.0.0", true, "example.org [8.0.0.1]", null),
            (report.Text, report.Status, report.IsRemoteReply, report.Remote, report.Encryption));
        Assert.Equal(scene.Time.GetUtcNow(), report.Time);
        Assert.Equal(3, scene.Network.Dialed.Count);
    }

    [Fact]
    public async Task A_delayed_recipient_is_tried_when_its_pause_is_over_and_fails_when_three_days_are()
    {
        await using var scene = new Scene();
        scene.Queue.Add(Mail("m1"), "e@down.example");
        scene.Start();
        await scene.Queue.RecordedAsync(1);
        int attempts = 1;
        while (!scene.Queue.IsEmpty)
        {
            DateTimeOffset due = scene.Queue.Marks[^1].Mark.NextAttempt!.Value;
            scene.Time.Advance(due - scene.Time.GetUtcNow());
            scene.Run.Wake();
            await scene.Queue.RecordedAsync(1);
            attempts++;
        }
        Assert.Equal(42, attempts);
        Assert.Equal((RecipientState.Failed, 42), (scene.Queue.Marks[^1].Mark.Report.State, scene.Queue.Marks[^1].Mark.Attempts));
    }

    [Fact]
    public async Task One_session_takes_many_mails_and_no_destination_gets_too_many_connections()
    {
        await using var scene = new Scene(DeliveryLimits.Default with { PerDestination = 2, MailsPerSession = 30 });
        for (int i = 0; i < 200; i++)
            scene.Queue.Add(Mail($"m{i}"), "b@example.org");
        scene.Start();
        await scene.Queue.RecordedAsync(200);
        Assert.All(scene.Queue.Marks, each => Assert.Equal(RecipientState.Delivered, each.Mark.Report.State));
        Assert.InRange(scene.Network.MostOpen, 1, 2);
        Assert.InRange(scene.Network.Dialed.Count, 7, 8);
    }

    [Fact]
    public async Task All_destinations_together_get_no_more_connections_than_allowed()
    {
        await using var scene = new Scene(DeliveryLimits.Default with { Connections = 1 });
        for (int i = 0; i < 20; i++)
            scene.Queue.Add(Mail($"m{i}"), "b@example.org", "d@example.net");
        scene.Start();
        await scene.Queue.RecordedAsync(40);
        Assert.All(scene.Queue.Marks, each => Assert.Equal(RecipientState.Delivered, each.Mark.Report.State));
    }

    [Fact]
    public async Task A_dead_destination_is_dialed_once_for_all_that_wait_for_it()
    {
        await using var scene = new Scene(DeliveryLimits.Default with { PerDestination = 1 });
        var mayRefuse = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scene.Network.At("8.0.0.3", async server =>
        {
            await mayRefuse.Task;
            await server.SayAsync("421 4.3.2 down");
            await server.HearTheRestAsync();
        });
        for (int i = 0; i < 50; i++)
            scene.Queue.Add(Mail($"m{i}"), "e@down.example");
        scene.Start();
        // The run pauses when all fifty are handed out.
        await scene.Time.TimerAsync(DeliveryLimits.Default.AfterFault);
        mayRefuse.SetResult();
        await scene.Queue.RecordedAsync(50);
        Assert.All(scene.Queue.Marks, each => Assert.Equal(RecipientState.Delayed, each.Mark.Report.State));
        Assert.Single(scene.Network.Dialed);
    }

    [Fact]
    public async Task A_mail_to_many_recipients_goes_in_transactions_of_a_hundred()
    {
        await using var scene = new Scene(DeliveryLimits.Default with { PerDestination = 1 });
        scene.Queue.Add(Mail("m1"), [.. Enumerable.Range(0, 250).Select(i => $"r{i}@example.org")]);
        scene.Start();
        await scene.Queue.RecordedAsync(3);
        Assert.Equal(250, scene.Queue.Marks.Count(each => each.Mark.Report.State == RecipientState.Delivered));
        Assert.Single(scene.Network.Dialed);
    }

    [Fact]
    public async Task A_mail_that_may_not_leave_fails_with_the_reason()
    {
        await using var scene = new Scene();
        scene.Queue.Add(Mail("m1", "Bcc: x@example.org\n\nx\n"), "b@example.org");
        scene.Start();
        await scene.Queue.RecordedAsync(1);
        Assert.Equal((RecipientState.Failed, "5.6.0"), (scene.Queue.Marks[0].Mark.Report.State, scene.Queue.Marks[0].Mark.Report.Status));
        Assert.Empty(scene.Network.Dialed);
    }

    [Fact]
    public async Task A_fault_of_the_disk_keeps_the_mail_back_for_a_while_and_no_longer()
    {
        await using var scene = new Scene();
        scene.Queue.Faults = 1;
        scene.Queue.Add(Mail("m1"), "b@example.org");
        scene.Start();
        await scene.Queue.RecordedAsync(1);
        Assert.Empty(scene.Queue.Marks);
        // The run pauses once for want of other mails, and again when the failed attempt has ended and woken it.
        await scene.Time.TimerAsync(DeliveryLimits.Default.AfterFault);
        await scene.Time.TimerAsync(DeliveryLimits.Default.AfterFault);
        Assert.Single(scene.Network.Dialed);
        scene.Time.Advance(DeliveryLimits.Default.AfterFault);
        await scene.Queue.RecordedAsync(1);
        Assert.Equal(RecipientState.Delivered, Assert.Single(scene.Queue.Marks).Mark.Report.State);
    }

    [Fact]
    public async Task A_stop_ends_what_is_under_way_and_begins_nothing_more()
    {
        await using var scene = new Scene(DeliveryLimits.Default with { PerDestination = 1 });
        var isInData = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scene.Network.At("8.0.0.1", async server =>
        {
            await server.GreetAsync();
            await server.AnswerAsync("MAIL", "250 ok");
            await server.AnswerAsync("RCPT", "250 ok");
            await server.AnswerAsync("DATA", "354 go");
            await server.HearDataAsync();
            isInData.SetResult();
            await mayEnd.Task;
            await server.SayAsync("250 ok");
            await server.TakeAllAsync();
        });
        scene.Queue.Add(Mail("m1"), "b@example.org");
        scene.Queue.Add(Mail("m2"), "b@example.org");
        scene.Start();
        await isInData.Task;
        Task stopped = scene.StopAsync();
        Assert.False(stopped.IsCompleted);
        mayEnd.SetResult();
        await stopped;
        Assert.Equal(("m1", RecipientState.Delivered), (Assert.Single(scene.Queue.Marks).Id, scene.Queue.Marks[0].Mark.Report.State));
        Assert.False(scene.Queue.IsEmpty);
    }

    /// <summary>The clock of these tests jumps; conversations, which do not, must not feel it.</summary>
    private static SmtpTimeouts Patient
    {
        get
        {
            var days = TimeSpan.FromDays(40);
            return new SmtpTimeouts
            {
                Connect = days,
                Greeting = days,
                Hello = days,
                MailFrom = days,
                RcptTo = days,
                DataStart = days,
                DataBlock = days,
                DataEnd = days,
                Quit = days,
            };
        }
    }

    private static OutgoingMail Mail(string id, string octets = Talk.Octets) => Talk.Mail(octets) with { Id = id };

    private sealed class Scene : IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private Task running = Task.CompletedTask;

        public Scene(DeliveryLimits? limits = null)
        {
            Queue = new MemoryQueue(Time);
            Network.At("8.0.0.1", TakeAsync).At("8.0.0.2", TakeAsync);
            var carrier = new MailCarrier(
                Dns, new RouteOptions { OwnNames = [] }, new CarrierOptions { OwnName = "gw.example.com", Timeouts = Patient }, Network, Time, new SeededRandom(1));
            Run = new DeliveryRun(Queue, carrier, null, "gw.example.com", _ => null, limits ?? DeliveryLimits.Default, Time, NullLogger.Instance);
        }

        public ManualTime Time { get; } = new();

        public MemoryQueue Queue { get; }

        public ScriptedNetwork Network { get; } = new();

        public DeliveryRun Run { get; }

        public void Start() => running = Task.Run(() => Run.RunAsync(stop.Token));

        public async Task StopAsync()
        {
            await stop.CancelAsync();
            await running.WaitAsync(TimeSpan.FromSeconds(60));
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            Run.Dispose();
            stop.Dispose();
            await Task.WhenAll(Network.Conversations);
        }

        private static async Task TakeAsync(ScriptedServer server)
        {
            await server.GreetAsync("PIPELINING");
            await server.TakeAllAsync();
        }
    }
}
