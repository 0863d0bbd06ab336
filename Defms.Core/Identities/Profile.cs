using Defms.Core.Codecs;

namespace Defms.Core.Identities;

/// <summary>What a person says of himself, apart from keys: name, addresses, where he is reached. Signed as part of his <see cref="Card"/>.</summary>
public sealed record Profile
{
    public const int MaxNameLength = 128;
    public const int MaxAddresses = 16;
    public const int MaxAddressLength = 254;
    public const int MaxEndpoints = 8;
    public const int MaxIpfsAddresses = 8;
    public const int MaxIpfsAddressLength = 200;

    /// <summary>The end of the year 9999, so that every date type can show it.</summary>
    public const long MaxIssued = 253_402_300_799_999;

    public string? Name { get; init; }

    /// <summary>Mail addresses, the first one first shown.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    public IReadOnlyList<Endpoint> Endpoints { get; init; } = [];

    /// <summary>Multiaddresses in text form of an IPFS node that holds the person's blocks.</summary>
    public IReadOnlyList<string> Ipfs { get; init; } = [];

    /// <summary>Counts the profiles of one epoch; the higher one wins.</summary>
    public int Seq { get; init; }

    /// <summary>Unix milliseconds. For people to read; never decides anything.</summary>
    public long Issued { get; init; }

    /// <summary>Why no card can carry this, as words that follow "it"; null where one can, but for the card's whole length.</summary>
    internal string? Fault()
    {
        if (Name is not null && !ShownText.IsName(Name, MaxNameLength))
            return $"has a name that is empty, begins or ends with a space, is longer than {MaxNameLength} bytes or holds hidden characters";
        if (!Addresses.All(address => ShownText.IsAddress(address, MaxAddressLength)))
            return "has a mail address that is no plain local@domain";
        if (!Endpoints.All(endpoint => Endpoint.TryReadUrl(endpoint.Text, out _)))
            return "has an endpoint that is no plain http or https URL";
        if (!Ipfs.All(address => ShownText.IsMultiaddress(address, MaxIpfsAddressLength)))
            return "has an IPFS address that is no multiaddress";
        return Issued is < 0 or > MaxIssued ? "has a time before 1970 or after 9999" : null;
    }

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
        string? name = reader.OptionalKey("name"u8, ref fields) ? reader.ReadText(MaxNameLength) : null;
        reader.Key("issued"u8, ref fields);
        long issued = reader.ReadInt64();
        IReadOnlyList<string> addresses = reader.OptionalKey("addresses"u8, ref fields) ? ReadList(ref reader, MaxAddresses, MaxAddressLength) : [];
        IReadOnlyList<Endpoint> endpoints = reader.OptionalKey("endpoints"u8, ref fields) ? ReadEndpoints(ref reader) : [];
        var profile = new Profile { Name = name, Addresses = addresses, Endpoints = endpoints, Ipfs = ipfs, Seq = seq, Issued = issued };
        if (!reader.Failed && profile.Fault() is { } fault)
            reader.Fail(fault);
        return profile;
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
            items.Add(reader.ReadText(maxLength));
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
            string text = reader.ReadText(Endpoint.MaxUrlLength);
            reader.Key("identity"u8, ref fields);
            Did identity = Did.Read(ref reader);
            reader.EndMap(fields);
            if (Endpoint.TryReadUrl(text, out Uri? url))
                endpoints.Add(new Endpoint(url, identity));
            else
                reader.Fail("has an endpoint that is no plain http or https URL");
        }
        if (endpoints.Count == 0)
            reader.Fail("has an empty list");
        return endpoints;
    }
}
