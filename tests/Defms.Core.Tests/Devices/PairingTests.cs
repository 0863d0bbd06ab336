using Defms.Core.Identities;
using Defms.Core.Replication;
using Defms.Core.Sealing;
using Defms.Core.Tests.Replication;

namespace Defms.Core.Tests.Devices;

public sealed class PairingTests : IDisposable
{
    private readonly MemoryNetwork network = new();
    private readonly Someone alice;
    private readonly SealingKeyPair oneTime = new(RandomSource.System.Bytes(32));
    private readonly PairingRequest request;

    public PairingTests()
    {
        alice = new Someone("Alice", network);
        request = PairingRequest.Create(oneTime.PublicKey, RandomSource.System.Bytes(16), "Laptop", Now);
    }

    public void Dispose()
    {
        oneTime.Dispose();
        alice.Dispose();
    }

    [Fact]
    public void A_new_machine_opens_what_the_old_one_sealed_to_it()
    {
        Assert.True(PairingRequest.TryParse(request.Text, out PairingRequest? read, out _));
        Assert.Equal(request.CheckCode, read.CheckCode);
        PairingAnswer answer = PairingAnswer.Parse(Desk.Admit(read, alice.Identity, "Desk").Text!)!;
        Assert.True(answer.TryOpen(request, oneTime, out Identity? identity, out Card? card, out byte[] device));
        using (identity)
            Assert.Equal((alice.Identity.Certificate, alice.Card), (identity.Certificate, card));
        Assert.Equal(alice.Device, device);
        Assert.Equal(["Desk", "Laptop"], alice.Store.Read(tables => OwnDevices.List(tables, alice.Did)).Select(one => one.Name).Order());
    }

    [Fact]
    public void Nobody_else_opens_it_and_it_answers_no_other_request()
    {
        PairingAnswer answer = Desk.Admit(request, alice.Identity, "Desk");
        using var other = new SealingKeyPair(RandomSource.System.Bytes(32));
        Assert.False(answer.TryOpen(request, other, out _, out _, out _));
        PairingRequest second = PairingRequest.Create(oneTime.PublicKey, request.Device, "Laptop", Now + 1);
        Assert.False(answer.TryOpen(second, oneTime, out _, out _, out _));
    }

    [Fact]
    public void Every_other_key_has_another_check_code()
    {
        using var other = new SealingKeyPair(RandomSource.System.Bytes(32));
        PairingRequest second = PairingRequest.Create(other.PublicKey, request.Device, "Laptop", request.Time);
        Assert.NotEqual(request.CheckCode, second.CheckCode);
        Assert.Matches("^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$", request.CheckCode);
    }

    [Fact]
    public void The_answer_is_given_once_to_who_asks_for_it_by_its_digest()
    {
        byte[] box = Desk.Admit(request, alice.Identity, "Desk").Box;
        Assert.Null(Desk.Take(new byte[32]));
        Assert.Equal(box, Desk.Take(request.Digest));
        Assert.Null(Desk.Take(request.Digest));
    }

    [Fact]
    public void The_answer_and_the_request_are_good_for_ten_minutes()
    {
        Desk.Admit(request, alice.Identity, "Desk");
        Assert.True(Desk.IsFresh(request));
        network.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.False(Desk.IsFresh(request));
        Assert.Null(Desk.Take(request.Digest));
    }

    [Theory]
    [InlineData("")]
    [InlineData("defms-pair:")]
    [InlineData("defms-pair:aaaa")]
    [InlineData("defms:aaaa")]
    public void What_is_no_request_is_refused(string text) => Assert.False(PairingRequest.TryParse(text, out _, out _));

    [Fact]
    public void A_request_cut_short_anywhere_is_refused()
    {
        for (int length = 0; length < request.Text.Length; length++)
            Assert.False(PairingRequest.TryParse(request.Text[..length], out _, out _));
        Assert.True(PairingRequest.TryParse(string.Join("\n ", request.Text.ToLowerInvariant().Chunk(20).Select(part => new string(part))), out _, out _));
    }

    private PairingDesk Desk => new(alice.Store, network.Time);

    private long Now => network.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
