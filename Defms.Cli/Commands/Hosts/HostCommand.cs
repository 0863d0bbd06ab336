using System.CommandLine;

namespace Defms.Cli.Commands.Hosts;

/// <summary><c>defms host …</c>: who holds mail for you, and for whom you hold it.</summary>
internal static class HostCommand
{
    public static Command Build() => new CliCommand("host", "Machines that hold your mail while you are away; and whose mail yours holds.")
    {
        HostAddCommand.Build(), HostListCommand.Build(), HostRemoveCommand.Build(), HostInviteCommand.Build(), HostServeCommand.Build(),
    }.In(CommandGroup.Keep, "defms host list", "defms host invite");
}
