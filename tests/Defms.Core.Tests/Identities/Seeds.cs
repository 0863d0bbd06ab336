using System.Security.Cryptography;
using Defms.Core.Identities;

namespace Defms.Core.Tests.Identities;

/// <summary>The fixed seeds of the vectors.</summary>
internal static class Seeds
{
    internal static byte[] Counting => [.. Enumerable.Range(0, RecoverySeed.Length).Select(i => (byte)i)];

    internal static byte[] Ones => [.. Enumerable.Repeat((byte)0xff, RecoverySeed.Length)];

    internal static byte[] Hashed => SHA256.HashData("Defms identity vectors"u8);

    internal static Identity Identity(byte[] bytes, int epoch = 0)
    {
        using RecoverySeed seed = RecoverySeed.From(bytes);
        return Core.Identities.Identity.From(seed, epoch);
    }
}
