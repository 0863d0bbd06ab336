using System.Net.Sockets;
using System.Text;

namespace Defms.Abuse.Tests.Attacks;

/// <summary>Bad manners that are the same with every protocol.</summary>
internal static class Manners
{
    private static readonly TimeSpan Drip = TimeSpan.FromMilliseconds(500);

    /// <summary>Says nothing, and listens to nothing.</summary>
    public static async Task SilentAsync(NetworkStream stream, CancellationToken end)
    {
        // Returns when the other side closes.
        byte[] one = new byte[4096];
        while (await stream.ReadAsync(one, end) > 0)
        {
        }
    }

    /// <summary>Begins as told and then drips an octet at a time.</summary>
    public static Func<NetworkStream, CancellationToken, Task> Slow(string begin, string drops) => async (stream, end) =>
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(begin), end);
        for (int i = 0; ; i++)
        {
            await stream.WriteAsync(new[] { (byte)drops[i % drops.Length] }, end);
            await Task.Delay(Drip, end);
        }
    };

    /// <summary>Sends much, over and over, and never reads an answer.</summary>
    public static Func<NetworkStream, CancellationToken, Task> Deaf(string begin, string again) => async (stream, end) =>
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(begin), end);
        byte[] piece = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(again, 1 + (16 * 1024 / again.Length))));
        while (true)
            await stream.WriteAsync(piece, end);
    };

    /// <summary>Sends something whole, or the beginning of it, and closes with a reset or reads what comes.</summary>
    public static Func<NetworkStream, CancellationToken, Task> Blunt(byte[] octets, bool reads) => async (stream, end) =>
    {
        await stream.WriteAsync(octets, end);
        if (reads)
            await SilentAsync(stream, end);
    };
}
