namespace Defms.Gateway.Configuration;

/// <summary>What the command line says; docs/operations.md lists it.</summary>
internal sealed record GatewayOptions
{
    public const string Usage = """
        Usage: defms-gateway --config FILE [command]

        Takes mail of the old world by SMTP and IMAP, and hands it, sealed, to the people whose addresses it has. Without a command it runs
        until SIGTERM.

          init [--name NAME] [--address ADDRESS]   make the gateway's home and identity; prints its card and, once, its recovery code
          card                                     print the card that people enter with 'defms config gateway'
          account add ADDRESS CARD                 mail for ADDRESS goes to the owner of CARD (its text or a file); ADDRESS may be *@DOMAIN
          account list                             addresses and whose they are
          account publish ADDRESS on|off           show the owner's card to whoever knows ADDRESS (at first off)
          account remove ADDRESS
          account password ADDRESS [--remove]      a password with which programs hand mail in by SMTP: a line on standard input,
                                                   or made and printed, once
          dns DOMAIN                               the DNS records that DOMAIN needs

          --config FILE     the configuration (default: DEFMS_GATEWAY_CONFIG); docs/operations.md names every key
          --print-config    print every key with its value and where it comes from, and exit
          --version, --help

        A variable DEFMS_GATEWAY_SECTION_KEY goes before the file. A locked identity is opened with DEFMS_PASSPHRASE, or asks on the terminal.
        Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 not found.
        """;

    /// <summary>Null where neither the option nor the variable names one: then variables alone decide.</summary>
    public string? ConfigPath { get; init; }

    /// <summary>The command's words; none to run.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>For <c>init</c>.</summary>
    public string Name { get; init; } = "Gateway";

    /// <summary>For <c>init</c>; null for none on the card.</summary>
    public string? Address { get; init; }

    /// <summary>For <c>account password</c>.</summary>
    public bool Remove { get; init; }

    public bool PrintConfig { get; init; }

    public bool ShowVersion { get; init; }

    public bool ShowHelp { get; init; }

    /// <summary>Reads <c>--name value</c> and <c>--name=value</c>; <paramref name="error"/> names the option and its fault.</summary>
    public static bool TryParse(IReadOnlyList<string> args, out GatewayOptions options, out string error)
    {
        options = new GatewayOptions { ConfigPath = Environment.GetEnvironmentVariable(ConfigFile.PathVariable) is { Length: > 0 } path ? path : null };
        error = "";
        var words = new List<string>();
        for (int i = 0; i < args.Count && error.Length == 0; i++)
        {
            if (!args[i].StartsWith('-'))
            {
                words.Add(args[i]);
                continue;
            }
            int equals = args[i].IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? args[i] : args[i][..equals];
            string? value = equals < 0 ? null : args[i][(equals + 1)..];
            if (WithFlag(options, name) is { } flagged)
                (options, error) = (flagged, value is null ? "" : $"{name} takes no value.");
            else if (name is not ("--config" or "--name" or "--address"))
                error = $"There is no option '{name}'.";
            else if ((value ?? (++i < args.Count ? args[i] : null)) is not { Length: > 0 } given)
                error = $"{name} needs a value.";
            else
                options = WithValue(options, name, given);
        }
        options = options with { Words = words };
        return error.Length == 0;
    }

    private static GatewayOptions? WithFlag(GatewayOptions options, string name) => name switch
    {
        "--print-config" => options with { PrintConfig = true },
        "--remove" => options with { Remove = true },
        "--version" => options with { ShowVersion = true },
        "--help" or "-h" or "-?" => options with { ShowHelp = true },
        _ => null,
    };

    private static GatewayOptions WithValue(GatewayOptions options, string name, string value) => name switch
    {
        "--name" => options with { Name = value },
        "--address" => options with { Address = value },
        _ => options with { ConfigPath = value },
    };
}
