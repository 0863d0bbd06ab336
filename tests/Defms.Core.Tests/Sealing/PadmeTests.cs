using Defms.Core.Sealing;

namespace Defms.Core.Tests.Sealing;

public sealed class PadmeTests
{
    [Fact]
    public void A_padded_length_is_never_shorter_nor_more_than_an_eighth_longer_and_padding_twice_changes_nothing()
    {
        int last = 0;
        for (int length = 0; length <= Sealed.MaxLength; length++)
        {
            int padded = Sealed.Padme(length);
            if (padded < length || (padded - length) * 8 > length || padded < last || Sealed.Padme(padded) != padded)
                Assert.Fail($"{length} gives {padded}");
            last = padded;
        }
    }

    [Fact]
    public void Few_lengths_are_visible()
    {
        int visible = Enumerable.Range(1 << 16, (1 << 20) - (1 << 16)).Select(Sealed.Padme).Distinct().Count();
        Assert.InRange(visible, 1, 130);
    }

    [Fact]
    public void A_negative_length_or_one_beyond_the_largest_plaintext_is_our_own_mistake()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Sealed.LengthOf(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sealed.LengthOf(Sealed.MaxPlaintextLength + 1));
    }
}
