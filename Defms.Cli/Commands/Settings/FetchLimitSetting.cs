using System.Globalization;
using Defms.Core.Replication;

namespace Defms.Cli.Commands.Settings;

/// <summary><c>fetch-limit</c>: above which size mail stays with the others until it is read.</summary>
internal sealed record FetchLimitSetting() : StoreSetting(
    "fetch-limit", "Mail larger than this stays with the others until you want to read it, as 10MB.", "none: everything is fetched")
{
    public override string? Read(IReplicationTables tables) => FetchLimit.Of(tables) is { } limit ? SizeText.Of(limit) : null;

    public override Task<int> ChangeAsync(Invocation run, string? value, CancellationToken cancel)
    {
        long? limit = value is null ? null : SizeText.Parse(value);
        run.Store.Write(tables =>
        {
            if (limit is { } bytes)
                tables.Settings.Set(FetchLimit.Setting, bytes.ToString(CultureInfo.InvariantCulture));
            else
                tables.Settings.Remove(FetchLimit.Setting);
            return true;
        });
        return Task.FromResult(ExitCode.Done);
    }
}
