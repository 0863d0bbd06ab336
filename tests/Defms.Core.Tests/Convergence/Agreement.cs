using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Convergence;

/// <summary>What must be so among honest machines when all is quiet, whatever happened before. Each check throws with a sentence.</summary>
internal sealed class Agreement(World world)
{
    private readonly Dictionary<Machine, Copy> copies = world.Honest.ToDictionary(machine => machine, Copy.Of);

    /// <summary>After usual syncs: what honest people were told is sent is with all whom it was for, on all their machines.</summary>
    public void CheckDelivered()
    {
        foreach ((Machine by, Posted posted) in world.Ledger.Posts)
        {
            Require(copies[by].Messages.ContainsKey(posted.Message), $"{by} was told that {posted.Message} is posted, and has it no more");
            RequireAll(copies[by].Threads[posted.Thread].Parties, posted.Message, $"posted by {by}");
        }
        foreach ((Machine machine, Copy copy) in copies)
        {
            foreach ((Cid message, Did recipient) in copy.Stored)
                RequireAll([recipient], message, $"stored by him, as {machine} believes");
        }
    }

    /// <summary>After everybody has compared with everybody: the same of everything.</summary>
    public void Check()
    {
        CheckDelivered();
        foreach (Copy copy in copies.Values)
            CheckAuthors(copy);
        foreach (Cid thread in copies.Values.SelectMany(copy => copy.Threads.Keys).Distinct())
            CheckThread(thread);
        foreach (IGrouping<string, Machine> person in world.People)
        {
            foreach (Machine other in person.Skip(1))
                CheckOwn(person.First(), other);
        }
        foreach ((Machine by, Cid message, string label) in world.Ledger.Labels)
            Require(copies[by].Messages[message].Labels.Contains(label), $"{by} put '{label}' on {message}, and it is not there");
        CheckOrder();
    }

    private void RequireAll(IEnumerable<Did> people, Cid message, string what)
    {
        foreach (Machine machine in world.Honest.Where(machine => people.Contains(machine.Did)))
            Require(copies[machine].Messages.ContainsKey(message), $"{machine} lacks {message}, {what}");
    }

    /// <summary>Every message is by somebody who wrote it: honest people in the ledger and in their own stores, Mallory in threads of his.</summary>
    private void CheckAuthors(Copy copy)
    {
        foreach (HeldMessage message in copy.Messages.Values)
        {
            HeldThread thread = copy.Threads[message.Thread];
            Require(!message.Labels.Contains(Liar.Mark), $"{copy.Machine} lets Mallory label {message.Row.Cid}");
            if (message.Row.Author == world.Mallory.Machine.Did)
            {
                Require(thread.Parties.Contains(message.Row.Author), $"{copy.Machine} has Mallory's {message.Row.Cid} in a thread that is not his");
                continue;
            }
            List<Machine> own = [.. world.Honest.Where(machine => machine.Did == message.Row.Author)];
            Require(own.Exists(machine => copies[machine].Messages.TryGetValue(message.Row.Cid, out HeldMessage? known) && known.Thread == message.Thread),
                $"{copy.Machine} has {message.Row.Cid} by {own[0]}, who does not have it");
            bool isRecord = message.Row.Flags.HasFlag(MessageFlags.Record);
            Require(isRecord ? thread.Parties.Count == 1 : world.Ledger.IsWritten(message.Row.Author, message.Row.Hash),
                $"{copy.Machine} has {message.Row.Cid} by {own[0]}, who never wrote it");
        }
    }

    /// <summary>All who hold a thread hold the same set, whole or lacking the same, under the root of that set.</summary>
    private void CheckThread(Cid name)
    {
        List<Copy> holders = [.. copies.Values.Where(copy => copy.Threads.ContainsKey(name))];
        HeldThread first = holders[0].Threads[name];
        Require(ThreadRoot.Build(name, first.Names).Root == first.Root, $"{holders[0].Machine} has a root of {name} that is not that of its messages");
        foreach (Copy other in holders.Skip(1))
        {
            HeldThread theirs = other.Threads[name];
            Require(theirs.Names.SetEquals(first.Names), $"{holders[0].Machine} and {other.Machine} hold {first.Names.Count} and {theirs.Names.Count} messages of {name}: {string.Join(' ', theirs.Names.Except(first.Names).Concat(first.Names.Except(theirs.Names)))}");
            Require(theirs.Root == first.Root, $"{holders[0].Machine} and {other.Machine} have different roots of {name}");
            foreach (Cid message in first.Names)
            {
                const MessageFlags ofBlocks = MessageFlags.Incomplete | MessageFlags.Damaged | MessageFlags.Record;
                Require((holders[0].Messages[message].Row.Flags & ofBlocks) == (other.Messages[message].Row.Flags & ofBlocks), $"{message} is {holders[0].Messages[message].Row.Flags} at {holders[0].Machine}, {other.Messages[message].Row.Flags} at {other.Machine}");
            }
        }
    }

    private void CheckOwn(Machine one, Machine other)
    {
        (Copy mine, Copy theirs) = (copies[one], copies[other]);
        Require(mine.Threads.Keys.ToHashSet().SetEquals(theirs.Threads.Keys), $"{one} and {other} hold different threads");
        foreach ((Cid name, HeldMessage message) in mine.Messages)
        {
            HeldMessage same = theirs.Messages[name];
            Require(message.Row.Flags == same.Row.Flags, $"{name} is {message.Row.Flags} at {one}, {same.Row.Flags} at {other}");
            Require(message.Row.Date == same.Row.Date, $"{name} has another date at {one} than at {other}");
            Require(message.Labels.SetEquals(same.Labels), $"{name} has the labels {string.Join(", ", message.Labels)} at {one}, {string.Join(", ", same.Labels)} at {other}");
        }
        RequireSame(mine.Contacts, theirs.Contacts, $"{one} and {other} stand differently to somebody");
        RequireSame(mine.Deliveries, theirs.Deliveries, $"{one} and {other} have different sentboxes");
        RequireSame(mine.Conversations.Select(pair => $"{pair.Key} {pair.Value}"), theirs.Conversations.Select(pair => $"{pair.Key} {pair.Value}"), $"{one} and {other} show different conversations");
    }

    /// <summary>Whoever sees the same threads as one conversation, and deleted nothing of it, sees its messages in the same order.</summary>
    private void CheckOrder()
    {
        var seen = new Dictionary<string, (Machine Machine, string Order)>();
        foreach (Copy copy in copies.Values)
        {
            foreach ((string threads, string order) in copy.Conversations.Where(pair => !copy.WithDeleted.Contains(pair.Key)))
            {
                if (!seen.TryAdd(threads, (copy.Machine, order)))
                    Require(seen[threads].Order == order, $"{copy.Machine} shows {order}, {seen[threads].Machine} {seen[threads].Order}");
            }
        }
    }

    private static void RequireSame(IEnumerable<string> one, IEnumerable<string> other, string sentence)
    {
        List<string> differ = [.. one.Except(other).Select(line => $"< {line}"), .. other.Except(one).Select(line => $"> {line}")];
        Require(differ.Count == 0, $"{sentence}:\n  {string.Join("\n  ", differ)}");
    }

    private static void Require(bool holds, string sentence)
    {
        if (!holds)
            Assert.Fail(sentence + ".");
    }
}
