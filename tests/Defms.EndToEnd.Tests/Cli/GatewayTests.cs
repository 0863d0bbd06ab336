using System.Text.Json;

namespace Defms.EndToEnd.Tests.Cli;

/// <summary>A person with a gateway, whose program is not running: what is entered, queued, refused and shown.</summary>
public sealed class GatewayTests
{
    private const string Carol = "carol@old.example";

    [Fact]
    public async Task A_gateway_is_entered_by_its_card_listed_and_let_go()
    {
        (Person alice, Person gateway) = await MakeAsync();
        using (alice)
        using (gateway)
        {
            Assert.Equal($"Gateway {gateway.Id}\n", (await alice.RunAsync("config", "gateway")).Expect(0).Text);
            JsonElement setting = (await alice.JsonAsync("config")).EnumerateArray().Single(row => row.GetProperty("key").GetString() == "gateway");
            Assert.Equal(gateway.Id, setting.GetProperty("value")[0].GetString());
            Assert.Equal(gateway.Id, (await alice.JsonAsync("status")).GetProperty("gateways")[0].GetString());
            (await alice.RunAsync("config", "gateway", "--unset", "nobody")).Expect(3);
            Assert.Equal("", (await alice.RunAsync("config", "gateway", "--unset", "gateway")).Expect(0).Text);
            (await alice.RunAsync("config", "gateway", alice.Card)).Expect(2);
            Assert.Equal(0, (await alice.JsonAsync("contact", "list")).GetArrayLength());
        }
    }

    [Fact]
    public async Task Mail_to_somebody_without_a_card_waits_for_the_gateway_and_says_that_it_leaves_by_SMTP()
    {
        (Person alice, Person gateway) = await MakeAsync();
        using (alice)
        using (gateway)
        {
            (_, string thread) = await alice.SendAsync(Carol, "Lunch", "--body", "Friday?");

            JsonElement shown = Assert.Single((await alice.JsonAsync("show", thread)).GetProperty("messages").EnumerateArray());
            Assert.Equal($"left by SMTP to {Carol}", shown.GetProperty("privacy").GetString());
            JsonElement delivery = Assert.Single(shown.GetProperty("deliveries").EnumerateArray());
            Assert.Equal((Carol, "queued"), (delivery.GetProperty("address").GetString(), delivery.GetProperty("state").GetString()));
            Assert.Contains($"Privacy: left by SMTP to {Carol}", (await alice.RunAsync("show", thread)).Expect(0).Text);
        }
    }

    [Fact]
    public async Task A_letter_to_both_worlds_says_who_got_it_in_clear_and_sealed_only_sends_nothing()
    {
        (Person alice, Person gateway) = await MakeAsync();
        using Person bob = await Person.MakeAsync("Bob", "bob@b.example");
        using (alice)
        using (gateway)
        {
            (await alice.RunAsync("contact", "add", bob.Card)).Expect(0);
            Result refused = await alice.RunAsync("send", "--to", bob.Address, Carol, "--subject", "x", "--body", "y", "--sealed-only");
            Assert.Contains(Carol, refused.Expect(1).Errors);
            Assert.Equal(0, (await alice.JsonAsync("threads")).GetArrayLength());

            JsonElement sent = await alice.JsonAsync("send", "--to", bob.Address, Carol, "--subject", "x", "--body", "y");
            JsonElement shown = (await alice.JsonAsync("show", sent.GetProperty("thread").GetString()!)).GetProperty("messages")[0];
            Assert.Equal($"also left by SMTP to {Carol}", shown.GetProperty("privacy").GetString());
            Assert.Equal(2, sent.GetProperty("recipients").GetArrayLength());

            string message = sent.GetProperty("message").GetString()!;
            JsonElement resent = await alice.JsonAsync("resend", message, "--via-smtp");
            Assert.Equal(3, resent.GetProperty("recipients").GetArrayLength());
            Assert.Contains("nobody to hand it to", (await alice.RunAsync("resend", message, "--via-smtp")).Expect(1).Errors);
        }
    }

    [Fact]
    public async Task A_whole_message_in_the_name_of_another_is_not_queued()
    {
        (Person alice, Person gateway) = await MakeAsync();
        using (alice)
        using (gateway)
        {
            byte[] mail = System.Text.Encoding.ASCII.GetBytes($"From: bob@b.example\r\nTo: {Carol}\r\nSubject: x\r\n\r\ny\r\n");
            Assert.Contains("no address of its sender", (await alice.PipeAsync(mail, "send", "-t")).Expect(2).Errors);
            Assert.Equal(0, (await alice.JsonAsync("threads")).GetArrayLength());
        }
    }

    private static async Task<(Person Alice, Person Gateway)> MakeAsync()
    {
        Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        Person gateway = await Person.MakeAsync("Gateway", "postmaster@a.example");
        (await alice.RunAsync("config", "gateway", gateway.Card)).Expect(0);
        return (alice, gateway);
    }
}
