using System.Text;

namespace Defms.Gateway.Dns;

/// <summary>
/// What a server sent back. Octets of strangers: <see cref="TryRead"/> takes anything, within a budget, and says false to what is no proper
/// response to the query.
/// </summary>
internal sealed class DnsResponse
{
    /// <summary>Records read from one response. A TXT set in 64 KiB can hold more, but no domain that wants to be understood has that many.</summary>
    public const int MaxRecords = 500;

    /// <summary>Aliases followed from one question, within one response or over several. RFC 1034, 3.6.2 asks to avoid any.</summary>
    public const int MaxAliases = 8;

    private const int Response = 0x8000;
    private const int OpcodeMask = 0x7800;
    private const int TruncatedFlag = 0x0200;
    private const int CodeMask = 0x000F;
    private const int NameError = 3;
    private const ushort ClassIn = 1;
    private const uint MaxTimeToLive = 0x7FFFFFFF;

    private readonly List<Entry> answers = [];

    private DnsResponse()
    {
    }

    /// <summary>The sections do not fit into a datagram: ask again by TCP (RFC 7766). Nothing else of it is to be used.</summary>
    public bool IsTruncated { get; private init; }

    private int Code { get; init; }

    /// <summary>From the SOA of the authority section, how long an absence may be remembered (RFC 2308, 5); zero without one.</summary>
    private TimeSpan Absence { get; set; }

    /// <summary>
    /// Reads a response to <paramref name="query"/>. The question must come back octet for octet, letter case included unless
    /// <paramref name="anyCase"/> says that the transport itself keeps forgers out.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> message, DnsQuery query, bool anyCase, out DnsResponse response)
    {
        response = new DnsResponse();
        var reader = new DnsReader(message);
        ushort id = reader.ReadUInt16();
        ushort flags = reader.ReadUInt16();
        ushort questions = reader.ReadUInt16();
        int answerCount = reader.ReadUInt16();
        int authorityCount = reader.ReadUInt16();
        _ = reader.ReadUInt16();
        ReadOnlySpan<byte> question = reader.ReadOctets(query.QuestionSection.Length);
        if (reader.Failed || id != query.Id || (flags & (Response | OpcodeMask)) != Response || questions != 1 || !Same(question, query, anyCase))
            return false;
        response = new DnsResponse { IsTruncated = (flags & TruncatedFlag) != 0, Code = flags & CodeMask };
        return response.IsTruncated || response.ReadSections(ref reader, answerCount, authorityCount);
    }

    /// <summary>The answer to a question, aliases followed within this response.</summary>
    public DnsReply Reply(DnsQuestion question)
    {
        if (Code is not (0 or NameError))
            return DnsReply.Failure;
        string name = question.Name;
        uint lifetime = MaxTimeToLive;
        for (int followed = 0; followed <= MaxAliases; followed++)
        {
            List<DnsRecord> found = Records(name, question.Type, ref lifetime);
            if (found.Count > 0)
                return new DnsReply(DnsOutcome.Found, found, TimeSpan.FromSeconds(lifetime));
            List<DnsRecord> alias = Records(name, DnsType.Cname, ref lifetime);
            if (alias.Count == 0)
                return Absent(question, name, lifetime);
            if (!DnsName.TryCanonical(alias[0].Text, out name))
                return DnsReply.Failure;
        }

        return DnsReply.Failure;
    }

    private static bool Same(ReadOnlySpan<byte> question, DnsQuery query, bool anyCase) =>
        anyCase ? Ascii.EqualsIgnoreCase(question, query.QuestionSection) : question.SequenceEqual(query.QuestionSection);

    private DnsReply Absent(DnsQuestion question, string end, uint lifetime)
    {
        TimeSpan remembered = TimeSpan.FromSeconds(Math.Min(lifetime, Absence.TotalSeconds));
        if (Code == NameError)
            return new DnsReply(DnsOutcome.NoSuchName, [], remembered);
        return new DnsReply(DnsOutcome.NoData, [], remembered, end == question.Name || Absence > TimeSpan.Zero ? null : end);
    }

    private List<DnsRecord> Records(string owner, DnsType type, ref uint lifetime)
    {
        var found = new List<DnsRecord>();
        foreach (Entry entry in answers)
        {
            if (entry.Type != type || entry.Owner != owner)
                continue;
            found.Add(entry.Record);
            lifetime = Math.Min(lifetime, entry.TimeToLive);
        }

        return found;
    }

    private bool ReadSections(ref DnsReader reader, int answerCount, int authorityCount)
    {
        if (answerCount + authorityCount > MaxRecords)
            return false;
        for (int i = 0; i < answerCount + authorityCount && !reader.Failed; i++)
            ReadRecord(ref reader, isAnswer: i < answerCount);
        return !reader.Failed;
    }

    private void ReadRecord(ref DnsReader reader, bool isAnswer)
    {
        string owner = reader.ReadName();
        var type = (DnsType)reader.ReadUInt16();
        ushort class_ = reader.ReadUInt16();
        uint lifetime = reader.ReadUInt32();
        int length = reader.ReadUInt16();
        int end = reader.Position + length;
        if (!reader.Failed && class_ == ClassIn && isAnswer && ReadContent(ref reader, type, length) is { } record)
            answers.Add(new Entry(owner, type, lifetime > MaxTimeToLive ? 0 : lifetime, record));
        else if (!reader.Failed && class_ == ClassIn && !isAnswer && type == DnsType.Soa)
            ReadAbsence(ref reader, lifetime);
        reader.MoveTo(end);
    }

    private static DnsRecord? ReadContent(ref DnsReader reader, DnsType type, int length) => type switch
    {
        DnsType.A when length == 4 => new DnsRecord("", 0, reader.ReadOctets(4).ToArray()),
        DnsType.Aaaa when length == 16 => new DnsRecord("", 0, reader.ReadOctets(16).ToArray()),
        DnsType.Cname or DnsType.Ptr => new DnsRecord(reader.ReadName(), 0, null),
        DnsType.Mx => ReadExchange(ref reader),
        DnsType.Txt => ReadText(ref reader, length),
        _ => null,
    };

    private static DnsRecord ReadExchange(ref DnsReader reader)
    {
        int preference = reader.ReadUInt16();
        return new DnsRecord(reader.ReadName(), preference, null);
    }

    private static DnsRecord? ReadText(ref DnsReader reader, int length)
    {
        ReadOnlySpan<byte> content = reader.ReadOctets(length);
        var text = new StringBuilder(content.Length);
        while (!content.IsEmpty)
        {
            int size = content[0];
            if (size >= content.Length)
                return null;
            text.Append(Encoding.Latin1.GetString(content.Slice(1, size)));
            content = content[(1 + size)..];
        }

        return new DnsRecord(text.ToString(), 0, null);
    }

    private void ReadAbsence(ref DnsReader reader, uint lifetime)
    {
        _ = reader.ReadName();
        _ = reader.ReadName();
        _ = reader.ReadOctets(16);
        uint minimum = reader.ReadUInt32();
        Absence = TimeSpan.FromSeconds(Math.Min(MaxTimeToLive, Math.Min(lifetime, minimum)));
    }

    private readonly record struct Entry(string Owner, DnsType Type, uint TimeToLive, DnsRecord Record);
}
