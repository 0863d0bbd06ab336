using System.Text;
using System.Text.Json;

namespace Defms.EndToEnd.Tests.Cli;

public sealed class ReadTests
{
    [Fact]
    public async Task Threads_has_the_fields_of_the_contract()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            await alice.SendAsync(bob.Address, "x", "--body", "y");

            JsonElement row = (await alice.JsonAsync("threads"))[0];

            Assert.Equal(["thread", "root", "branches", "subject", "from", "to", "messages", "unread", "updated", "labels"], Names(row));
            Assert.Equal(["thread", "root"], Names(row.GetProperty("branches")[0]));
            Assert.Equal((1, 0), (row.GetProperty("messages").GetInt32(), row.GetProperty("unread").GetInt32()));
            Assert.True(row.GetProperty("updated").TryGetDateTimeOffset(out DateTimeOffset updated));
            Assert.Equal(TimeSpan.Zero, updated.Offset);
        }
    }

    [Fact]
    public async Task Show_has_the_fields_of_the_contract()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            await File.WriteAllTextAsync(alice.File("a.txt"), "a");
            (_, string thread) = await alice.SendAsync(bob.Address, "x", "--body", "y", "--attach", alice.File("a.txt"));

            JsonElement shown = await alice.JsonAsync("show", thread);
            JsonElement message = shown.GetProperty("messages")[0];

            Assert.Equal(["thread", "root", "parties", "branches", "messages", "labels"], Names(shown));
            string[] contract = ["message", "author", "from", "to", "cc", "date", "subject", "text", "privacy", "attachments", "deliveries"];
            Assert.Empty(contract.Except(Names(message)));
            Assert.Equal(["index", "name", "type", "size"], Names(message.GetProperty("attachments")[0]));
            Assert.Equal(["address", "state", "detail"], Names(message.GetProperty("deliveries")[0]));
            Assert.Equal(alice.Id, message.GetProperty("author").GetString());
        }
    }

    [Fact]
    public async Task A_list_passes_what_was_asked_for()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            await alice.SendAsync(bob.Address, "Lunch on Friday", "--body", "y");
            await alice.SendAsync(alice.Address, "Note", "--body", "y");

            Assert.Equal(1, (await alice.JsonAsync("threads", "lunch", "bob")).GetArrayLength());
            Assert.Equal(1, (await alice.JsonAsync("threads", "--limit", "1")).GetArrayLength());
            Assert.Equal(2, (await alice.JsonAsync("threads", "--limit", "0")).GetArrayLength());
            Assert.Equal(0, (await alice.JsonAsync("threads", "--unread")).GetArrayLength());
            (await alice.RunAsync("threads", "--limit", "-1")).Expect(2);
        }
    }

    [Fact]
    public async Task Labels_are_shown_found_and_listed()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            (string message, string thread) = await alice.SendAsync(bob.Address, "x", "--body", "y");
            await alice.SendAsync(bob.Address, "other", "--body", "y");

            Assert.Equal(1, (await alice.JsonAsync("mark", thread, "--label", "Work", "--label", "to do")).GetProperty("changed").GetInt32());
            Assert.Contains("[to do] [Work]", (await alice.RunAsync("threads", "label:work")).Expect(0).Text);
            Assert.Contains("[to do] [Work]", (await alice.RunAsync("show", thread)).Expect(0).Text);
            JsonElement shown = await alice.JsonAsync("show", thread);
            Assert.Equal(["to do", "Work"], Texts(shown.GetProperty("labels")));
            Assert.Equal(["to do", "Work"], Texts(shown.GetProperty("messages")[0].GetProperty("labels")));
            Assert.Equal(["to do", "Work"], Texts((await alice.JsonAsync("threads", "label:\"TO DO\""))[0].GetProperty("labels")));
            Assert.Equal(message, (await alice.JsonAsync("search", "label:work"))[0].GetProperty("message").GetString());
            await alice.JsonAsync("mark", message, "--unlabel", "WORK", "--flag");
            JsonElement label = Assert.Single((await alice.JsonAsync("labels")).EnumerateArray());
            Assert.Equal(["label", "conversations", "messages"], Names(label));
            Assert.Equal(("to do", 1, 1), (label.GetProperty("label").GetString(), label.GetProperty("conversations").GetInt32(), label.GetProperty("messages").GetInt32()));
        }
    }

    [Theory]
    [InlineData("--label", "a\tb")]
    [InlineData("--label", "a", "--unlabel", "A")]
    [InlineData("--label=-a")]
    [InlineData("--label", "")]
    public async Task What_is_no_label_is_wrong_usage(params string[] options)
    {
        using Person alice = await Person.MakeAsync("Alice Example", "alice@a.example");
        (await alice.RunAsync(["mark", "k3hq7xza", .. options])).Expect(2);
    }

    [Fact]
    public async Task Flags_and_deletion_are_seen_and_undone()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            (string message, string thread) = await alice.SendAsync(bob.Address, "x", "--body", "y");

            await alice.JsonAsync("mark", message, "--flag");
            Assert.Contains("flagged", Texts((await alice.JsonAsync("show", thread)).GetProperty("messages")[0].GetProperty("flags")));
            Assert.Contains("keep theirs", (await alice.RunAsync("delete", thread)).Expect(0).Text);
            Assert.Equal(0, (await alice.JsonAsync("threads")).GetArrayLength());
            Assert.Equal(1, (await alice.JsonAsync("delete", "--undo", thread)).GetProperty("changed").GetInt32());
            Assert.Equal(1, (await alice.JsonAsync("threads")).GetArrayLength());
            (await alice.RunAsync("mark", message)).Expect(2);
            (await alice.RunAsync("mark", "zzzzzzzz", "--read")).Expect(3);
        }
    }

    [Fact]
    public async Task Nothing_in_a_mail_can_command_the_terminal()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            byte[] input = Encoding.UTF8.GetBytes("To: bob@b.example\nSubject: =?utf-8?Q?=1B[31mred=E2=80=AEgpj.exe=C2=9B2J?=\n\nhi \u001b]0;owned\u0007 \u009b2J \u202etxt\n");
            (await alice.PipeAsync(input, "send", "-t")).Expect(0);
            string thread = (await alice.JsonAsync("threads"))[0].GetProperty("thread").GetString()!;

            foreach (Result result in new[] { await alice.RunAsync("threads"), await alice.RunAsync("show", thread), await alice.RunAsync("threads", "--json"), await alice.RunAsync("show", thread, "--json") })
                Assert.DoesNotContain(result.Expect(0).Text, c => (char.IsControl(c) && c != '\n') || c is '\u202E');
            Assert.Contains("\u001b", (await alice.JsonAsync("show", thread)).GetProperty("messages")[0].GetProperty("text").GetString());
        }
    }

    [Fact]
    public async Task An_attachment_never_overwrites_and_is_never_hidden()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            await File.WriteAllTextAsync(alice.File(".profile"), "echo pwned");
            (string message, _) = await alice.SendAsync(bob.Address, "x", "--body", "y", "--attach", alice.File(".profile"));
            string folder = alice.File("saved");
            Directory.CreateDirectory(folder);

            JsonElement saved = await alice.JsonAsync("attachment", message, "1", "--out", folder);

            Assert.Equal(Path.Combine(folder, "_.profile"), saved.GetProperty("file").GetString());
            Assert.Contains("--force", (await alice.RunAsync("attachment", message, "1", "--out", folder)).Expect(1).Errors);
            (await alice.RunAsync("attachment", message, "1", "--out", folder, "--force")).Expect(0);
            (await alice.RunAsync("attachment", message, "2")).Expect(3);
            (await alice.RunAsync("attachment", message, "x")).Expect(2);
        }
    }

    [Fact]
    public async Task Verify_and_status_say_how_things_stand()
    {
        (Person alice, Person bob) = await Person.MakePairAsync();
        using (alice)
        using (bob)
        {
            await alice.SendAsync(bob.Address, "x", "--body", "y");

            JsonElement report = await alice.JsonAsync("verify");
            JsonElement status = await alice.JsonAsync("status");

            Assert.Equal(["blocks", "threads", "messages", "faults", "repaired"], Names(report));
            Assert.Equal((1, 0), (report.GetProperty("messages").GetInt32(), report.GetProperty("faults").GetArrayLength()));
            Assert.Equal(1, status.GetProperty("deliveries").GetProperty("queued").GetInt32());
            Assert.Equal(alice.Id, status.GetProperty("id").GetString());
        }
    }

    [Theory]
    [InlineData("show")]
    [InlineData("cat")]
    [InlineData("reply", "--body", "x")]
    [InlineData("forward", "--to", "a@b.example")]
    public async Task What_is_not_here_is_not_found(string command, params string[] options)
    {
        using Person alice = await Person.MakeAsync("Alice", "alice@a.example");

        (await alice.RunAsync([command, "aaaaaaaa", .. options])).Expect(3);
    }

    private static string[] Names(JsonElement element) => [.. element.EnumerateObject().Select(property => property.Name)];

    private static string[] Texts(JsonElement element) => [.. element.EnumerateArray().Select(item => item.GetString()!)];
}
