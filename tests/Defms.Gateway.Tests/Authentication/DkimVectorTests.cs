using System.Text;
using Defms.Gateway.Authentication;
using Defms.Gateway.Authentication.Dkim;
using Defms.Gateway.Tests.Dns;

namespace Defms.Gateway.Tests.Authentication;

/// <summary>Messages that others signed: mail of real providers, and the example of RFC 8463.</summary>
public sealed class DkimVectorTests
{
    private const long Clock = 1667843664;

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("001")]
    [InlineData("002")]
    [InlineData("003")]
    [InlineData("004")]
    [InlineData("005")]
    [InlineData("006")]
    public async Task The_signature_of_a_real_mail_passes_and_no_changed_octet_does(string name)
    {
        (ZoneResolver zone, byte[] message) = Read(TestFiles.Shared($"dkim/mail-auth/{name}.txt"));
        IReadOnlyList<DkimSignature> results = await CheckAsync(zone, message);
        Assert.Equal(AuthResult.Pass, results[^1].Result);
        int body = message.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
        Assert.Equal(AuthResult.Fail, (await CheckAsync(zone, Changed(message, body)))[^1].Result);
        int from = message.AsSpan().IndexOf("\r\nFrom:"u8) + 9;
        Assert.Equal(AuthResult.Fail, (await CheckAsync(zone, Changed(message, from)))[^1].Result);
    }

    [Fact]
    public async Task Line_ends_as_they_are_stored_do_not_matter()
    {
        (ZoneResolver zone, byte[] message) = Read(TestFiles.Shared("dkim/mail-auth/005.txt"));
        byte[] stored = [.. message.Where(octet => octet != '\r')];
        Assert.Equal(AuthResult.Pass, (await CheckAsync(zone, stored))[^1].Result);
    }

    [Fact]
    public async Task Both_signatures_of_RFC_8463_pass()
    {
        (ZoneResolver zone, _) = Read(TestFiles.Shared("dkim/mail-auth/001.txt"));
        byte[] message = WithReturns(await File.ReadAllBytesAsync(TestFiles.Shared("dkim/rfc8463/rfc8463-example.msg"), Ending));
        IReadOnlyList<DkimSignature> results = await CheckAsync(zone, message);
        Assert.Equal([AuthResult.Pass, AuthResult.Pass], results.Select(result => result.Result));
        Assert.All(results, result => Assert.Equal("football.example.com", result.Domain));
    }

    [Fact]
    public async Task A_message_cut_anywhere_never_passes_and_never_throws()
    {
        (ZoneResolver zone, byte[] message) = Read(TestFiles.Shared("dkim/mail-auth/002.txt"));
        int last = message.AsSpan().LastIndexOf("Joe."u8) + 4;
        for (int length = 0; length < last; length++)
            Assert.DoesNotContain(await CheckAsync(zone, message[..length]), result => result.Result == AuthResult.Pass);
    }

    private static async Task<IReadOnlyList<DkimSignature>> CheckAsync(ZoneResolver zone, byte[] message) =>
        await new DkimCheck(zone, new TurnedClock(Clock)).CheckAsync(message, Ending);

    /// <summary>Lines "name key-record" up to an empty one, then the message.</summary>
    private static (ZoneResolver Zone, byte[] Message) Read(string path)
    {
        byte[] octets = File.ReadAllBytes(path);
        var zone = new ZoneResolver();
        int start = 0;
        for (int end = octets.AsSpan().IndexOf((byte)'\n'); end > start; end = start + octets.AsSpan(start).IndexOf((byte)'\n'))
        {
            string line = Encoding.Latin1.GetString(octets, start, end - start);
            zone.Txt(line[..line.IndexOf(' ', StringComparison.Ordinal)], line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
            start = end + 1;
        }

        return (zone, WithReturns(octets[(start + 1)..]));
    }

    private static byte[] WithReturns(byte[] octets)
    {
        var message = new List<byte>(octets.Length + 200);
        for (int i = 0; i < octets.Length; i++)
        {
            if (octets[i] == '\n' && (i == 0 || octets[i - 1] != '\r'))
                message.Add((byte)'\r');
            message.Add(octets[i]);
        }

        return [.. message];
    }

    private static byte[] Changed(byte[] message, int index)
    {
        byte[] changed = [.. message];
        changed[index] = changed[index] == 'x' ? (byte)'y' : (byte)'x';
        return changed;
    }
}
