using System.Text;
using Defms.Core.Codecs;

namespace Defms.Core.Threads;

/// <summary>The small values in a parcel, with what their readers refuse; what is made here is checked by the same reader.</summary>
internal static class ParcelWords
{
    /// <summary>Recipients of one submission and of one report: what one SMTP transaction is sure to take (RFC 5321, 4.5.3.1.8, asks for 100).</summary>
    public const int MaxRecipients = 1000;

    public const int MaxAddressLength = 512;

    /// <summary>A reply of several lines, joined.</summary>
    public const int MaxReplyLength = 1024;

    /// <summary>RFC 3461, 4.4.</summary>
    public const int MaxEnvelopeIdLength = 100;

    private const string FlagLetters = "DFPRST";
    private static readonly string[] Types = ["delivery", "submission", "report", "deliveries"];
    private static readonly string[] States = ["queued", "smtp", "failed"];
    private static readonly string[] Returns = ["full", "hdrs"];
    private static readonly string[] Notifications = ["delay", "failure", "never", "success"];

    public static string Of(ParcelType type) => Types[(int)type];

    public static ParcelType ReadType(ref DagCborReader reader) => (ParcelType)ReadWord(ref reader, Types, "has a type that is none");

    public static string ReadFlags(ref DagCborReader reader)
    {
        string flags = reader.ReadText(FlagLetters.Length);
        if (!reader.Failed && !AreFlags(flags))
            reader.Fail("has flags that are none");
        return flags;
    }

    public static bool AreFlags(string flags) =>
        flags.Length > 0 && IsOrdered(flags.Select(letter => FlagLetters.IndexOf(letter, StringComparison.Ordinal)));

    public static string ReadAddress(ref DagCborReader reader)
    {
        string address = reader.ReadLine(MaxAddressLength);
        if (!reader.Failed && address.Length == 0)
            reader.Fail("has an empty address");
        return address;
    }

    public static List<string> ReadRecipients(ref DagCborReader reader)
    {
        var to = new List<string>();
        int count = reader.ReadArray(MaxRecipients);
        for (int i = 0; i < count && !reader.Failed; i++)
            to.Add(ReadAddress(ref reader));
        if (to.Count == 0 || to.Distinct(StringComparer.Ordinal).Count() != to.Count)
            reader.Fail("has no recipient or one twice");
        return to;
    }

    public static void WriteTexts(DagCborWriter writer, IReadOnlyList<string> texts)
    {
        writer.Array(texts.Count);
        foreach (string text in texts)
            writer.Text(text);
    }

    public static void WriteDsn(DagCborWriter writer, DsnOptions dsn)
    {
        writer.Map((dsn.Return is null ? 0 : 1) + (dsn.EnvelopeId is null ? 0 : 1) + (dsn.Notify.Count > 0 ? 1 : 0));
        if (dsn.Return is not null)
            writer.Key("ret"u8).Text(dsn.Return);
        if (dsn.EnvelopeId is not null)
            writer.Key("envid"u8).Text(dsn.EnvelopeId);
        if (dsn.Notify.Count > 0)
            WriteTexts(writer.Key("notify"u8), dsn.Notify);
    }

    public static DsnOptions ReadDsn(ref DagCborReader reader)
    {
        int fields = reader.ReadMap();
        if (fields == 0)
            reader.Fail("has an empty map");
        string? ret = reader.OptionalKey("ret"u8, ref fields) ? Returns[ReadWord(ref reader, Returns, "has a RET that is none")] : null;
        string? envelopeId = reader.OptionalKey("envid"u8, ref fields) ? reader.ReadLine(MaxEnvelopeIdLength) : null;
        if (envelopeId is { Length: 0 })
            reader.Fail("has an empty ENVID");
        IReadOnlyList<string> notify = reader.OptionalKey("notify"u8, ref fields) ? ReadNotify(ref reader) : [];
        reader.EndMap(fields);
        return new DsnOptions { Return = ret, EnvelopeId = envelopeId, Notify = notify };
    }

    public static void WriteFates(DagCborWriter writer, IReadOnlyList<RecipientFate> fates)
    {
        writer.Array(fates.Count);
        foreach (RecipientFate fate in fates)
        {
            writer.Map(fate.Reply is null ? 3 : 4).Key("time"u8).Int(fate.Time);
            if (fate.Reply is not null)
                writer.Key("reply"u8).Text(fate.Reply);
            writer.Key("state"u8).Text(States[(int)fate.State]).Key("address"u8).Text(fate.Address);
        }
    }

    public static List<RecipientFate> ReadFates(ref DagCborReader reader)
    {
        var fates = new List<RecipientFate>();
        int count = reader.ReadArray(MaxRecipients);
        for (int i = 0; i < count && !reader.Failed; i++)
            fates.Add(ReadFate(ref reader));
        if (fates.Count == 0 || fates.Select(fate => fate.Address).Distinct(StringComparer.Ordinal).Count() != fates.Count)
            reader.Fail("has no recipient or one twice");
        return fates;
    }

    /// <summary>A remote host's reply as a report can carry it: in one line, cut where it is longer than any reply has reason to be.</summary>
    public static string? Reply(string? reply)
    {
        if (string.IsNullOrWhiteSpace(reply))
            return null;
        string line = string.Join(' ', reply.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        line = string.Concat(line.Select(letter => char.IsControl(letter) ? ' ' : letter));
        while (Encoding.UTF8.GetByteCount(line) > MaxReplyLength)
            line = line[..^Math.Max(1, (Encoding.UTF8.GetByteCount(line) - MaxReplyLength) / 4)];
        // A pair of surrogates that the cut went through.
        return line.Length > 0 && char.IsHighSurrogate(line[^1]) ? line[..^1] : line;
    }

    private static RecipientFate ReadFate(ref DagCborReader reader)
    {
        int fields = reader.ReadMap();
        reader.Key("time"u8, ref fields);
        long time = reader.ReadTime();
        string? reply = reader.OptionalKey("reply"u8, ref fields) ? reader.ReadLine(MaxReplyLength) : null;
        if (reply is { Length: 0 })
            reader.Fail("has an empty reply");
        reader.Key("state"u8, ref fields);
        int state = ReadWord(ref reader, States, "has a state that is none");
        reader.Key("address"u8, ref fields);
        string address = ReadAddress(ref reader);
        reader.EndMap(fields);
        return new RecipientFate(address, (FateState)state, reply, time);
    }

    private static List<string> ReadNotify(ref DagCborReader reader)
    {
        var words = new List<int>();
        int count = reader.ReadArray(Notifications.Length);
        for (int i = 0; i < count && !reader.Failed; i++)
            words.Add(ReadWord(ref reader, Notifications, "has a NOTIFY that is none"));
        bool isNeverAmongOthers = words.Count > 1 && words.Contains(Array.IndexOf(Notifications, "never"));
        if (words.Count == 0 || isNeverAmongOthers || !IsOrdered(words))
            reader.Fail("has a NOTIFY that is none");
        return [.. words.Select(word => Notifications[word])];
    }

    /// <summary>The place of a word in a list; 0 after a fault.</summary>
    private static int ReadWord(ref DagCborReader reader, string[] words, string otherwise)
    {
        int place = Array.IndexOf(words, reader.ReadText(16));
        if (place < 0)
            reader.Fail(otherwise);
        return Math.Max(place, 0);
    }

    private static bool IsOrdered(IEnumerable<int> places)
    {
        int last = -1;
        foreach (int place in places)
        {
            // A place that is not there is -1.
            if (place <= last)
                return false;
            last = place;
        }
        return true;
    }
}
