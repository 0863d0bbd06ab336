using System.Net;
using Defms.Serving;

namespace Defms.Daemon;

/// <summary>What the command line says; docs/guide/daemon.md lists it.</summary>
internal sealed record DaemonOptions
{
    /// <summary>On this machine alone: opening the door to others is a decision.</summary>
    public static readonly ListenAddress DefaultListen = new(IPAddress.Loopback, 4180, IsSecure: false);

    public const string Usage = """
        Usage: defms-daemon [options]

        Takes in mail that others deliver, delivers what waits here, until SIGTERM.

          --home DIR        the folder made by 'defms init' (default: DEFMS_HOME, else ~/.local/share/defms)
          --listen URL      where others reach it, an http or https URL with an IP address or localhost;
                            may be given several times (default: http://127.0.0.1:4180; port 0 takes a free one)
          --cert FILE       certificate for https: .pfx (passphrase in DEFMS_CERT_PASSPHRASE), or .pem with the chain
          --cert-key FILE   private key, where the .pem does not hold it
          --host-for CARD   hold mail for somebody else: his card, a file with it, or his identity; may be
                            given several times; stays agreed until 'defms host serve remove'
          --behind-proxy    a reverse proxy on a private address stands in front: believe its X-Forwarded-For
          --verbose         log who could not be reached
          --json            print 'listening' as one line of JSON
          --print-config    print what would be used, and exit
          --version, --help

        A locked identity is opened with DEFMS_PASSPHRASE, or asks on the terminal.
        Example: defms-daemon --listen http://0.0.0.0:4180
        """;

    public string Home { get; init; } = Core.Storage.Home.DefaultPath;

    public IReadOnlyList<ListenAddress> Listen { get; init; } = [DefaultListen];

    public string? Certificate { get; init; }

    public string? CertificateKey { get; init; }

    /// <summary>Whose mail is held here, as named on the command line.</summary>
    public IReadOnlyList<string> HostFor { get; init; } = [];

    public bool IsBehindProxy { get; init; }

    public bool IsVerbose { get; init; }

    public bool IsJson { get; init; }

    public bool PrintConfig { get; init; }

    public bool ShowVersion { get; init; }

    public bool ShowHelp { get; init; }

    /// <summary>What the server is told of them.</summary>
    public ServerOptions Server => new()
    {
        Listen = Listen,
        Certificate = Certificate is { } file ? ServerCertificate.Load(file, CertificateKey) : null,
        IsBehindProxy = IsBehindProxy,
    };

    /// <summary>Reads <c>--name value</c> and <c>--name=value</c>; <paramref name="error"/> names the option and its fault.</summary>
    public static bool TryParse(IReadOnlyList<string> args, out DaemonOptions options, out string error)
    {
        options = new DaemonOptions();
        error = "";
        var listen = new List<ListenAddress>();
        for (int i = 0; i < args.Count && error.Length == 0; i++)
        {
            int equals = args[i].IndexOf('=');
            string name = equals < 0 ? args[i] : args[i][..equals];
            string? value = equals < 0 ? null : args[i][(equals + 1)..];
            if (WithFlag(options, name) is { } flagged)
                (options, error) = (flagged, value is null ? "" : $"{name} takes no value.");
            else if (!TakesValue(name))
                error = $"There is no option '{name}'.";
            else if ((value ?? (++i < args.Count ? args[i] : null)) is not { Length: > 0 } given)
                error = $"{name} needs a value.";
            else
                (options, error) = WithValue(options, name, given, listen);
        }
        options = listen.Count > 0 ? options with { Listen = listen } : options;
        error = error.Length > 0 ? error : options.Fault();
        return error.Length == 0;
    }

    private string Fault() =>
        Listen.Any(address => address.IsSecure) && Certificate is null ? "--listen with https needs a certificate: name it with --cert."
        : CertificateKey is not null && Certificate is null ? "--cert-key belongs to --cert."
        : "";

    private static bool TakesValue(string name) => name is "--home" or "--listen" or "--cert" or "--cert-key" or "--host-for";

    private static DaemonOptions? WithFlag(DaemonOptions options, string name) => name switch
    {
        "--behind-proxy" => options with { IsBehindProxy = true },
        "--verbose" => options with { IsVerbose = true },
        "--json" => options with { IsJson = true },
        "--print-config" => options with { PrintConfig = true },
        "--version" => options with { ShowVersion = true },
        "--help" or "-h" or "-?" => options with { ShowHelp = true },
        _ => null,
    };

    private static (DaemonOptions Options, string Error) WithValue(
        DaemonOptions options, string name, string value, List<ListenAddress> listen)
    {
        switch (name)
        {
            case "--home":
                return (options with { Home = Path.GetFullPath(value) }, "");
            case "--host-for":
                return (options with { HostFor = [.. options.HostFor, value] }, "");
            case "--cert":
                return (options with { Certificate = Path.GetFullPath(value) }, "");
            case "--cert-key":
                return (options with { CertificateKey = Path.GetFullPath(value) }, "");
            default:
                if (!ListenAddress.TryParse(value, out ListenAddress address))
                    return (options, $"--listen '{value}' is not a place to listen at. Write an IP address or localhost, as in http://0.0.0.0:4180.");
                listen.Add(address);
                return (options, "");
        }
    }
}
