namespace Defms.Daemon.Tests;

public sealed class DaemonOptionsTests
{
    [Fact]
    public void Options_are_read_in_both_forms()
    {
        Assert.True(DaemonOptions.TryParse(
            ["--home", "/tmp/h", "--listen=http://0.0.0.0:80", "--listen", "http://[::1]:0", "--behind-proxy", "--json", "--host-for", "a.card", "--host-for=b.card"], out DaemonOptions options, out _));
        Assert.Equal("/tmp/h", options.Home);
        Assert.Equal(["http://0.0.0.0:80", "http://[::1]:0"], options.Listen.Select(address => address.ToString()));
        Assert.True(options.IsBehindProxy && options.IsJson);
        Assert.Equal(["a.card", "b.card"], options.HostFor);
    }

    [Fact]
    public void Without_options_it_listens_on_this_machine_alone()
    {
        Assert.True(DaemonOptions.TryParse([], out DaemonOptions options, out _));
        Assert.Equal("http://127.0.0.1:4180", Assert.Single(options.Listen).ToString());
    }

    [Theory]
    [InlineData("--listen", "needs a value", "--listen")]
    [InlineData("--lissten", "no option '--lissten'", "--lissten", "x")]
    [InlineData("--listen", "not a place to listen at", "--listen", "ftp://127.0.0.1:1")]
    [InlineData("--listen", "not a place to listen at", "--listen", "http://example.org:80")]
    [InlineData("--listen", "not a place to listen at", "--listen", "http://127.0.0.1:80/path")]
    [InlineData("--json", "takes no value", "--json=yes")]
    [InlineData("--cert", "needs a certificate", "--listen", "https://127.0.0.1:0")]
    [InlineData("--cert-key", "belongs to --cert", "--cert-key", "k.pem")]
    [InlineData("stray", "no option 'stray'", "stray")]
    public async Task Wrong_usage_names_the_option_and_ends_with_2(string option, string reason, params string[] args)
    {
        var errors = new StringWriter();
        Assert.Equal(2, await Running.RunAsync(args, TextWriter.Null, errors));
        Assert.Contains(option, errors.ToString());
        Assert.Contains(reason, errors.ToString());
    }

    [Fact]
    public async Task The_configuration_is_printed_with_its_meaning()
    {
        var output = new StringWriter();
        Assert.Equal(0, await Running.RunAsync(["--home", "/tmp/h", "--print-config"], output, TextWriter.Null));
        Assert.Contains("home         /tmp/h", output.ToString());
        Assert.Contains("listen       http://127.0.0.1:4180", output.ToString());
    }

    [Fact]
    public async Task A_home_that_is_not_there_ends_with_3()
    {
        var errors = new StringWriter();
        Assert.Equal(3, await Running.RunAsync(["--home", "/nonexistent/defms"], TextWriter.Null, errors));
        Assert.Contains("no Defms home at /nonexistent/defms", errors.ToString());
    }
}
