using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Tests.Threads;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Replication;

/// <summary>Mails that come while one is being queued travel together; the queueing here ends when the test says so.</summary>
public sealed class ParcelGatheringTests
{
    private readonly List<(Did To, ParcelContent Content, TaskCompletionSource<Cid> End)> posts = [];
    private readonly ParcelGathering gathering;

    public ParcelGatheringTests() => gathering = new ParcelGathering((to, content) =>
    {
        var end = new TaskCompletionSource<Cid>();
        posts.Add((to, content, end));
        return end.Task;
    });

    [Fact]
    public async Task The_first_goes_at_once_and_what_came_meanwhile_goes_together()
    {
        Task<Cid> first = Post(People.Alice.Did, "1");
        Assert.IsType<DeliveredMail>(Assert.Single(posts).Content);
        Task<Cid>[] later = [Post(People.Alice.Did, "2"), Post(People.Alice.Did, "3")];
        Assert.Single(posts);
        Task<Cid> other = Post(People.Bob.Did, "4");
        Assert.Equal(People.Bob.Did, posts[1].To);

        posts[0].End.SetResult(Name("a"));
        Assert.Equal(Name("a"), await first);
        DeliveredMails together = Assert.IsType<DeliveredMails>(posts[2].Content);
        Assert.Equal(["2", "3"], together.Mails.Select(mail => System.Text.Encoding.ASCII.GetString(mail.Octets.Span)));
        Assert.False(later[0].IsCompleted);
        posts[2].End.SetResult(Name("b"));
        Assert.Equal([Name("b"), Name("b")], await Task.WhenAll(later));
        posts[1].End.SetResult(Name("c"));
        Assert.Equal(Name("c"), await other);

        _ = Post(People.Alice.Did, "5");
        Assert.IsType<DeliveredMail>(posts[3].Content);
    }

    [Fact]
    public async Task A_parcel_takes_64_mails_and_half_a_megabyte_and_the_rest_goes_next()
    {
        Task<Cid> first = Post(People.Alice.Did, "1");
        List<Task<Cid>> all = [first, .. Enumerable.Range(0, 70).Select(i => Post(People.Alice.Did, $"{i}")), .. Enumerable.Range(0, 9).Select(_ => Post(People.Alice.Did, new string('x', 60_000)))];
        var counts = new List<int>();
        for (int i = 0; i < posts.Count; i++)
        {
            counts.Add(posts[i].Content is DeliveredMails several ? several.Mails.Count : 1);
            posts[i].End.SetResult(Name($"{i}"));
        }
        await Task.WhenAll(all);
        Assert.Equal([1, 64, 14, 1], counts);
        SealedParcel made = Parcel.Create(People.Gateway, People.Alice.Did, posts[2].Content, People.Issued, RandomSource.System);
        Assert.Empty(made.Chunks);
    }

    [Fact]
    public async Task Whoever_is_gathered_hears_of_a_failure_and_the_next_are_queued_all_the_same()
    {
        Task<Cid> first = Post(People.Alice.Did, "1");
        Task<Cid>[] later = [Post(People.Alice.Did, "2"), Post(People.Alice.Did, "3")];
        posts[0].End.SetException(new IOException("full"));
        await Assert.ThrowsAsync<IOException>(() => first);
        posts[1].End.SetException(new IOException("still full"));
        foreach (Task<Cid> each in later)
            Assert.Equal("still full", (await Assert.ThrowsAsync<IOException>(() => each)).Message);
        Task<Cid> next = Post(People.Alice.Did, "4");
        posts[2].End.SetResult(Name("d"));
        Assert.Equal(Name("d"), await next);
    }

    [Fact]
    public void What_is_large_or_no_mail_goes_by_itself()
    {
        Assert.True(ParcelGathering.Takes(Mail(new string('x', 65_536))));
        Assert.False(ParcelGathering.Takes(Mail(new string('x', 65_537))));
        Assert.False(ParcelGathering.Takes(new SubmissionReport(Name("a"), [])));
    }

    private Task<Cid> Post(Did to, string text) => gathering.PostAsync(to, Mail(text), TestContext.Current.CancellationToken);

    private static DeliveredMail Mail(string text)
    {
        byte[] octets = System.Text.Encoding.ASCII.GetBytes(text);
        return new DeliveredMail(octets, Origin.Issue(
            People.Gateway, SHA256.HashData(octets), "dave@example.net", ["alice@example.org"], "mx.example.net", People.Issued, "pass", "pass", "none"));
    }

    private static Cid Name(string text) => Cid.Of(Cid.DagCbor, System.Text.Encoding.ASCII.GetBytes(text));
}
