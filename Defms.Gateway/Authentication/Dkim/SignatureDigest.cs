using System.Security.Cryptography;

namespace Defms.Gateway.Authentication.Dkim;

/// <summary>The digests that signatures of one message are over. Body hashes are kept, so that five signatures read a large body once or twice.</summary>
internal sealed class SignatureDigest(MailHeader header)
{
    /// <summary>Ways in which one message's body is hashed: two canonical forms, and a little room for l=. Each reads the whole body.</summary>
    private const int MaxForms = 4;

    private readonly Dictionary<(bool Relaxed, long? Length), byte[]?> bodies = [];

    public MailHeader Header => header;

    /// <summary>Null when the body is shorter than l= says, or when signatures cut it in more ways than are worth reading it for.</summary>
    public byte[]? Body(SignatureFields signature)
    {
        (bool, long?) form = (signature.RelaxedBody, signature.Length);
        if (!bodies.TryGetValue(form, out byte[]? hash) && bodies.Count < MaxForms)
            bodies[form] = hash = Canonical.BodyHash(header.Body.Span, signature.RelaxedBody, signature.Length);
        return hash;
    }

    /// <summary>RFC 6376, 3.7: the named fields, each name taking the last one not yet taken, then the signature's own field without its b=.</summary>
    public byte[] Fields(SignatureFields signature)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int index in Selected(header, signature.Names))
            Add(hash, header.Fields[index], signature.RelaxedHeader);
        AddOwn(hash, header, signature.Field, signature.RelaxedHeader);
        return hash.GetHashAndReset();
    }

    public void Add(IncrementalHash hash, RawField field, bool relaxed)
    {
        ReadOnlySpan<byte> octets = header.Octets.Span[field.Start..field.End];
        Canonical.AddField(hash, octets, field.Name.Length, field.ValueStart - field.Start, relaxed);
    }

    public static void AddOwn(IncrementalHash hash, MailHeader header, RawField own, bool relaxed)
    {
        int valueStart = own.ValueStart - own.Start;
        byte[] octets = TagList.Without(header.Octets.Span[own.Start..own.End], valueStart, "b");
        Canonical.AddField(hash, octets, own.Name.Length, valueStart, relaxed, last: true);
    }

    /// <summary>Indices of the fields that a list of names takes, in the order of the names; a name too many takes nothing.</summary>
    public static IEnumerable<int> Selected(MailHeader header, IReadOnlyList<string> names)
    {
        var taken = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (string name in names)
        {
            IReadOnlyList<int> places = header.Places(name);
            int used = taken.GetValueOrDefault(name);
            if (used >= places.Count)
                continue;
            taken[name] = used + 1;
            yield return places[^(used + 1)];
        }
    }
}
