using System.Text;
using Defms.Gateway.Smtp;
using Defms.Gateway.Tests.Smtp.Fixtures;

namespace Defms.Gateway.Tests.Smtp;

/// <summary>
/// Whole conversations. Each is held with everything in one write, with a cut at every position, and octet by octet; the server must say and
/// take the same each time.
/// </summary>
public sealed class ConversationTests
{
    public static TheoryData<string> Names => [.. Conversations.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_conversation_goes_the_same_way_however_it_is_cut(string name)
    {
        Conversation conversation = Conversations.All[name];
        (string heard, string taken) = await HoldAsync(conversation, [conversation.Clear], [conversation.Secure]);
        Assert.Equal(conversation.Replies, Shorten(heard));
        Assert.Equal(string.Join("\n---\n", conversation.Mails), taken);
        for (int cut = 1; cut < conversation.Clear.Length; cut++)
            Assert.Equal((heard, taken), await HoldAsync(conversation, [conversation.Clear[..cut], conversation.Clear[cut..]], [conversation.Secure]));
        for (int cut = 1; cut < conversation.Secure.Length; cut++)
            Assert.Equal((heard, taken), await HoldAsync(conversation, [conversation.Clear], [conversation.Secure[..cut], conversation.Secure[cut..]]));
        Assert.Equal((heard, taken), await HoldAsync(conversation, conversation.Clear.Chunk(1), conversation.Secure.Chunk(1)));
    }

    private static async Task<(string Heard, string Taken)> HoldAsync(Conversation conversation, IEnumerable<byte[]> clear, IEnumerable<byte[]> secure)
    {
        await using var scene = new Scene { Port = conversation.Port, Options = conversation.Options };
        scene.Start();
        foreach (byte[] piece in clear)
            await scene.SendInClearAsync(piece);
        Assert.Equal(conversation.Secure.Length > 0, scene.Tls.WasAsked);
        foreach (byte[] piece in secure)
            await scene.SendAsync(piece);
        await scene.EndAsync();
        return (scene.Heard, string.Join("\n---\n", scene.Desk.Mails.Select(Describe)));
    }

    private static string Describe(TakenMail mail)
    {
        string recipients = string.Join(',', mail.Envelope.Recipients.Select(recipient => recipient.Address.ToString()));
        return $"{mail.Envelope.Sender?.ToString() ?? "<>"} > {recipients}: {mail.Text.Replace("\r\n", "|", StringComparison.Ordinal)}";
    }

    private static string Shorten(string heard)
    {
        var replies = new List<string>();
        foreach (string line in heard.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Where(line => line[3] == ' '))
        {
            string[] words = line.Split(' ');
            replies.Add(words[1].Count(c => c == '.') == 2 && char.IsAsciiDigit(words[1][0]) ? $"{words[0]} {words[1]}" : words[0]);
        }
        return string.Join(", ", replies);
    }
}

/// <param name="Clear">What the client sends before TLS.</param>
/// <param name="Secure">What it sends after the handshake; empty when there is none.</param>
/// <param name="Replies">Code and enhanced status of each.</param>
/// <param name="Mails">Those taken: sender > recipients: text with | for CRLF.</param>
internal sealed record Conversation(byte[] Clear, byte[] Secure, string Replies, string[] Mails)
{
    public SmtpPort Port { get; init; } = SmtpPort.Exchange;

    public SmtpOptions Options { get; init; } = new() { HostName = "mx.example.org" };

    public static Conversation Of(string client, string replies, params string[] mails) =>
        new(Encoding.UTF8.GetBytes(client.Replace("|", "\r\n", StringComparison.Ordinal)), [], replies, mails);

    public Conversation Then(string secure) => this with { Secure = Encoding.UTF8.GetBytes(secure.Replace("|", "\r\n", StringComparison.Ordinal)) };
}
