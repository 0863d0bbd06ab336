using System.Net;
using Defms.Serving.Peers;
using Microsoft.AspNetCore.Http;

namespace Defms.Daemon.Tests.Peers;

public sealed class CallersTests
{
    [Theory]
    [InlineData(false, "127.0.0.1", "198.51.100.9", "127.0.0.0/24")]
    [InlineData(true, "127.0.0.1", "198.51.100.9", "198.51.100.0/24")]
    [InlineData(true, "10.0.0.2", "203.0.113.1, 198.51.100.9", "198.51.100.0/24")]
    [InlineData(true, "127.0.0.1", "[2a00:1450:4001::1]:55555", "2a00:1450:4001::/48")]
    [InlineData(true, "8.8.8.8", "198.51.100.9", "8.8.8.0/24")]
    [InlineData(true, "127.0.0.1", "unknown", "127.0.0.0/24")]
    [InlineData(true, "127.0.0.1", "", "127.0.0.0/24")]
    [InlineData(false, "::ffff:8.8.8.8", "", "8.8.8.0/24")]
    public void Forwarded_addresses_count_only_behind_a_proxy_on_a_private_address(bool isBehindProxy, string remote, string forwarded, string network)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(remote);
        context.Request.Headers["X-Forwarded-For"] = forwarded;
        Assert.Equal(network, new Callers(isBehindProxy).Find(context).Network);
    }
}
