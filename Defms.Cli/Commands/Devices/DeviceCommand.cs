using System.CommandLine;

namespace Defms.Cli.Commands.Devices;

/// <summary><c>defms device …</c>: the owner's own machines.</summary>
internal static class DeviceCommand
{
    public static Command Build() => new CliCommand("device", "Put your identity on another machine, list your machines, remove one.")
    {
        DevicePairCommand.Build(), DeviceListCommand.Build(), DeviceRemoveCommand.Build(),
    }.In(CommandGroup.Start, "defms device pair", "defms device list");
}
