using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Tests.Fixtures;

namespace Defms.Core.Tests.Storage.Tables;

public sealed class QuarantineTableTests : TableTest
{
    private IQuarantineTable Quarantine => Tables.Quarantine;

    [Fact]
    public void What_was_put_comes_back_whole_in_order_of_arrival()
    {
        QuarantineRow late = Row(1, sender: 1, arrived: 9), early = Row(2, sender: 1, arrived: 3);
        Quarantine.Put(late);
        Quarantine.Put(early);
        Quarantine.Put(Row(3, sender: 2));
        Assert.True(Quarantine.Has(Bytes(1)));
        Assert.False(Quarantine.Has(Bytes(4)));
        Assert.Equivalent(new[] { early, late }, Quarantine.Of(Person(1)), strict: true);
        Assert.Equal(Bytes(2), Quarantine.Of(Person(1))[0].Id);
    }

    [Fact]
    public void The_first_under_an_id_stays()
    {
        Quarantine.Put(Row(1, sender: 1));
        Quarantine.Put(Row(1, sender: 2));
        Assert.Single(Quarantine.Of(Person(1)));
        Assert.Empty(Quarantine.Of(Person(2)));
    }

    [Fact]
    public void Sums_agree_with_what_is_there_after_any_puts_and_removals()
    {
        Seeded.Check(10, random =>
        {
            using var part = Db.Savepoint();
            List<QuarantineRow> all = [];
            for (int i = 0; i < 60; i++)
            {
                QuarantineRow row = Row(i, random.Next(4), $"10.{random.Next(3)}", random.Next(2000), random.Next(100));
                Quarantine.Put(row);
                all.Add(row);
                if (random.Next(10) != 0) continue;
                Quarantine.Remove(row.Sender);
                all.RemoveAll(other => other.Sender == row.Sender);
            }

            Assert.Equal(Sum(all), Quarantine.Bytes());
            for (int i = 0; i < 4; i++) Assert.Equal(Sum(all.Where(row => row.Sender == Person(i))), Quarantine.BytesOf(Person(i)));
            for (int i = 0; i < 3; i++) Assert.Equal(Sum(all.Where(row => row.Network == $"10.{i}")), Quarantine.BytesFrom($"10.{i}"));
            Assert.Equal(
                all.GroupBy(row => row.Sender).Select(rows => (rows.Key, rows.Count(), Sum(rows), rows.Max(row => row.Arrived))).Order(),
                Quarantine.Senders().Select(sender => (sender.Sender, sender.Count, sender.Bytes, sender.Arrived)).Order());
        });
    }

    [Fact]
    public void A_stranger_is_told_with_the_newest_card_he_showed_whatever_came_last()
    {
        Card older = ContactTableTests.NewCard(1, "Older"), newer = ContactTableTests.NewCard(1, "Newer", seq: 2);
        Put(1, older, arrived: 1);
        Put(2, newer, arrived: 2);
        Put(3, older, arrived: 3);
        var sender = Assert.Single(Quarantine.Senders());
        Assert.Equal((older.Identity, 3, 3L), (sender.Sender, sender.Count, sender.Arrived));
        Assert.Equal(newer.Encoded.ToArray(), sender.Card);
    }

    [Fact]
    public void An_empty_quarantine_has_no_bytes()
    {
        Assert.Equal((0, 0, 0), (Quarantine.Bytes(), Quarantine.BytesOf(Person(1)), Quarantine.BytesFrom("10.0")));
        Assert.Empty(Quarantine.Senders());
    }

    private static long Sum(IEnumerable<QuarantineRow> rows) => rows.Sum(row => (long)row.Car.Length + row.Card.Length);

    private static QuarantineRow Row(int id, int sender, string network = "10.0", int bytes = 100, long arrived = 1) =>
        new(Bytes(id), Person(sender), network, new byte[bytes], new byte[10], arrived);

    private void Put(int id, Card card, long arrived) =>
        Quarantine.Put(new QuarantineRow(Bytes(id), card.Identity, "10.0", [], card.Encoded.ToArray(), arrived));
}
