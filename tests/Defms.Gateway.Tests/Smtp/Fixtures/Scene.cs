using System.Net;
using System.Text;
using Defms.Gateway.Smtp;
using Defms.Gateway.Smtp.Sasl;
using Defms.Gateway.Smtp.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Defms.Gateway.Tests.Smtp.Fixtures;

/// <summary>A session without a socket: a client that says its lines, and what it heard.</summary>
internal sealed class Scene : IAsyncDisposable
{
    /// <summary>Nothing here waits for time; a session that does not end is a mistake.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StringBuilder heard = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly MemoryLine line = new();
    private readonly Passwords passwords = new(new TestCredentials(), new FixedRandom());
    private Task? session;

    public TestDesk Desk { get; init; } = new();

    public ManualTime Time { get; init; } = new();

    /// <summary>Of several connections; else one of its own.</summary>
    public AuthGuard? Guard { get; init; }

    public FakeTls Tls { get; init; } = new();

    public SmtpPort Port { get; init; } = SmtpPort.Exchange;

    public SmtpOptions Options { get; init; } = new() { HostName = "mx.example.org" };

    public OctetBudget? Budget { get; init; }

    /// <summary>Everything that the server said.</summary>
    public string Heard
    {
        get
        {
            heard.Append(line.Hear()).Append(Tls.Line.Hear());
            return heard.ToString();
        }
    }

    /// <summary>Code and enhanced status of every reply, the last line of each.</summary>
    public IReadOnlyList<string> Replies => [.. Heard.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Where(text => text[3] == ' ').Select(Short)];

    public bool HasEnded => session!.IsCompleted;

    /// <summary>Runs the session until it waits for the client.</summary>
    public void Start()
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        session = RunAsync();
        SynchronizationContext.SetSynchronizationContext(context);
    }

    /// <summary>Says something, encrypted once it is; <see cref="Heard"/> holds the answer when it returns.</summary>
    public Task SayAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public Task SendAsync(ReadOnlyMemory<byte> octets) => (Tls.WasAsked ? Tls.Line : line).SendAsync(octets);

    public Task SendInClearAsync(ReadOnlyMemory<byte> octets) => line.SendAsync(octets);

    public void Stop() => stopping.Cancel();

    /// <summary>Closes the client's side and waits for the server's.</summary>
    public async Task EndAsync()
    {
        line.HangUp();
        Tls.Line.HangUp();
        await session!.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        if (session is not null)
            await EndAsync();
        stopping.Dispose();
        passwords.Dispose();
    }

    private async Task RunAsync()
    {
        OctetBudget budget = Budget ?? new OctetBudget(Options.Limits.AllMails);
        var parts = new SmtpParts(Options, Desk, passwords, Guard ?? new AuthGuard(Time), Tls, budget, Time, NullLogger.Instance, CancellationToken.None);
        await using var talk = new SmtpSession(parts, Port, new IPEndPoint(IPAddress.Parse("192.0.2.7"), 4711), line);
        await talk.RunAsync(stopping.Token);
    }

    /// <summary>"250 2.1.0 Sender noted" becomes "250 2.1.0"; a reply without a status only its code.</summary>
    private static string Short(string reply)
    {
        string[] words = reply.Split(' ');
        return words.Length > 1 && words[1].Count(c => c == '.') == 2 && char.IsAsciiDigit(words[1][0]) ? $"{words[0]} {words[1]}" : words[0];
    }
}
