using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Sealing;
using Defms.Core.Tests.Sealing;
using Defms.Core.Tests.Threads;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Privacy;

/// <summary>
/// Somebody knows all of a mail but a number in it, and everything that is public: the names of the blocks, the genesis, who writes to whom and when. He tries
/// all numbers. DEFMS_GUESSES says how many (1,000,000 are the long form).
/// </summary>
public sealed class GuessTests
{
    private const string Variable = "DEFMS_GUESSES";

    private const int Usual = 20_000;

    /// <summary>Enough to see that the guesser would find it.</summary>
    private const int Few = 2000;

    private static readonly int Guesses = int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out int asked) ? asked : Usual;

    [Fact]
    public void No_guess_of_a_sealed_mail_is_confirmed_by_the_name_of_a_block() => Assert.Empty(Confirmed(Guesses, isPublic: false));

    /// <summary>The same guesser, where the key stands in the genesis for everybody to read.</summary>
    [Fact]
    public void The_right_guess_of_a_public_mail_is_confirmed_and_no_other() => Assert.Equal([Secret(Few)], Confirmed(Few, isPublic: true));

    /// <summary>A long mail's chunk is named by what is sealed, not by what it says.</summary>
    [Fact]
    public void A_chunk_that_the_guesser_knows_by_heart_has_another_name_in_every_thread()
    {
        byte[] known = Encoding.ASCII.GetBytes("From: <alice@example.org>\r\n\r\n" + string.Concat(Enumerable.Repeat("The same as everywhere.\r\n", 4000)));
        using Thread thread = NewThread(1, isPublic: false), other = NewThread(2, isPublic: false);
        SealedMessage message = thread.Seal(People.Alice, known, People.Issued);
        Assert.NotEmpty(message.Chunks);
        Assert.Equal(message.Chunks.Select(chunk => chunk.Cid), thread.Seal(People.Alice, known, People.Issued).Chunks.Select(chunk => chunk.Cid));
        HashSet<Cid> names = [.. message.Chunks.Select(chunk => chunk.Cid), message.Message.Cid];
        Assert.DoesNotContain(other.Seal(People.Alice, known, People.Issued).Chunks, chunk => names.Contains(chunk.Cid));
        Assert.DoesNotContain(Ciphers(thread.Genesis.Block).Select(cipher => Block.Create(Cid.Raw, cipher.Seal("defms/body", known)).Cid), names.Contains);
        Assert.DoesNotContain(Cid.Of(Cid.Raw, known), names);
    }

    private static int Secret(int guesses) => (int)(guesses * 0.618);

    /// <summary>The guesses for which anything that an outsider can compute is the name of a block of the thread.</summary>
    private static List<int> Confirmed(int guesses, bool isPublic)
    {
        using Thread thread = NewThread(1, isPublic);
        SealedMessage message = thread.Seal(People.Alice, Mail(Secret(guesses)), People.Issued);
        HashSet<Cid> names = [thread.Id, message.Message.Cid, .. message.Chunks.Select(chunk => chunk.Cid), ThreadRoot.Build(thread.Id, [message.Message.Cid]).Root];
        ThreadCipher[] ciphers = Ciphers(thread.Genesis.Block);
        return [.. Enumerable.Range(0, guesses).Where(guess => Candidates(thread.Id, Mail(guess), ciphers).Any(names.Contains))];
    }

    /// <summary>
    /// The octets and the record by themselves, and the record sealed under every key that can be made of public data or of the guess. The guesser is even given the
    /// author's signature of whatever he guesses.
    /// </summary>
    private static IEnumerable<Cid> Candidates(Cid thread, byte[] octets, ThreadCipher[] ciphers)
    {
        byte[] hash = SHA256.HashData(octets);
        var record = new MessageRecord { Author = People.Alice.Did, Size = octets.Length, Hash = hash, Time = People.Issued, Octets = octets, Body = [] };
        byte[] plaintext = record.Write(People.Alice.Sign(record.Statement(thread)));
        yield return Cid.Of(Cid.Raw, octets);
        yield return Cid.Of(Cid.DagCbor, plaintext);
        yield return new MessageNode(thread, [], plaintext).ToBlock().Cid;
        using var ofGuess = new ThreadKey(hash);
        foreach (ThreadCipher cipher in ciphers.Append(ofGuess.WithSalt(new byte[ThreadKey.SaltLength])))
            yield return new MessageNode(thread, [], cipher.Seal(MessageNode.Kind, plaintext)).ToBlock().Cid;
    }

    /// <summary>Under all keys that somebody could try who has only the genesis block.</summary>
    private static ThreadCipher[] Ciphers(Block genesis)
    {
        CborValue fields = CborValue.Parse(genesis.Span);
        byte[] salt = fields["salt"].Content;
        byte[] published = Genesis.PublicKeyOf(genesis);
        byte[][] keys = [new byte[ThreadKey.Length], salt, fields["check"].Content, SHA256.HashData(genesis.Span), .. published.Length > 0 ? (byte[][])[published] : []];
        return [.. keys.Select(key =>
        {
            using var threadKey = new ThreadKey(key);
            return threadKey.WithSalt(salt);
        })];
    }

    private static Thread NewThread(int seed, bool isPublic) => Thread.Create(
        People.Alice, [People.AliceCard, People.BobCard], new GenesisOptions { Created = People.Issued, IsPublic = isPublic }, new SeededRandomSource(seed));

    private static byte[] Mail(int number) =>
        Encoding.ASCII.GetBytes($"From: <alice@example.org>\r\nTo: <bob@example.org>\r\nMessage-ID: <1@example.org>\r\nSubject: PIN\r\n\r\n{number:D6}\r\n");
}
