using Defms.Core.Replication;

namespace Defms.Cli.Commands.Settings;

/// <summary><c>ipfs-open</c>: whether the daemon gives sealed blocks to anybody who knows their names.</summary>
internal sealed record OpenSetting() : StoreSetting(
    "ipfs-open", "Whether anybody who knows a block's name gets it from your daemon, sealed.", "no: blocks of public threads alone")
{
    private const string Yes = "yes";

    public override string? Read(IReplicationTables tables) => tables.Settings.Get(IpfsSettings.Open);

    public override Task<int> ChangeAsync(Invocation run, string? value, CancellationToken cancel)
    {
        if (value is not (null or Yes or "no"))
            throw new CommandException($"'{Key}' is yes or no, not '{value}'.", ExitCode.Usage);
        run.Store.Write(tables =>
        {
            if (value == Yes)
                tables.Settings.Set(IpfsSettings.Open, Yes);
            else
                tables.Settings.Remove(IpfsSettings.Open);
            return true;
        });
        return Task.FromResult(ExitCode.Done);
    }
}
