using System.Text.Json;

namespace Defms.EndToEnd.Tests.Cli;

/// <summary>Somebody with a home of his own, in a temporary folder.</summary>
internal sealed class Person : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("defms-cli-").FullName;

    private Person(string name, string address) => (Name, Address) = (name, address);

    public string Name { get; }

    public string Address { get; }

    public string Home => Path.Combine(folder, "home");

    public string Card { get; private set; } = "";

    public string Id { get; private set; } = "";

    public string Recovery { get; private set; } = "";

    public string File(string name) => Path.Combine(folder, name);

    public static async Task<Person> MakeAsync(string name, string address)
    {
        var person = new Person(name, address);
        JsonElement made = await person.JsonAsync("init", "--name", name, "--address", address);
        person.Card = made.GetProperty("card").GetString()!;
        person.Recovery = made.GetProperty("recovery").GetString()!;
        person.Id = made.GetProperty("id").GetString()!;
        return person;
    }

    /// <summary>Alice, who has Bob's card; he has no endpoint, so her mail to him waits until he asks.</summary>
    public static async Task<(Person Alice, Person Bob)> MakePairAsync()
    {
        Person alice = await MakeAsync("Alice Example", "alice@a.example");
        Person bob = await MakeAsync("Bob", "bob@b.example");
        (await alice.RunAsync("contact", "add", bob.Card)).Expect(0);
        return (alice, bob);
    }

    public Task<Result> RunAsync(params string[] arguments) => Programs.RunAsync([.. arguments, "--home", Home]);

    public Task<Result> PipeAsync(byte[] input, params string[] arguments) => Programs.RunAsync([.. arguments, "--home", Home], input);

    /// <summary>The document of a command that succeeds.</summary>
    public async Task<JsonElement> JsonAsync(params string[] arguments) => (await RunAsync([.. arguments, "--json"])).Expect(0).Json;

    /// <summary>Sends a mail and returns the names of message and thread.</summary>
    public async Task<(string Message, string Thread)> SendAsync(string to, string subject, params string[] more)
    {
        JsonElement sent = await JsonAsync(["send", "--to", to, "--subject", subject, .. more]);
        return (sent.GetProperty("message").GetString()!, sent.GetProperty("thread").GetString()!);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
