using Defms.Gateway.Delivery;
using Defms.Gateway.Delivery.Client;
using Defms.Gateway.Tests.Delivery.Fixtures;

namespace Defms.Gateway.Tests.Delivery;

/// <summary>Every phase of a conversation in which the server says the wrong thing, nothing, or goes away.</summary>
public sealed class HostileServerTests
{
    private static readonly string[] Phases = ["greeting", "hello", "mail", "rcpt", "data", "end"];

    public static TheoryData<string, string, bool> Answers
    {
        get
        {
            var all = new TheoryData<string, string, bool>();
            string[] wrong = ["421 4.3.2 closing", "450 4.2.1 busy", "554 5.7.1 no", "354 go on", "334 ", "999 what", "HTTP/1.1 200 OK", "250-a\n450 b"];
            foreach (string phase in Phases)
            {
                foreach (string answer in wrong)
                {
                    // 354 is right for DATA, 554 is a refusal at any phase behind the hello.
                    if (phase != "data" || answer[..3] != "354")
                        all.Add(phase, answer, answer[0] == '5' && phase is not ("greeting" or "hello"));
                }
                if (phase is "data" or "greeting")
                    all.Add(phase, phase == "data" ? "250 2.0.0 delivered, believe me" : "250 hello", false);
            }
            return all;
        }
    }

    public static TheoryData<string, bool> Silences => new(Phases.SelectMany(phase => new[] { (phase, true), (phase, false) }));

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_wrong_answer_never_counts_as_delivered(string phase, string answer, bool isPermanent)
    {
        foreach (bool pipelines in new[] { false, true })
        {
            foreach (int mostPerRead in new[] { int.MaxValue, 1 })
            {
                Talk talk = await Talk.RunAsync(
                    server => PlayAsync(server, phase, pipelines, () => server.SayAsync(answer), leaves: false), mostPerRead: mostPerRead);
                if (phase is "greeting" or "hello")
                    Assert.NotNull(talk.Failure);
                else
                    Assert.Equal(isPermanent ? DeliveryOutcome.Permanent : DeliveryOutcome.Temporary, talk.Only.Outcome);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Silences))]
    public async Task A_server_that_goes_away_or_says_nothing_ends_the_attempt_in_time(string phase, bool leaves)
    {
        var time = new ManualTime();
        bool isSilent = false;
        Task<Talk> talking = Talk.RunAsync(
            server => PlayAsync(server, phase, pipelines: false, FallSilentAsync, leaves), time: time);
        while (!talking.IsCompleted)
        {
            if (Volatile.Read(ref isSilent) && !leaves)
                time.Advance(TimeSpan.FromMinutes(10));
            await Task.Yield();
        }
        Talk talk = await talking;
        RemoteReply? fault = talk.Failure?.Reply;
        string said = fault?.Verbatim ?? talk.Only.Text;
        Assert.Contains(leaves ? "closed the connection" : "within", said, StringComparison.Ordinal);
        Assert.True(talk.Failure is not null || talk.Only.Outcome == DeliveryOutcome.Temporary);
        Assert.Equal(phase != "end" && phase is not ("greeting" or "hello"), talk.Result?.MayTryElsewhere ?? false);

        Task FallSilentAsync()
        {
            Volatile.Write(ref isSilent, true);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_reply_that_drips_is_not_waited_for_longer_than_one_that_does_not_come()
    {
        var time = new ManualTime();
        Talk talk = await Talk.RunAsync(
            async server =>
            {
                await server.GreetAsync();
                await server.HearAsync("MAIL");
                // Greeting, EHLO and MAIL: each written and waited for.
                await time.TimersAsync(5);
                for (int minute = 0; minute < 5; minute++)
                {
                    await server.SayOctetsAsync("2");
                    time.Advance(TimeSpan.FromMinutes(1));
                }
                await server.HearTheRestAsync();
            },
            time: time);
        Assert.Equal((DeliveryOutcome.Temporary, "4.4.2"), (talk.Only.Outcome, talk.Only.Code?.ToString()));
        Assert.Contains("within 300 seconds", talk.Only.Text, StringComparison.Ordinal);
    }

    /// <summary>Behaves until the phase, then does the deed; what follows is left to the client.</summary>
    private static async Task PlayAsync(ScriptedServer server, string phase, bool pipelines, Func<Task> deed, bool leaves)
    {
        if (phase != "greeting")
        {
            await server.SayAsync("220 hi");
            await server.HearAsync("EHLO");
        }
        if (phase is not ("greeting" or "hello"))
        {
            await server.SayAsync(pipelines ? "250-hi\n250 PIPELINING" : "250 hi");
            await server.HearAsync("MAIL");
            if (pipelines)
                await server.HearAsync("RCPT");
        }
        if (phase is "rcpt" or "data" or "end")
        {
            await server.SayAsync("250 ok");
            if (!pipelines)
                await server.HearAsync("RCPT");
        }
        if (phase is "data" or "end")
        {
            await server.SayAsync("250 ok");
            await server.HearAsync("DATA");
        }
        if (phase == "end")
        {
            await server.SayAsync("354 go");
            await server.HearDataAsync();
        }
        await deed();
        if (phase == "mail" && pipelines)
            await server.SayAsync("503 5.5.1 no sender");
        if (!leaves)
            await server.HearTheRestAsync();
    }
}
