using Defms.Gateway.Delivery.Queue;

namespace Defms.Gateway.Tests.Delivery;

public sealed class RetryScheduleTests
{
    [Fact]
    public void Pauses_grow_to_two_hours_and_stay_there()
    {
        int[] minutes = [.. Enumerable.Range(1, 10).Select(attempts => (int)RetrySchedule.PauseAfter(attempts).TotalMinutes)];
        Assert.Equal([2, 5, 10, 15, 30, 60, 120, 120, 120, 120], minutes);
        Assert.Throws<ArgumentOutOfRangeException>(() => RetrySchedule.PauseAfter(0));
    }

    [Fact]
    public void The_last_attempt_is_made_when_three_days_are_over()
    {
        DateTimeOffset queued = DateTimeOffset.UnixEpoch, now = queued;
        int attempts = 1;
        for (DateTimeOffset? next = now; next is not null; next = RetrySchedule.Next(queued, attempts, now), attempts++)
            now = next.Value;
        Assert.Equal(queued.AddDays(3), now);
        // 242 minutes for the first seven pauses, then every two hours up to 4,320 minutes, and one at the end.
        Assert.Equal(1 + 7 + 33 + 1, attempts - 1);
        Assert.Null(RetrySchedule.Next(queued, 1, queued.AddDays(4)));
    }
}
