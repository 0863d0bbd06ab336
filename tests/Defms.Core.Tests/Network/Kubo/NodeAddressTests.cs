using Defms.Core.Network;

namespace Defms.Core.Tests.Network.Kubo;

public sealed class NodeAddressTests
{
    private const string Peer = "12D3KooWMXqdrRpT3herMonKYxVV3HGQEwViUUz8a1ymdiK3cfb9";

    [Theory]
    [InlineData("/ip4/8.8.8.8/tcp/4001/p2p/" + Peer, true)]
    [InlineData("/ip4/8.8.8.8/udp/4001/quic-v1/p2p/" + Peer, true)]
    [InlineData("/ip6/2a00:1450::1/tcp/4001/p2p/" + Peer, true)]
    [InlineData("/ip4/127.0.0.1/tcp/4001/p2p/" + Peer, false)]
    [InlineData("/ip4/10.0.0.1/tcp/4001/p2p/" + Peer, false)]
    [InlineData("/ip6/::1/tcp/4001/p2p/" + Peer, false)]
    [InlineData("/ip6/::ffff:127.0.0.1/tcp/4001/p2p/" + Peer, false)]
    [InlineData("/dns4/node.example.org/tcp/4001/p2p/" + Peer, false)]
    [InlineData("/dnsaddr/node.example.org/p2p/" + Peer, false)]
    [InlineData("/ip4/8.8.8.8/tcp/4001", false)]
    [InlineData("/ip4/8.8.8.8/tcp/4001/p2p/" + Peer + "/p2p-circuit/p2p/" + Peer, false)]
    [InlineData("/unix/tmp/socket", false)]
    [InlineData("", false)]
    public void Only_public_addresses_are_dialled_for_others(string address, bool may) => Assert.Equal(may, NodeAddress.MayDial(address, []));

    [Theory]
    [InlineData("/ip4/127.0.0.1/tcp/4001/p2p/" + Peer, "http://127.0.0.1:4180", true)]
    [InlineData("/ip4/127.0.0.1/tcp/4001/p2p/" + Peer, "http://127.0.0.2:4180", false)]
    [InlineData("/ip6/::1/tcp/4001/p2p/" + Peer, "http://[::1]:4180", true)]
    [InlineData("/dns4/node.example.org/tcp/4001/p2p/" + Peer, "https://node.example.org", true)]
    public void A_host_that_the_person_entered_is_dialled(string address, string entered, bool may) => Assert.Equal(may, NodeAddress.MayDial(address, [entered]));
}
