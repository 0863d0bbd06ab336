using System.Collections;
using Defms.Core;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Network;
using Defms.Core.Storage;
using Defms.Gateway.Accounts;
using Defms.Gateway.Configuration;
using Defms.Serving;

namespace Defms.Gateway;

/// <summary>One run of the program, from the command line to the exit code: 0 done, 1 failed, 2 wrong usage or configuration, 3 not found.</summary>
internal static class Running
{
    private const int Failed = 1;
    private const int WrongUsage = 2;
    private const int NotFound = 3;

    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter errors)
    {
        if (!GatewayOptions.TryParse(args, out GatewayOptions options, out string error))
            return await RefuseAsync(errors, $"{error} 'defms-gateway --help' lists the options.");
        if (options.ShowHelp || options.ShowVersion)
        {
            await output.WriteLineAsync(options.ShowHelp ? GatewayOptions.Usage : typeof(Running).Assembly.GetName().Version!.ToString(3));
            return 0;
        }
        try
        {
            return await RunAsync(options, output, errors);
        }
        catch (MailboxException e)
        {
            await errors.WriteLineAsync(e.Message);
            return e.Fault switch { MailboxFault.Usage => WrongUsage, MailboxFault.NotFound => NotFound, _ => Failed };
        }
        catch (Exception e) when (IsTold(e))
        {
            await errors.WriteLineAsync(e.Message);
            return Failed;
        }
    }

    /// <summary>Whether the message is for the person; anything else is a mistake of ours and shows where it was made.</summary>
    private static bool IsTold(Exception e) => e is StoreException or ServerException or CardException or IOException
        or NativeLibraryMissingException or UnauthorizedAccessException;

    private static async Task<int> RunAsync(GatewayOptions options, TextWriter output, TextWriter errors)
    {
        if (ReadFile(options, out ConfigFile? file, out IReadOnlyList<string> faults) is { } code)
            return await RefuseAsync(errors, faults, code);
        if (options.PrintConfig)
        {
            await output.WriteLineAsync(ConfigReading.Print(file!));
            _ = ConfigReading.TryRead(file!, TimeProvider.System, out _, out faults);
            return faults.Count == 0 ? 0 : await RefuseAsync(errors, faults, WrongUsage);
        }
        if (options.Words.Count > 0)
            return await CommandAsync(file!, options, output, errors);
        if (!ConfigReading.TryRead(file!, TimeProvider.System, out GatewayConfig? config, out faults))
            return await RefuseAsync(errors, faults, WrongUsage);
        return await ServeAsync(config, output, errors);
    }

    /// <summary>Null when the file was read; else the exit code.</summary>
    private static int? ReadFile(GatewayOptions options, out ConfigFile? file, out IReadOnlyList<string> faults)
    {
        file = null;
        string path = Path.GetFullPath(options.ConfigPath ?? ".");
        if (options.ConfigPath is not null && !File.Exists(path))
        {
            faults = [$"There is no configuration {path}."];
            return NotFound;
        }
        var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
        string text = options.ConfigPath is null ? "" : File.ReadAllText(path);
        string folder = options.ConfigPath is null ? path : Path.GetDirectoryName(path)!;
        file = ConfigFile.Read(Path.GetFileName(path), folder, text, variables, out faults);
        return faults.Count == 0 ? null : WrongUsage;
    }

    private static async Task<int> CommandAsync(ConfigFile file, GatewayOptions options, TextWriter output, TextWriter errors)
    {
        var faults = new List<string>();
        if (ConfigReading.HomeOf(file, faults) is not { } path)
            return await RefuseAsync(errors, faults, WrongUsage);
        if (options.Words is ["init"])
            return await HomeCommands.InitAsync(path, options, output);
        if (!Home.Exists(path))
            return await RefuseAsync(errors, [NoHome(path)], NotFound);
        using Home home = Home.Open(path);
        return options.Words switch
        {
            ["card"] => await HomeCommands.CardAsync(home, output),
            ["account", "list"] => await AccountCommands.ListAsync(home, output),
            ["account", "add", var address, var card] => await AccountCommands.AddAsync(home, address, card, errors),
            ["account", "publish", var address, var choice] => await AccountCommands.PublishAsync(home, address, choice, errors),
            ["account", "remove", var address] => await AccountCommands.RemoveAsync(home, address, errors),
            ["account", "password", var address] => await AccountCommands.PasswordAsync(home, address, options.Remove, output, errors),
            ["dns", var domain] => await HomeCommands.DnsAsync(file, domain, output),
            _ => await RefuseAsync(errors, $"There is no command '{string.Join(' ', options.Words)}'. 'defms-gateway --help' lists them."),
        };
    }

    private static async Task<int> ServeAsync(GatewayConfig config, TextWriter output, TextWriter errors)
    {
        if (!Home.Exists(config.Home))
            return await RefuseAsync(errors, [NoHome(config.Home)], NotFound);
        using Home home = Home.Open(config.Home);
        home.Store.UseNodes(url => new KuboNode(url));
        if (!home.TryUnlock(home.IsLocked ? Passphrase.Get(errors) : null, out Identity? identity, out string? refusal))
            return await RefuseAsync(errors, [refusal], Failed);
        using (identity)
        {
            using var stopping = new StopSignals();
            await new GatewayRun(config, home, identity, TimeProvider.System).ServeAsync(output, stopping.Token);
        }
        return 0;
    }

    private static string NoHome(string path) => $"gateway.home: there is no home of a gateway at {path}. Make it with 'defms-gateway --config FILE init'.";

    private static Task<int> RefuseAsync(TextWriter errors, string message) => RefuseAsync(errors, [message], WrongUsage);

    private static async Task<int> RefuseAsync(TextWriter errors, IReadOnlyList<string> messages, int code)
    {
        foreach (string message in messages)
            await errors.WriteLineAsync(message);
        return code;
    }
}
