using System.Net;
using System.Net.Sockets;
using Defms.Core;
using Defms.Gateway.Dns;

namespace Defms.Gateway.Tests.Dns;

/// <summary>The resolver against a server on loopback.</summary>
public sealed class DnsResolverTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(20);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_kind_of_record_is_asked_for_and_read()
    {
        await using LoopbackDns server = LoopbackDns.Start(Everything);
        DnsResolver resolver = Asking(server);
        Assert.Equal(["hello"], (await resolver.TxtAsync("Mail.example.org.", Ending)).Records);
        Assert.Equal([IPAddress.Parse("192.0.2.1")], (await resolver.AddressesAsync("mail.example.org", AddressFamily.InterNetwork, Ending)).Records);
        Assert.Equal([IPAddress.Parse("2001:db8::1")], (await resolver.AddressesAsync("mail.example.org", AddressFamily.InterNetworkV6, Ending)).Records);
        Assert.Equal(
            [new MailExchange(5, "a.example"), new MailExchange(10, "b.example")], (await resolver.MxAsync("mail.example.org", Ending)).Records);
        Assert.Equal(["host.example"], (await resolver.PtrAsync(IPAddress.Parse("192.0.2.1"), Ending)).Records);
        Assert.All(server.Queries, query => Assert.False(query.Stream));
    }

    [Fact]
    public async Task Every_query_has_an_id_a_letter_case_and_a_port_of_its_own()
    {
        var seen = new HashSet<(ushort, string)>();
        await using LoopbackDns server = LoopbackDns.Start(query =>
        {
            seen.Add(((ushort)((query[0] << 8) | query[1]), Wire.NameIn(query)));
            return Wire.To(query).ToArray();
        });
        DnsResolver resolver = Asking(server, random: RandomSource.System);
        for (int i = 0; i < 20; i++)
            await resolver.TxtAsync("a-rather-long-name-to-vary.example.org", Ending);
        Assert.Equal(20, seen.Count);
        Assert.True(seen.Select(query => query.Item2).Distinct(StringComparer.Ordinal).Count() > 15);
    }

    [Fact]
    public async Task A_truncated_answer_is_asked_for_again_by_TCP()
    {
        string[] strings = [.. Enumerable.Repeat(new string('x', 255), 240)];
        await using LoopbackDns server = LoopbackDns.Start((query, stream) => stream
            ? [Wire.To(query).Answer(16, 60, Wire.Text(strings)).ToArray()]
            : [Wire.To(query, truncated: true).ToArray()]);
        DnsAnswer<string> answer = await Asking(server).TxtAsync("big.example", Ending);
        Assert.Equal(240 * 255, Assert.Single(answer.Records).Length);
    }

    [Fact]
    public async Task A_forged_answer_with_a_guessed_id_is_passed_over()
    {
        await using LoopbackDns server = LoopbackDns.Start((query, _) =>
        {
            byte[] forged = Wire.To(query).Answer(16, 60, Wire.Text("forged")).ToArray();
            forged[0] ^= 0x55;
            return [forged, Wire.To(query).Answer(16, 60, Wire.Text("right")).ToArray()];
        });
        Assert.Equal(["right"], (await Asking(server).TxtAsync("mail.example", Ending)).Records);
    }

    [Fact]
    public async Task A_server_that_folds_letter_case_is_asked_by_TCP()
    {
        await using LoopbackDns server = LoopbackDns.Start((query, stream) =>
        {
            byte[] folded = Wire.To(query).Answer(16, 60, Wire.Text(stream ? "by TCP" : "by UDP")).ToArray();
            for (int i = 13; i < query.Length - 5; i++)
                folded[i] = (byte)char.ToLowerInvariant((char)folded[i]);
            return [folded];
        });
        Assert.Equal(["by TCP"], (await Asking(server, new SeededRandom(3)).TxtAsync("mail.example", Ending)).Records);
    }

    [Fact]
    public async Task A_silent_or_failing_server_is_followed_by_the_next()
    {
        await using LoopbackDns silent = LoopbackDns.Start((_, _) => []);
        await using LoopbackDns failing = LoopbackDns.Start(query => Wire.To(query, Wire.ServerFailure).ToArray());
        await using LoopbackDns good = LoopbackDns.Start(Everything);
        DnsAnswer<string> first = await Asking([failing.Address, good.Address], Patient).TxtAsync("mail.example.org", Ending);
        Assert.Equal(["hello"], first.Records);
        DnsAnswer<string> second = await Asking([silent.Address], Soon).TxtAsync("mail.example.org", Ending);
        Assert.Equal(DnsOutcome.TemporaryFailure, second.Outcome);
    }

    [Fact]
    public async Task A_server_that_failed_is_asked_once_more()
    {
        int asked = 0;
        await using LoopbackDns server = LoopbackDns.Start(query =>
            Interlocked.Increment(ref asked) == 1 ? Wire.To(query, Wire.ServerFailure).ToArray() : Everything(query));
        Assert.Equal(["hello"], (await Asking([server.Address], Patient, attempts: 2).TxtAsync("mail.example.org", Ending)).Records);
    }

    [Fact]
    public async Task A_closed_port_is_a_temporary_failure()
    {
        // A connected socket holds its port and takes nothing from anybody else: the system says "port unreachable".
        using var held = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        held.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await held.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 9), Ending);
        DnsAnswer<string> answer = await Asking([(IPEndPoint)held.LocalEndPoint!], Patient).TxtAsync("mail.example.org", Ending);
        Assert.Equal(DnsOutcome.TemporaryFailure, answer.Outcome);
    }

    [Fact]
    public async Task Rubbish_by_UDP_is_looked_at_a_few_times_only()
    {
        await using LoopbackDns server = LoopbackDns.Start((_, _) => Enumerable.Repeat(new byte[40], 30));
        DnsAnswer<string> answer = await Asking([server.Address], Patient, attempts: 1).TxtAsync("mail.example.org", Ending);
        Assert.Equal(DnsOutcome.TemporaryFailure, answer.Outcome);
    }

    [Fact]
    public async Task An_answer_is_remembered_until_it_expires_and_an_absence_too()
    {
        var clock = new TurnedClock();
        await using LoopbackDns server = LoopbackDns.Start(query => Wire.NameIn(query).StartsWith('a') || Wire.NameIn(query).StartsWith('A')
            ? Wire.To(query).Answer(16, 60, Wire.Text("x")).ToArray()
            : Wire.To(query, Wire.NameError).Soa(40, 30).ToArray());
        DnsResolver resolver = Asking(server, clock: clock);
        for (int i = 0; i < 3; i++)
        {
            Assert.True((await resolver.TxtAsync("a.example", Ending)).IsFound);
            Assert.Equal(DnsOutcome.NoSuchName, (await resolver.TxtAsync("b.example", Ending)).Outcome);
        }

        Assert.Equal(2, server.Queries.Count);
        clock.Advance(TimeSpan.FromSeconds(31));
        await resolver.TxtAsync("a.example", Ending);
        await resolver.TxtAsync("b.example", Ending);
        Assert.Equal(3, server.Queries.Count);
        clock.Advance(TimeSpan.FromSeconds(31));
        await resolver.TxtAsync("a.example", Ending);
        Assert.Equal(4, server.Queries.Count);
    }

    [Fact]
    public async Task An_alias_is_asked_on_but_not_for_ever()
    {
        await using LoopbackDns server = LoopbackDns.Start(query => Wire.NameIn(query).ToLowerInvariant() switch
        {
            "start.example" => Wire.To(query).Answer(5, 60, Wire.Name("end.example")).ToArray(),
            "end.example" => Wire.To(query).Answer(16, 60, Wire.Text("arrived")).ToArray(),
            var name => Wire.To(query).Answer(5, 60, Wire.Name("x" + name)).ToArray(),
        });
        DnsResolver resolver = Asking(server);
        Assert.Equal(["arrived"], (await resolver.TxtAsync("start.example", Ending)).Records);
        Assert.Equal(DnsOutcome.TemporaryFailure, (await resolver.TxtAsync("y.example", Ending)).Outcome);
        Assert.Equal(2 + DnsResponse.MaxAliases + 1, server.Queries.Count);
    }

    [Fact]
    public async Task Only_a_host_of_the_configuration_is_completed_by_the_search_list()
    {
        await using LoopbackDns server = LoopbackDns.Start(query => Wire.NameIn(query).Equals("hub.lan.example", StringComparison.OrdinalIgnoreCase)
            ? Everything(query)
            : Wire.To(query, Wire.NameError).Soa(1, 1).ToArray());
        DnsResolver resolver = Asking(server);
        Assert.Equal(["2001:db8::1", "192.0.2.1"], (await resolver.HostAsync("hub", Ending)).Records.Select(address => address.ToString()));
        Assert.Equal(DnsOutcome.NoSuchName, (await resolver.AddressesAsync("hub", AddressFamily.InterNetwork, Ending)).Outcome);
    }

    [Fact]
    public async Task The_callers_cancellation_is_the_only_exception()
    {
        await using LoopbackDns silent = LoopbackDns.Start((_, _) => []);
        using var cancel = new CancellationTokenSource();
        Task<DnsAnswer<string>> lookup = Asking([silent.Address], Patient).TxtAsync("mail.example", cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lookup);
    }

    [Fact]
    public void The_cache_keeps_its_bounds_whatever_is_asked()
    {
        var clock = new TurnedClock();
        var cache = new DnsCache(clock, maxEntries: 100, maxOctets: 200_000);
        var large = new DnsReply(DnsOutcome.Found, [new DnsRecord(new string('x', 10_000), 0, null)], TimeSpan.FromDays(9));
        for (int i = 0; i < 1000; i++)
            cache.Add(new DnsQuestion($"n{i}.example", DnsType.Txt), i % 10 == 0 ? large : large with { Records = [] });
        Assert.InRange(cache.Count, 1, 100);
        Assert.InRange(cache.Octets, 1, 200_000);
        Assert.NotNull(cache.Find(new DnsQuestion("n999.example", DnsType.Txt)));
        Assert.Null(cache.Find(new DnsQuestion("n0.example", DnsType.Txt)));
        clock.Advance(TimeSpan.FromDays(1.5));
        Assert.Null(cache.Find(new DnsQuestion("n990.example", DnsType.Txt)));
    }

    [Fact]
    public void A_resolv_conf_is_read_as_the_C_library_reads_it()
    {
        ResolverOptions options = ResolverOptions.Parse(
            "# generated\nnameserver 192.0.2.1\nnameserver 2001:db8::53\nnameserver nonsense\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n"
            + "domain old.example\nsearch lan.example  example.org\noptions ndots:2 timeout:99 attempts:3 rotate\n\u0000\n");
        Assert.Equal(["192.0.2.1:53", "[2001:db8::53]:53", "192.0.2.3:53"], options.Servers.Select(server => server.ToString()));
        Assert.Equal(["lan.example", "example.org"], options.Search);
        Assert.Equal((TimeSpan.FromSeconds(30), 3), (options.Timeout, options.Attempts));
        Assert.Equal("127.0.0.1:53", Assert.Single(ResolverOptions.Parse("").Servers).ToString());
    }

    private static byte[] Everything(byte[] query) => Wire.TypeIn(query) switch
    {
        1 => Wire.To(query).Answer(1, 60, [192, 0, 2, 1]).ToArray(),
        28 => Wire.To(query).Answer(28, 60, IPAddress.Parse("2001:db8::1").GetAddressBytes()).ToArray(),
        15 => Wire.To(query).Answer(15, 60, [0, 10, .. Wire.Name("B.example")]).Answer(15, 60, [0, 5, .. Wire.Name("a.example")]).ToArray(),
        12 => Wire.To(query).Answer(12, 60, Wire.Name("host.example")).ToArray(),
        _ => Wire.To(query).Answer(16, 60, Wire.Text("hello")).ToArray(),
    };

    private static DnsResolver Asking(LoopbackDns server, RandomSource? random = null, TimeProvider? clock = null) =>
        Asking([server.Address], Patient, 1, random, clock);

    private static DnsResolver Asking(
        IReadOnlyList<IPEndPoint> servers, TimeSpan timeout, int attempts = 1, RandomSource? random = null, TimeProvider? clock = null)
    {
        var options = new ResolverOptions { Servers = servers, Timeout = timeout, Attempts = attempts, Search = ["lan.example"] };
        return new DnsResolver(options, clock ?? TimeProvider.System, random ?? new SeededRandom(7));
    }
}
