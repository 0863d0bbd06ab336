using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Storage;

namespace Defms.Core.Tests.Convergence;

/// <summary>A machine before the story begins: whose it is, and its store as it was set up, as bytes.</summary>
internal sealed class Place(string person, string machine, byte key)
{
    public string Person { get; } = person;

    public string Machine { get; } = machine;

    public string Address => $"{Person}@{Person}.example";

    public Uri Url => new($"http://{Machine}.test");

    public byte[] Store { get; set; } = [];

    public Identity KeysOf(int epoch)
    {
        byte[] bytes = new byte[RecoverySeed.Length];
        Array.Fill(bytes, key);
        using RecoverySeed seed = RecoverySeed.From(bytes);
        return Identity.From(seed, epoch);
    }
}
