using System.CommandLine;
using System.Globalization;
using Defms.Core.Replication.Hosting;

namespace Defms.Cli.Commands.Hosts;

/// <summary>What an agreement says, as options of a command.</summary>
internal sealed class TermsOptions
{
    public Option<string?> Quota { get; } = new("--quota")
    {
        Description = "How much is held at most, in bytes or with K, M, G or T behind (powers of 1024). Usually 1G.",
        HelpName = "SIZE",
    };

    public Option<string?> Days { get; } = new("--days") { Description = "After how many days what was not fetched is dropped. Usually 30.", HelpName = "DAYS" };

    public Flag Keep { get; } = new("--keep") { Description = "Keep what was fetched as a replica, until room is needed." };

    public bool IsGiven(Invocation run) => run.Has(Quota) || run.Has(Days) || run.Has(Keep);

    /// <exception cref="CommandException">A value is none that there can be.</exception>
    public HostingTerms Read(Invocation run) => new(
        run.Get(Quota) is { } quota ? ReadSize(quota) : HostingTerms.DefaultQuota,
        run.Get(Days) is { } days ? ReadDays(days) : HostingTerms.DefaultDays,
        run.Has(Keep));

    public static int ReadDays(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int days) && days is > 0 and <= HostingTerms.MaxDays
            ? days
            : throw new CommandException($"'{text}' is no number of days from 1 to {HostingTerms.MaxDays}.", ExitCode.Usage);

    private static long ReadSize(string text)
    {
        int shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        string digits = shift == 0 ? text : text[..^1];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long count)
            && count > 0 && count <= HostingTerms.MaxQuota >> shift
                ? count << shift
                : throw new CommandException($"'{text}' is no size: write bytes, or 500M, 2G, 1T.", ExitCode.Usage);
    }
}
