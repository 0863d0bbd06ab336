using System.Diagnostics.CodeAnalysis;
using Defms.Core.Codecs;
using Defms.Core.Threads;

namespace Defms.Core.Replication.Hosting;

/// <summary>What a host says of its agreement with the asker (docs/formats/requests.md). A transport's word: nothing depends on it.</summary>
/// <param name="Sum">What it holds for him now.</param>
public sealed record HostingAnswer(HostingTerms Terms, HeldSum Sum)
{
    public byte[] Encode()
    {
        var writer = new DagCborWriter();
        writer.Map(6 + (Terms.Keeps ? 1 : 0)).Key("v"u8).Int(1).Key("days"u8).Int(Terms.Days);
        if (Terms.Keeps)
            writer.Key("keep"u8).Bool(true);
        return writer.Key("kind"u8).Text("defms/hosting"u8)
            .Key("used"u8).Int(Sum.Bytes)
            .Key("items"u8).Int(Sum.Items)
            .Key("quota"u8).Int(Terms.Quota)
            .ToArray();
    }

    /// <summary>Reads the answer; <paramref name="error"/> is words that follow "the answer".</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out HostingAnswer? answer, [NotNullWhen(false)] out string? error)
    {
        var reader = new DagCborReader(bytes);
        int fields = reader.ReadMap();
        reader.Key("v"u8, ref fields);
        reader.Expect(1);
        reader.Key("days"u8, ref fields);
        int days = reader.ReadInt32(HostingTerms.MaxDays);
        bool keeps = reader.ReadFlag("keep"u8, ref fields);
        reader.Key("kind"u8, ref fields);
        reader.Expect("defms/hosting"u8);
        reader.Key("used"u8, ref fields);
        long used = reader.ReadInt64();
        reader.Key("items"u8, ref fields);
        int items = reader.ReadInt32();
        reader.Key("quota"u8, ref fields);
        long quota = reader.ReadInt64();
        reader.EndMap(fields);
        var terms = new HostingTerms(quota, days, keeps);
        if (!reader.Failed && (!terms.IsValid || used < 0))
            reader.Fail("speaks of no agreement that there can be");
        answer = reader.End() ? new HostingAnswer(terms, new HeldSum(used, items)) : null;
        error = answer is null ? reader.Error ?? "is none" : null;
        return answer is not null;
    }
}
