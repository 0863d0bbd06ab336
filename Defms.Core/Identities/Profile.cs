using Defms.Core.Codecs;

namespace Defms.Core.Identities;

/// <summary>Where somebody's mail is taken in, and who answers there: the person's own machine or a host.</summary>
/// <param name="Url">Absolute http or https URL without query; requests go to paths below it.</param>
/// <param name="Identity">The identity whose signature counts on answers from there.</param>
public sealed record Endpoint(Uri Url, Did Identity)
{
    /// <summary>Room for a long host name and a path; eight of them fit a card.</summary>
    public const int MaxUrlLength = 200;

    /// <summary>Accepts what a card may name: http or https, a host, no user, query or fragment.</summary>
    public static bool TryParseUrl(string text, out Uri url)
    {
        url = null!;
        if (text.Length > MaxUrlLength || !Uri.TryCreate(text, UriKind.Absolute, out Uri? found)
            || (found.Scheme != Uri.UriSchemeHttp && found.Scheme != Uri.UriSchemeHttps)
            || found.UserInfo.Length > 0 || found.Query.Length > 0 || found.Fragment.Length > 0 || found.Host.Length == 0)
            return false;
        url = found;
        return true;
    }

    /// <summary>The URL as cards carry it: without a slash at the end.</summary>
    public string Text => Url.AbsoluteUri.TrimEnd('/');
}

/// <summary>What a person says of himself, apart from keys: name, addresses, where he is reached. Signed as part of his <see cref="Card"/>.</summary>
public sealed record Profile
{
    public const int MaxNameLength = 128;
    public const int MaxAddresses = 16;
    public const int MaxAddressLength = 254;
    public const int MaxEndpoints = 8;
    public const int MaxIpfsAddresses = 8;
    public const int MaxIpfsAddressLength = 200;

    public string? Name { get; init; }

    /// <summary>Mail addresses, the first one first shown.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    public IReadOnlyList<Endpoint> Endpoints { get; init; } = [];

    /// <summary>Multiaddresses of an IPFS node that holds the person's blocks.</summary>
    public IReadOnlyList<string> Ipfs { get; init; } = [];

    /// <summary>Counts the profiles of one epoch; the higher one wins.</summary>
    public int Seq { get; init; }

    /// <summary>Unix milliseconds. For people to read; never decides anything.</summary>
    public long Issued { get; init; }

    /// <summary>How many map pairs <see cref="WriteFields"/> writes.</summary>
    internal int FieldCount =>
        2 + (Name is null ? 0 : 1) + (Addresses.Count > 0 ? 1 : 0) + (Endpoints.Count > 0 ? 1 : 0) + (Ipfs.Count > 0 ? 1 : 0);

    /// <summary>Writes the fields in canonical order, into a map the caller has opened; "signature" would come behind them.</summary>
    internal void WriteFields(DagCborWriter writer)
    {
        writer.Key("seq"u8).Int(Seq);
        if (Ipfs.Count > 0)
            WriteList(writer.Key("ipfs"u8), Ipfs);
        if (Name is not null)
            writer.Key("name"u8).Text(Name);
        writer.Key("issued"u8).Int(Issued);
        if (Addresses.Count > 0)
            WriteList(writer.Key("addresses"u8), Addresses);
        if (Endpoints.Count == 0)
            return;
        writer.Key("endpoints"u8).Array(Endpoints.Count);
        foreach (Endpoint endpoint in Endpoints)
            writer.Map(2).Key("url"u8).Text(endpoint.Text).Key("identity"u8).Bytes(endpoint.Identity.Bytes);
    }

    internal static Profile ReadFields(ref DagCborReader reader, ref int fields)
    {
        reader.Key("seq"u8, ref fields);
        int seq = reader.ReadInt32();
        IReadOnlyList<string> ipfs = reader.OptionalKey("ipfs"u8, ref fields) ? ReadList(ref reader, MaxIpfsAddresses, MaxIpfsAddressLength) : [];
        string? name = reader.OptionalKey("name"u8, ref fields) ? ReadLine(ref reader, MaxNameLength) : null;
        reader.Key("issued"u8, ref fields);
        long issued = reader.ReadInt64();
        IReadOnlyList<string> addresses = reader.OptionalKey("addresses"u8, ref fields) ? ReadList(ref reader, MaxAddresses, MaxAddressLength) : [];
        IReadOnlyList<Endpoint> endpoints = reader.OptionalKey("endpoints"u8, ref fields) ? ReadEndpoints(ref reader) : [];
        return new Profile { Name = name, Addresses = addresses, Endpoints = endpoints, Ipfs = ipfs, Seq = seq, Issued = issued };
    }

    private static void WriteList(DagCborWriter writer, IReadOnlyList<string> items)
    {
        writer.Array(items.Count);
        foreach (string item in items)
            writer.Text(item);
    }

    /// <summary>A list that is there is not empty: what is absent is omitted.</summary>
    private static List<string> ReadList(ref DagCborReader reader, int maxItems, int maxLength)
    {
        var items = new List<string>();
        int count = reader.ReadArray(maxItems);
        for (int i = 0; i < count && !reader.Failed; i++)
            items.Add(ReadLine(ref reader, maxLength));
        if (items.Count == 0)
            reader.Fail("has an empty list");
        return items;
    }

    private static List<Endpoint> ReadEndpoints(ref DagCborReader reader)
    {
        var endpoints = new List<Endpoint>();
        int count = reader.ReadArray(MaxEndpoints);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            int fields = reader.ReadMap();
            reader.Key("url"u8, ref fields);
            string text = ReadLine(ref reader, Endpoint.MaxUrlLength);
            reader.Key("identity"u8, ref fields);
            Did identity = Did.Read(ref reader);
            reader.EndMap(fields);
            if (!Endpoint.TryParseUrl(text, out Uri url) || new Endpoint(url, identity) is not { } endpoint || endpoint.Text != text)
                reader.Fail("has an endpoint that is no plain http or https URL");
            else
                endpoints.Add(endpoint);
        }
        if (endpoints.Count == 0)
            reader.Fail("has an empty list");
        return endpoints;
    }

    /// <summary>Text that cannot move a terminal's cursor or split a header: no control characters, not empty.</summary>
    private static string ReadLine(ref DagCborReader reader, int limit)
    {
        string text = reader.ReadText(limit);
        if (!reader.Failed && !IsLine(text, limit))
            reader.Fail("has text that is empty or holds control characters");
        return text;
    }

    internal static bool IsLine(string text, int limit) =>
        text.Length > 0 && System.Text.Encoding.UTF8.GetByteCount(text) <= limit && !text.Any(char.IsControl);
}
