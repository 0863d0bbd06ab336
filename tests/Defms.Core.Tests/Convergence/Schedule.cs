using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Labels;
using Defms.Core.Mailboxes.Records;
using Defms.Core.Replication;
using Defms.Core.Tests.Support;

namespace Defms.Core.Tests.Convergence;

/// <summary>
/// One story by a seed: people write, answer, mark and sync while the network fails, machines die and Mallory lies. At its end all is healed and quiet, and
/// <see cref="Agreement"/> is looked for.
/// </summary>
internal sealed class Schedule : IDisposable
{
    private const int FewestSteps = 30;
    private const int MoreSteps = 30;

    /// <summary>More rounds than news needs from anybody to anybody by way of all others.</summary>
    private const int QuietRounds = 8;

    /// <summary>Mallory's last words, each another to everybody: only by comparing do the others find them.</summary>
    private const int LastLies = 3;

    private static readonly string[] Subjects = ["Plan", "Re: Plan", "Lunch", "Re: Lunch", "Report"];

    private static readonly Weather[] Weathers = [Weather.Fine, new(20, 10, 10, 0), new(40, 20, 5, 0), new(5, 5, 20, 15), new(0, 40, 30, 5)];

    private readonly World world;
    private readonly RandomSource chance;
    private readonly (int Weight, Func<Machine, Task> Do)[] deeds;
    private readonly (int Weight, Func<Task> Do)[] events;

    public Schedule(int seed)
    {
        world = new World(seed);
        chance = world.Chance;
        deeds =
        [
            (14, Done(Write)), (14, Done(Answer)), (6, Done(Mark)), (5, Done(Label)), (3, Done(ChangeContact)), (1, Done(ChangeKeys)),
            (14, machine => machine.Replicator.DeliverAsync(all: false, CancellationToken.None)),
            (18, machine => machine.Replicator.SyncAsync(default, CancellationToken.None)),
            (2, machine => machine.Replicator.SyncAsync(new SyncOptions { Full = true }, CancellationToken.None)),
        ];
        events =
        [
            (6, Done(Wait)), (5, Done(Part)), (5, Done(Heal)), (4, Done(ChangeWeather)), (5, Done(Doom)), (8, Done(Restart)),
            (8, world.Network.ArriveLateAsync), (6, world.Mallory.ReplayAsync), (30, world.Mallory.ActAsync),
        ];
    }

    /// <summary>What happened, for whoever has to understand a failure.</summary>
    public List<string> Story { get; } = [];

    public int Requests => world.Network.Requests;

    public async Task RunAsync()
    {
        for (int steps = FewestSteps + chance.Below(MoreSteps); steps > 0; steps--)
        {
            if (chance.Below(100) < 65)
                await ActAsync();
            else
                await Pick(events)();
        }
        await CalmAsync();
        await QuietAsync(full: false);
        new Agreement(world).CheckDelivered();
        await QuietAsync(full: true);
        new Agreement(world).Check();
    }

    public void Dispose() => world.Dispose();

    private async Task ActAsync()
    {
        List<Machine> alive = [.. world.Alive];
        if (alive.Count == 0)
            return;
        Machine machine = chance.Pick(alive);
        try
        {
            await Pick(deeds)(machine);
        }
        catch (DiedException e) when (e.Store == machine.Store)
        {
            Story.Add($"{machine} dies");
        }
    }

    private void Write(Machine machine)
    {
        List<string> others = [.. Village.Places.Select(place => place.Person).Distinct().Where(person => person != machine.Place.Person && (person != "mallory" || machine.Place.Person != "carol"))];
        List<string> to = [.. others.Where(_ => chance.Below(100) < 60).Select(Address)];
        if (to.Count == 0)
            to.Add(Address(chance.Pick(others)));
        List<string> bcc = [.. others.Select(Address).Except(to).Where(_ => chance.Below(100) < 30)];
        Post(machine, Pen.Compose(machine, chance.Pick(Subjects), to, bcc, isLarge: chance.Below(100) < 6));
    }

    private void Answer(Machine machine)
    {
        if (ThreadsOf(machine) is not { Count: > 0 } threads)
            return;
        try
        {
            AnswerPlan plan = new Answering(machine.Store, machine.Did).Plan(chance.Pick(threads), toAll: chance.Below(2) == 0);
            if (plan.To.Count + plan.Cc.Count > 0)
                Post(machine, Pen.Answer(machine, plan));
        }
        catch (MailboxException e)
        {
            // Nothing there to answer, or somebody whom this person cannot reach.
            Story.Add($"{machine} cannot answer: {e.Message}");
        }
    }

    private void Post(Machine machine, Letter letter)
    {
        world.Ledger.Write(machine.Did, letter.Octets.Span);
        Posted posted = new Posting(machine.Store, machine.Identity, machine.Time, machine.Random).Post(letter);
        world.Ledger.Posts.Add((machine, posted));
        Story.Add($"{machine} posts {Short(posted.Message)} in {Short(posted.Thread)} to {string.Join(' ', posted.Recipients.Select(recipient => recipient.Address))}");
    }

    private void Mark(Machine machine)
    {
        if (MessageOf(machine) is not { } message)
            return;
        MessageFlags flag = chance.Pick([MessageFlags.Read, MessageFlags.Flagged, MessageFlags.Answered, MessageFlags.Deleted]);
        bool isSet = chance.Below(100) < 70;
        machine.Mailbox.Mark(message.ToString(), isSet ? flag : MessageFlags.None, isSet ? MessageFlags.None : flag);
        RecordPublishing.Stamp(machine.Store, machine.Time);
        Story.Add($"{machine} marks {Short(message)} {(isSet ? "" : "not ")}{flag}");
    }

    private void Label(Machine machine)
    {
        if (MessageOf(machine) is not { } message)
            return;
        string text = $"label {world.Ledger.Labels.Count}";
        Label[] labels = Core.Mailboxes.Labels.Label.TryParse(text, out Label? label, out _) ? [label] : [];
        bool wasPut = machine.Mailbox.Mark(message.ToString(), new Marks(MessageFlags.None, MessageFlags.None) { Labels = labels }) > 0;
        RecordPublishing.Stamp(machine.Store, machine.Time);
        if (wasPut)
            world.Ledger.Labels.Add((machine, message, text));
        Story.Add($"{machine} labels {Short(message)} {text}");
    }

    private void ChangeContact(Machine machine)
    {
        if (chance.Below(2) == 0)
        {
            string name = $"{machine.Place.Person} {chance.Below(1000)}";
            machine.Store.Write(tables => OwnCard.Change(tables, machine.Identity, profile => profile with { Name = name }, machine.Time.GetUtcNow()));
            Story.Add($"{machine} is called {name}");
            return;
        }
        machine.Store.Write(tables =>
        {
            var book = new ContactBook(tables, machine.Did, machine.Time.GetUtcNow());
            ContactRow known = chance.Pick(tables.Contacts.List());
            return book.Verify(known);
        });
        RecordPublishing.Stamp(machine.Store, machine.Time);
    }

    /// <summary>Carol alone: where a person has two machines the second one is paired anew by hand.</summary>
    private void ChangeKeys(Machine machine)
    {
        if (machine.Place.Person != "carol" || machine.Identity.CurrentEpoch > 1)
            return;
        machine.BeginEpoch();
        Story.Add($"{machine} begins epoch {machine.Identity.CurrentEpoch}");
    }

    private void Wait() => world.Network.Time.Advance(TimeSpan.FromSeconds(1 + chance.Below(3 * 60 * 60)));

    private void Part()
    {
        List<Machine> side = [.. world.Honest.Append(world.Mallory.Machine).Where(_ => chance.Below(2) == 0)];
        world.Network.Part(side);
        Story.Add($"parted: {string.Join(' ', side)} | the others");
    }

    private void Heal() => world.Network.Heal();

    private void ChangeWeather()
    {
        world.Network.Weather = chance.Pick(Weathers);
        Story.Add($"{world.Network.Weather}");
    }

    private void Doom()
    {
        Machine machine = chance.Pick(world.Honest);
        if (!machine.Store.IsDead)
            machine.Store.DieAfter(chance.Below(20), whenWritten: chance.Below(2) == 0);
    }

    private void Restart()
    {
        foreach (Machine machine in world.Honest.Where(machine => machine.Store.IsDead))
            machine.Restart();
    }

    /// <summary>The network is whole again, all machines run, and what was late has come.</summary>
    private async Task CalmAsync()
    {
        world.Network.Weather = Weather.Fine;
        Heal();
        // Whoever was to die dies no more.
        foreach (Machine machine in world.Honest)
            machine.Restart();
        while (!world.Network.IsEmpty)
            await world.Network.ArriveLateAsync();
        for (int lies = 0; lies < LastLies; lies++)
            await world.Mallory.TellDifferentStoriesAsync();
    }

    private async Task QuietAsync(bool full)
    {
        for (int round = 0; round < QuietRounds; round++)
        {
            int news = 0;
            foreach (Machine machine in world.Honest)
            {
                SyncReport report = await machine.Replicator.SyncAsync(new SyncOptions { Full = full }, CancellationToken.None);
                news += report.Sent + report.Received;
            }
            world.Network.Time.Advance(TimeSpan.FromMinutes(1));
            if (news == 0 && round > 0)
                return;
        }
    }

    private List<Cid> ThreadsOf(Machine machine) => machine.Store.Read(tables => tables.Threads.WithParty(machine.Did)
        .Where(row => tables.Threads.Parties(row.Id).Count > 1).Select(row => row.Thread).ToList());

    private Cid? MessageOf(Machine machine)
    {
        List<Cid> all = machine.Store.Read(tables => tables.Threads.WithParty(machine.Did)
            .SelectMany(row => tables.Messages.InThread(row.Id)).Where(row => !row.Flags.HasFlag(MessageFlags.Record)).Select(row => row.Cid).Order().ToList());
        return all.Count == 0 ? null : chance.Pick(all);
    }

    private T Pick<T>((int Weight, T Do)[] choices)
    {
        int at = chance.Below(choices.Sum(choice => choice.Weight));
        foreach ((int weight, T deed) in choices)
        {
            if ((at -= weight) < 0)
                return deed;
        }
        return choices[^1].Do;
    }

    private static Func<Machine, Task> Done(Action<Machine> deed) => machine =>
    {
        deed(machine);
        return Task.CompletedTask;
    };

    private static Func<Task> Done(Action what) => () =>
    {
        what();
        return Task.CompletedTask;
    };

    private static string Address(string person) => $"{person}@{person}.example";

    private static string Short(Cid cid) => cid.ToString()[^6..];
}
