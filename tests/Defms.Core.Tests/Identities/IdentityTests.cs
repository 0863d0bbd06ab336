using System.Reflection;
using Defms.Core.Identities;
using Defms.Core.Sealing;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Identities;

public sealed class IdentityTests
{
    [Fact]
    public void A_seed_gives_one_identity_in_every_epoch_with_other_keys_in_each()
    {
        Identity[] epochs = [.. Enumerable.Range(0, 4).Select(epoch => Seeds.Identity(Seeds.Counting, epoch))];
        Assert.Single(epochs.Select(identity => identity.Did).Distinct());
        Assert.Equal(4, epochs.Select(identity => Convert.ToHexString(identity.Certificate.Signing)).Distinct().Count());
        Assert.Equal(4, epochs.Select(identity => Convert.ToHexString(identity.Certificate.Sealing)).Distinct().Count());
        Assert.Equal(4, epochs[3].KnownEpochs.Select(epoch => Convert.ToHexString(epochs[3].FilingSecret(epoch))).Distinct().Count());
        Assert.Equal([0, 1, 2, 3], epochs[3].KnownEpochs);
        Assert.Equal(3, epochs[3].CurrentEpoch);
        Assert.Equal(epochs[1].FilingSecret(1), epochs[3].FilingSecret(1));
    }

    [Fact]
    public void Boxes_of_earlier_epochs_open_and_those_of_later_ones_do_not()
    {
        using Identity old = Seeds.Identity(Seeds.Counting, 1);
        using Identity current = Seeds.Identity(Seeds.Counting, 2);
        byte[] toOld = SealingKeyPair.Seal(old.Certificate.Sealing, "for epoch 1"u8);
        byte[] toCurrent = SealingKeyPair.Seal(current.Certificate.Sealing, "for epoch 2"u8);

        Assert.True(current.TryOpenBox(1, toOld, out byte[] opened));
        Assert.Equal("for epoch 1"u8, opened);
        Assert.True(current.TryOpenBox(2, toCurrent, out opened));
        Assert.Equal("for epoch 2"u8, opened);

        Assert.False(current.TryOpenBox(2, toOld, out opened));
        Assert.Empty(opened);
        Assert.False(current.TryOpenBox(0, toOld, out _));
        Assert.False(old.TryOpenBox(2, toCurrent, out _));
        Assert.False(old.TryOpenBox(1, toCurrent, out _));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void A_box_for_an_epoch_that_is_not_here_stays_shut(int epoch)
    {
        using Identity identity = Seeds.Identity(Seeds.Counting);
        byte[] box = SealingKeyPair.Seal(identity.Certificate.Sealing, [1]);
        Assert.False(identity.TryOpenBox(epoch, box, out byte[] opened));
        Assert.Empty(opened);
        Assert.Throws<KeyNotFoundException>(() => identity.FilingSecret(epoch).Length);
    }

    [Fact]
    public void A_changed_box_stays_shut_without_an_exception() => Property.Holds(500, random =>
    {
        using Identity identity = Seeds.Identity(Seeds.Counting);
        byte[] box = SealingKeyPair.Seal(identity.Certificate.Sealing, random.Bytes(random.Below(100)));
        byte[] mutated = random.Mutate(box);
        Assert.Equal(mutated.AsSpan().SequenceEqual(box), identity.TryOpenBox(0, mutated, out _));
    });

    [Fact]
    public void What_an_epoch_signs_its_certificate_verifies_and_no_other()
    {
        using Identity first = Seeds.Identity(Seeds.Counting);
        using Identity second = Seeds.Identity(Seeds.Counting, 1);
        byte[] statement = SignedStatement.Encode("defms/1 test"u8, 1, writer => writer.Int(1));
        byte[] signature = second.Sign(statement);
        Assert.True(second.Certificate.Verifies(statement, signature));
        Assert.False(first.Certificate.Verifies(statement, signature));
        Assert.False(second.Certificate.Verifies(SignedStatement.Encode("defms/1 other"u8, 1, writer => writer.Int(1)), signature));
    }

    [Fact]
    public void A_statement_with_more_or_fewer_parts_than_announced_is_our_own_mistake()
    {
        Assert.Throws<InvalidOperationException>(() => SignedStatement.Encode("defms/1 test"u8, 2, writer => writer.Int(1)));
        Assert.Throws<InvalidOperationException>(() => SignedStatement.Encode("defms/1 test"u8, 1, writer => writer.Int(1).Int(2)));
    }

    [Fact]
    public void Certificates_are_equal_by_what_they_say()
    {
        using Identity one = Seeds.Identity(Seeds.Counting, 1);
        using Identity same = Seeds.Identity(Seeds.Counting, 1);
        using Identity later = Seeds.Identity(Seeds.Counting, 2);
        using Identity other = Seeds.Identity(Seeds.Hashed, 1);
        Assert.Equal(one.Certificate, same.Certificate);
        Assert.Equal(one.Certificate.GetHashCode(), same.Certificate.GetHashCode());
        Assert.NotEqual(one.Certificate, later.Certificate);
        Assert.NotEqual(one.Certificate, other.Certificate);
    }

    [Fact]
    public void The_last_epoch_is_derived_certified_and_fits_the_identity_file()
    {
        using Identity last = Seeds.Identity(Seeds.Counting, Certificate.MaxEpoch);
        Assert.True(Card.TryDecode(last.IssueCard(new Profile()).Encoded.Span, out _, out string? error), error);
        byte[] file = IdentityVault.Pack(last, null, RandomSource.System);
        Assert.InRange(file.Length, 1, IdentityVault.MaxFileLength);
        Assert.True(IdentityVault.TryUnpack(file, null, out Identity? found, out error), error);
        found.Dispose();
    }

    [Fact]
    public void A_disposed_identity_has_cleared_every_secret()
    {
        Identity identity = Seeds.Identity(Seeds.Counting, 2);
        List<byte[]> secrets = SecretsWithin(identity);
        Assert.All(secrets, secret => Assert.Contains(secret, b => b != 0));
        // The seed, the signing key, and per epoch a pair's scalar, the same for export, and the filing secret.
        Assert.Equal(2 + 3 * 3, secrets.Count);

        identity.Dispose();
        Assert.All(secrets, secret => Assert.All(secret, b => Assert.Equal(0, b)));
        Assert.Throws<ObjectDisposedException>(() => identity.Sign([]));
        Assert.Throws<ObjectDisposedException>(() => identity.FilingSecret(0).Length);
        Assert.Throws<ObjectDisposedException>(() => identity.TryOpenBox(0, new byte[64], out _));
        Assert.Throws<ObjectDisposedException>(identity.Export);
        identity.Dispose();
    }

    /// <summary>The arrays behind all <see cref="SecretBytes"/> that an object of ours holds, at any depth.</summary>
    private static List<byte[]> SecretsWithin(object root)
    {
        var found = new List<byte[]>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var waiting = new Queue<object>([root]);
        while (waiting.TryDequeue(out object? next))
        {
            if (!seen.Add(next))
                continue;
            IEnumerable<object?> parts = next is System.Collections.IDictionary map
                ? map.Values.Cast<object?>()
                : next.GetType().GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public).Select(field => field.GetValue(next));
            foreach (object part in parts.OfType<object>())
            {
                if (next is SecretBytes && part is byte[] bytes)
                    found.Add(bytes);
                else if (part is System.Collections.IDictionary || part.GetType().Namespace?.StartsWith("Defms.", StringComparison.Ordinal) == true)
                    waiting.Enqueue(part);
            }
        }
        return found;
    }
}
