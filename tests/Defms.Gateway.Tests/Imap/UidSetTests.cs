using System.Text;
using Defms.Gateway.Imap;

namespace Defms.Gateway.Tests.Imap;

public sealed class UidSetTests
{
    [Fact]
    public void It_agrees_with_a_plain_set_whatever_is_added_and_removed()
    {
        const int seed = 20261121;
#pragma warning disable RS0030 // The seed is fixed and named above.
        var random = new Random(seed);
#pragma warning restore RS0030
        var plain = new SortedSet<uint>();
        var set = new UidSet();
        for (int i = 0; i < 20_000; i++)
        {
            uint uid = (uint)random.Next(1, 200);
            if (random.Next(2) == 0)
            {
                plain.Add(uid);
                set.Add(uid);
            }
            else
            {
                Assert.Equal(plain.Remove(uid), set.Remove(uid));
            }
            Assert.Equal(plain.Count, set.Count);
            Assert.Equal(plain.Contains(uid), set.Contains(uid));
        }
        Assert.Equal(plain, set.Each());
        Assert.Equal(plain, set.InPieces(7).SelectMany(piece => piece.Each()));
        Assert.Equal(plain.Where(uid => uid < 90), set.Below(90).Each());
        Assert.Equal(set.ToString(), Parse(set.ToString())!.ToString());
    }

    [Theory]
    [InlineData("5", "5")]
    [InlineData("5:3,1", "1,3:5")]
    [InlineData("1:3,2:9,10", "1:10")]
    [InlineData("4294967295", "4294967295")]
    [InlineData("1:4294967295", "1:4294967295")]
    public void Text_in_any_order_becomes_ascending_ranges(string text, string normal) => Assert.Equal(normal, Parse(text)!.ToString());

    [Theory]
    [InlineData("0")]
    [InlineData("1:*")]
    [InlineData("1,")]
    [InlineData(",1")]
    [InlineData("1::2")]
    [InlineData("-1")]
    [InlineData("4294967296")]
    [InlineData(" 1")]
    public void What_is_no_set_of_numbers_is_refused(string text) => Assert.Null(Parse(text));

    [Fact]
    public void The_largest_number_can_be_added_and_removed()
    {
        var set = new UidSet();
        set.Add(uint.MaxValue);
        set.Add(uint.MaxValue - 1);
        Assert.Equal(2, set.InPieces(500).Single().Count);
        Assert.True(set.Remove(uint.MaxValue));
        Assert.Equal("4294967294", set.ToString());
    }

    private static UidSet? Parse(string text) => UidSet.TryParse(Encoding.ASCII.GetBytes(text), out UidSet set) ? set : null;
}
