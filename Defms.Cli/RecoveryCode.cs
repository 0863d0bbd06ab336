using Defms.Cli.Rendering;
using Defms.Core.Identities;

namespace Defms.Cli;

/// <summary>The recovery code: from DEFMS_RECOVERY, the terminal without echo, or standard input; never from the command line, which others can see.</summary>
internal static class RecoveryCode
{
    private const string Variable = "DEFMS_RECOVERY";

    /// <exception cref="CommandException">There is none, or it was mistyped.</exception>
    public static RecoverySeed Ask(Screen screen)
    {
        string code = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given
            : Console.IsInputRedirected ? Console.In.ReadLine() ?? ""
            : Passphrase.ReadHidden(screen, "Recovery code: ");
        return RecoverySeed.TryParseCode(code, out RecoverySeed seed)
            ? seed
            : throw new CommandException($"That is no recovery code: it has 14 groups of four letters and digits. Give it on the terminal, on standard input or in {Variable}.");
    }
}
