using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Defms.Gateway.Smtp.Commands;

/// <summary>Every command that the server knows.</summary>
internal static class CommandTable
{
    private static readonly ISmtpCommand[] All =
    [
        new HeloCommand(),
        new EhloCommand(),
        new MailCommand(),
        new RcptCommand(),
        new DataCommand(),
        new BdatCommand(),
        new RsetCommand(),
        new NoopCommand(),
        new VrfyCommand(),
        new HelpCommand(),
        new QuitCommand(),
        new StartTlsCommand(),
        new AuthCommand(),
    ];

    private static readonly FrozenDictionary<string, ISmtpCommand> ByVerb =
        All.ToFrozenDictionary(command => command.Verb, StringComparer.OrdinalIgnoreCase);

    public static string Verbs { get; } = string.Join(' ', All.Select(command => command.Verb));

    public static bool TryFind(string verb, [NotNullWhen(true)] out ISmtpCommand? command) => ByVerb.TryGetValue(verb, out command);
}
