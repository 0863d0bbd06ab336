using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Codecs;
using Defms.Core.Identities;

namespace Defms.Core.Threads;

/// <summary>Values that several objects hold (docs/formats/README.md, "Common values"), with what their readers refuse.</summary>
internal static class ObjectFields
{
    /// <summary>The end of the year 9999, so that every date type can show it.</summary>
    public const long MaxTime = Profile.MaxIssued;

    /// <summary>Unix milliseconds from 1970 to 9999.</summary>
    public static long ReadTime(this ref DagCborReader reader)
    {
        long time = reader.ReadInt64();
        if (time is >= 0 and <= MaxTime)
            return time;
        reader.Fail("has a time before 1970 or after 9999");
        return 0;
    }

    /// <summary>A link to a structured block; one to raw bytes fails the reader.</summary>
    public static Cid ReadObjectLink(this ref DagCborReader reader)
    {
        Cid cid = reader.ReadCid();
        if (!reader.Failed && cid.Codec != Cid.DagCbor)
            reader.Fail("has a link to raw bytes where an object must be");
        return cid;
    }

    /// <summary>Text without control characters, so that no stranger writes to a terminal or a log through it.</summary>
    public static string ReadLine(this ref DagCborReader reader, int limit)
    {
        string text = reader.ReadText(limit);
        if (text.Any(char.IsControl))
            reader.Fail("has text with control characters");
        return text;
    }

    /// <summary>A flag that is there only where it is true: what is absent is omitted.</summary>
    public static bool ReadFlag(this ref DagCborReader reader, ReadOnlySpan<byte> name, ref int fields)
    {
        if (!reader.OptionalKey(name, ref fields))
            return false;
        if (!reader.ReadBool())
            reader.Fail("has a flag that is not set and not left out");
        return true;
    }

    /// <exception cref="ArgumentOutOfRangeException">No reader would take it.</exception>
    public static void RequireTime(long time)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(time);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, MaxTime);
    }

    /// <exception cref="ArgumentException">No reader would take it.</exception>
    public static void RequireLine(string text, int limit)
    {
        if (text.Any(char.IsControl) || Encoding.UTF8.GetByteCount(text) > limit)
            throw new ArgumentException($"Takes at most {limit} bytes of text without control characters.", nameof(text));
    }
}
