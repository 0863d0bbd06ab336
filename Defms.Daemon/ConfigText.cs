using System.Text;
using Defms.Serving;

namespace Defms.Daemon;

/// <summary>What a run would use, one setting a line with its meaning: <c>--print-config</c>.</summary>
internal static class ConfigText
{
    public static string Of(DaemonOptions options)
    {
        var text = new StringBuilder();
        void Line(string name, string value, string meaning) => text.Append($"{name,-12} {value,-44} # {meaning}\n");
        Line("home", options.Home, "--home: identity and store");
        foreach (ListenAddress address in options.Listen)
            Line("listen", address.ToString(), "--listen: where others reach it");
        Line("cert", options.Certificate ?? "none", "--cert: for https");
        Line("cert-key", options.CertificateKey ?? "none", "--cert-key: where the .pem does not hold it");
        foreach (string served in options.HostFor)
            Line("host-for", served, "--host-for: whose mail is held here");
        Line("behind-proxy", options.IsBehindProxy ? "yes" : "no", "--behind-proxy: believe X-Forwarded-For of private addresses");
        Line("verbose", options.IsVerbose ? "yes" : "no", "--verbose: log who could not be reached");
        return text.ToString().TrimEnd();
    }
}
