using System.Globalization;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;

namespace Defms.Cli.Commands.Settings;

/// <summary><c>quota</c>: how large the store may grow.</summary>
internal sealed record QuotaSetting() : StoreSetting("quota", "How large your store may grow by what comes in, as 500MB or 20GB.", "none: as large as the disk")
{
    public override string? Read(IReplicationTables tables) => Quota.Of(tables).Limit is { } limit ? SizeText.Of(limit) : null;

    public override Task<int> ChangeAsync(Invocation run, string? value, CancellationToken cancel)
    {
        long? limit = value is null ? null : SizeText.Parse(value);
        run.Store.Write(tables =>
        {
            if (limit is { } bytes)
                tables.Settings.Set(Quota.Setting, bytes.ToString(CultureInfo.InvariantCulture));
            else
                tables.Settings.Remove(Quota.Setting);
            return true;
        });
        QuotaWarning.Say(run);
        return Task.FromResult(ExitCode.Done);
    }
}
