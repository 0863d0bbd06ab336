using Defms.Gateway.Imap.Wire;

namespace Defms.Gateway.Imap.Commands;

/// <summary>IDLE (RFC 2177): waits until something happens in the open folder.</summary>
internal static class Idle
{
    /// <summary>A server may end the connection after 30 minutes (RFC 3501, 5.4), and a router in between sooner.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(25);

    /// <summary>Whether something happened before <paramref name="limit"/> had passed.</summary>
    public static async Task<bool> RunAsync(ImapConnection connection, TimeSpan limit)
    {
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(connection.Cancel);
        Task over = Task.Delay(limit < Longest ? limit : Longest, connection.Time, clock.Token);
        string tag = await connection.SendAsync("IDLE");
        bool isDone = false;
        bool happened = false;
        while (true)
        {
            Task<Response> reading = connection.ReadAsync(patiently: !isDone).AsTask();
            if (!isDone && await Task.WhenAny(reading, over) == over)
            {
                isDone = true;
                await DoneAsync(connection, reading);
            }
            Response response = await reading;
            if (connection.IsEndOf(response, tag))
            {
                await clock.CancelAsync();
                return response.Status == StatusWord.Ok ? happened : throw connection.Refused("watch the folder", response);
            }
            if (isDone || !IsNews(response))
                continue;
            (happened, isDone) = (true, true);
            await connection.WriteAsync("DONE\r\n");
        }
    }

    /// <summary>Ends the waiting while a read is under way, which must be over before the connection can be left.</summary>
    private static async Task DoneAsync(ImapConnection connection, Task<Response> reading)
    {
        try
        {
            await connection.WriteAsync("DONE\r\n");
            connection.EndPatience();
        }
        catch
        {
            connection.Abandon();
            await reading.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }
    }

    private static bool IsNews(Response response)
    {
        TokenCursor cursor = response.Cursor;
        return response.Kind == ResponseKind.Data
            && (cursor.TryWord("VANISHED"u8)
                || (cursor.TryNumber(out _) && (cursor.TryWord("EXISTS"u8) || cursor.TryWord("EXPUNGE"u8) || cursor.TryWord("FETCH"u8))));
    }
}
