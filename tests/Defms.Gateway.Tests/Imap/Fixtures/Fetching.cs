using Defms.Core;
using Defms.Gateway.Imap;
using Microsoft.Extensions.Logging.Abstractions;

namespace Defms.Gateway.Tests.Imap.Fixtures;

/// <summary>A fetcher with what it needs, for tests.</summary>
internal sealed class Fetching(ImapAccount account, IImapDialer dialer, TimeProvider? time = null)
{
    public MemoryImapJournal Journal { get; } = new();

    public CollectingSink Sink { get; } = new();

    public ImapFetcher Fetcher(IImapJournal? journal = null) =>
        new(account, journal ?? Journal, Sink, dialer, time ?? TimeProvider.System, RandomSource.System, NullLogger.Instance);

    public Task<PassReport> PassAsync() => Fetcher().PassAsync(TestContext.Current.CancellationToken);

    /// <summary>How a pass that must fail ended.</summary>
    public async Task<ImapException> FailAsync() => await Assert.ThrowsAsync<ImapException>(PassAsync);

    /// <summary>That every mail of a folder came exactly once.</summary>
    public void AssertHasOnce(IEnumerable<FakeMail> mails)
    {
        Dictionary<string, int> counts = Sink.Counts();
        string[] expected = [.. mails.Select(mail => Convert.ToBase64String(mail.Octets)).Order(StringComparer.Ordinal)];
        Assert.Equal(expected, counts.Keys.Order(StringComparer.Ordinal));
        Assert.All(counts.Values, count => Assert.Equal(1, count));
    }
}
