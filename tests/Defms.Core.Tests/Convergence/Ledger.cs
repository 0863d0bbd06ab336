using System.Security.Cryptography;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;

namespace Defms.Core.Tests.Convergence;

/// <summary>What honest people did, and what they were told is done: written down outside of all machines.</summary>
internal sealed class Ledger
{
    private readonly HashSet<(Did Author, string Digest)> written = [];

    /// <summary>Posts that returned.</summary>
    public List<(Machine By, Posted Posted)> Posts { get; } = [];

    /// <summary>Labels that were put on and never taken off again.</summary>
    public List<(Machine By, Cid Message, string Label)> Labels { get; } = [];

    /// <summary>Somebody is about to post these octets; whether he lives to see it is another matter.</summary>
    public void Write(Did author, ReadOnlySpan<byte> octets) => written.Add((author, Convert.ToHexString(SHA256.HashData(octets))));

    public bool IsWritten(Did author, byte[] digest) => written.Contains((author, Convert.ToHexString(digest)));
}
