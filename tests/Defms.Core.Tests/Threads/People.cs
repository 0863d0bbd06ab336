using Defms.Core.Identities;

namespace Defms.Core.Tests.Threads;

/// <summary>Persons with fixed keys: the recovery seed is one byte, 32 times.</summary>
internal static class People
{
    public const long Issued = 1_700_000_000_000;

    public static Identity Alice { get; } = Person(0xa1);

    public static Identity Bob { get; } = Person(0xb0);

    public static Identity Carol { get; } = Person(0xca);

    public static Identity Mallory { get; } = Person(0x66);

    public static Identity Gateway { get; } = Person(0x6a);

    public static Card AliceCard { get; } = CardOf(Alice, "Alice");

    public static Card BobCard { get; } = CardOf(Bob, "Bob");

    public static Card CarolCard { get; } = CardOf(Carol, "Carol");

    public static Identity Person(byte seed, int epoch = 0)
    {
        byte[] bytes = new byte[RecoverySeed.Length];
        Array.Fill(bytes, seed);
        return From(bytes, epoch);
    }

    /// <summary>One of as many people as a test needs.</summary>
    public static Identity Extra(int number)
    {
        byte[] bytes = new byte[RecoverySeed.Length];
        BitConverter.TryWriteBytes(bytes, number);
        return From(bytes, 0);
    }

    public static Card CardOf(Identity identity, string name) => identity.IssueCard(new Profile
    {
        Name = name,
        Addresses = [$"{name.ToLowerInvariant()}@example.org"],
        Endpoints = [new Endpoint(new Uri($"https://{name.ToLowerInvariant()}.example"), identity.Did)],
        Seq = 1,
        Issued = Issued,
    });

    private static Identity From(byte[] bytes, int epoch)
    {
        using RecoverySeed seed = RecoverySeed.From(bytes);
        return Identity.From(seed, epoch);
    }
}
