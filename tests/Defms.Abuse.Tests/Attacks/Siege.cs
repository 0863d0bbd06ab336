using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Defms.Abuse.Tests.Attacks;

/// <summary>How much: for <c>./test</c> little and patient, with <c>DEFMS_ABUSE=long</c> what the design asks for.</summary>
internal static class Scale
{
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("DEFMS_ABUSE") == "long";

    /// <summary>Connections of those attacks that only hold some.</summary>
    public static int Connections { get; } = IsLong ? 5000 : 400;

    /// <summary>Of those that send much, each of which costs this machine as much as the one that is attacked.</summary>
    public static int Senders { get; } = IsLong ? 200 : 20;

    /// <summary>What an honest client does meanwhile.</summary>
    public static int HonestTasks { get; } = IsLong ? 100 : 10;

    /// <summary>Ten times what is asked for where other tests run beside.</summary>
    public static TimeSpan Bound { get; } = TimeSpan.FromSeconds(IsLong ? 1 : 10);

    /// <summary>What the programs may have in memory of their own, native libraries' included; code that is mapped from files can be dropped at any time.</summary>
    public const long Memory = 256L * 1024 * 1024;

    /// <summary>
    /// Children inherit it. Three quarters of the memory is what the runtime takes for its heap by itself in a container of that size; beyond, an
    /// allocation fails with an OutOfMemoryException.
    /// </summary>
    public static void LimitPrograms() =>
        Environment.SetEnvironmentVariable("DOTNET_GCHeapHardLimit", string.Create(CultureInfo.InvariantCulture, $"0x{Memory / 4 * 3:x}"));
}

/// <summary>Many clients of bad manners at one port, from as many addresses as there are in 127.0.0.0/8, while an honest one works.</summary>
internal sealed class Siege(string name, int processId, int port, Func<Task> honest)
{
    /// <summary>Networks that they come from, by whatever measure: /24 and single addresses.</summary>
    private const int Networks = 200;

    /// <summary>Who was thrown out comes again after this.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private int connected;
    private int begun;
    private long peak;

    /// <param name="attackers">How many at once.</param>
    /// <param name="attack">What one of them does with a connection; he connects again when it returns or breaks.</param>
    public async Task RunAsync(int attackers, Func<NetworkStream, CancellationToken, Task> attack)
    {
        await honest();
        using var end = new CancellationTokenSource();
        Task[] all = [.. Enumerable.Range(0, attackers).Select(i => Task.Run(() => AttackAsync(i, attack, end.Token)))];
        // Each has had his first try.
        long start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref begun) < attackers && Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1))
            await Task.Delay(20);
        double[] times;
        try
        {
            times = await MeasureAsync();
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(all);
        }
        start = Stopwatch.GetTimestamp();
        await honest();
        TimeSpan again = Stopwatch.GetElapsedTime(start);
        double p95 = times.Order().ElementAt((int)Math.Ceiling(times.Length * 0.95) - 1);
        NoteMemory();
        string report = $"{name}: {attackers} attackers, {connected} connections; honest p50 {times.Order().ElementAt(times.Length / 2):N0} ms, p95 {p95:N0} ms, "
            + $"afterwards {again.TotalMilliseconds:N0} ms; its own memory at most {peak >> 20} MiB, resident at most {Status("VmHWM:") >> 20} MiB";
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        if (Environment.GetEnvironmentVariable("DEFMS_ABUSE_REPORT") is { Length: > 0 } file)
            await File.AppendAllTextAsync(file, report + "\n");
        Assert.True(p95 <= Scale.Bound.TotalMilliseconds, report);
        Assert.True(again <= Scale.Bound, report);
        Assert.True(peak <= Scale.Memory, report);
    }

    private async Task<double[]> MeasureAsync()
    {
        double[] times = new double[Scale.HonestTasks];
        for (int i = 0; i < times.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await honest();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            NoteMemory();
        }
        return times;
    }

    private async Task AttackAsync(int number, Func<NetworkStream, CancellationToken, Task> attack, CancellationToken end)
    {
        var from = new IPEndPoint(new IPAddress([127, 66, (byte)(number % Networks), (byte)(1 + (number / Networks % 250))]), 0);
        bool isFirst = true;
        while (!end.IsCancellationRequested)
        {
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
                socket.Bind(from);
                await socket.ConnectAsync(IPAddress.Loopback, port, end);
                Interlocked.Increment(ref connected);
                if (isFirst)
                    Interlocked.Increment(ref begun);
                isFirst = false;
                await using var stream = new NetworkStream(socket);
                await attack(stream, end);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // Thrown out.
            }
            if (isFirst)
                Interlocked.Increment(ref begun);
            isFirst = false;
            if (!end.IsCancellationRequested)
                await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private void NoteMemory() => peak = Math.Max(peak, Status("RssAnon:"));

    /// <summary>A count of octets that Linux keeps of the process; 0 elsewhere.</summary>
    private long Status(string field)
    {
        string status = $"/proc/{processId}/status";
        string? line = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(each => each.StartsWith(field, StringComparison.Ordinal)) : null;
        return line is null ? 0 : long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
