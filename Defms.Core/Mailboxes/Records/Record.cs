using System.Text;
using Defms.Core.Blocks;

namespace Defms.Core.Mailboxes.Records;

/// <summary>
/// One thing that the owner's machines agree on: the last word by (time, CID of the value) stands (docs/formats/records.md).
/// </summary>
/// <param name="Key">A kind, a space and a name.</param>
/// <param name="Time">Unix milliseconds by the clock of the machine that said so.</param>
/// <param name="Value">Empty where nothing stands any more.</param>
public sealed record Record(string Key, long Time, string Value)
{
    /// <summary>
    /// How far a record's time may be ahead of this machine's clock and stand. A machine set to a wrong time zone stays within it; one that is
    /// years ahead does not win over the others until they get there.
    /// </summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromHours(24);

    /// <summary>Whether this stands where <paramref name="other"/> stood. Equal ones do not beat each other.</summary>
    public bool Beats(Record? other) =>
        other is null || Time > other.Time || (Time == other.Time && CidOf(Value).CompareTo(CidOf(other.Value)) > 0);

    /// <summary>The latest time that stands now.</summary>
    public static long Horizon(long now) => now + (long)MaxAhead.TotalMilliseconds;

    private static Cid CidOf(string value) => Cid.Of(Cid.Raw, Encoding.UTF8.GetBytes(value));
}
