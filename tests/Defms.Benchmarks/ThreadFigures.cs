using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Threads;

namespace Defms.Benchmarks;

/// <summary>What long threads cost: one more message, and two replicas that differ a little.</summary>
internal static class ThreadFigures
{
    private const int LongThread = 100_000;
    private const int Replica = 10_000;
    private const int Difference = 100;
    private const int Batch = 5_000;
    private const int Appends = 200;

    public static Task RunAsync(Bench bench)
    {
        Append(bench);
        Merge(bench);
        return Task.CompletedTask;
    }

    private static void Append(Bench bench)
    {
        using var person = new Resident(bench.Folder, "longthread");
        using var thread = person.NewThread();
        Bench.Say($"filling a thread of {LongThread} messages …");
        double fill = Bench.Time(() =>
        {
            for (int i = 0; i < LongThread; i += Batch)
                person.Fill(thread, i, Batch);
        });
        bench.Report("thread.fill", "messages/s", [LongThread / fill]);
        double[] seconds = [.. Enumerable.Range(0, Appends).Select(i => Bench.Time(() => person.Fill(thread, LongThread + i, 1)))];
        bench.Report("thread.append-to-100k", "ms", seconds.Select(s => s * 1000));
        bench.Report("thread.append-to-100k.p95", "ms", [seconds.Order().ElementAt(Appends * 95 / 100) * 1000], target: 50, isCeiling: true);
    }

    /// <summary>Two stores of one person's thread, each with some messages the other lacks; fetching is memory to memory.</summary>
    private static void Merge(Bench bench)
    {
        var runs = new List<double>();
        for (int run = 0; run < Bench.Runs; run++)
        {
            using var left = new Resident(bench.Folder, $"left{run}");
            using var right = new Resident(bench.Folder, $"right{run}");
            using var thread = left.NewThread(right.Card);
            left.Fill(thread, 0, Replica);
            CopyAll(left, right, thread);
            left.Fill(thread, Replica, Difference);
            runs.Add(Bench.Time(() => Reconcile(left, right, thread)) * 1000);
            if (RootOf(left, thread) != RootOf(right, thread))
                throw new InvalidOperationException("The replicas did not end under one root.");
        }
        bench.Report("thread.merge-10k-differing-by-100", "ms", runs, target: 50, isCeiling: true);
    }

    private static void CopyAll(Resident from, Resident to, Defms.Core.Threads.Thread thread)
    {
        List<Cid> names = from.Store.Read(tables => tables.Messages.Names(tables.Threads.Find(thread.Id)!.Id).ToList());
        TakeIn(from, to, thread, names);
    }

    private static void Reconcile(Resident from, Resident to, Defms.Core.Threads.Thread thread)
    {
        var walk = new RootWalk(thread.Id, RootOf(from, thread), cid => to.Store.Read(tables => tables.Messages.Has(cid) || tables.Blocks.Has(cid)));
        while (walk.Wanted.Count > 0)
        {
            foreach (Cid cid in walk.Wanted.ToList())
                walk.Feed(from.Store.Read(tables => tables.Blocks.Find(cid))!);
        }
        TakeIn(from, to, thread, walk.Missing);
    }

    private static void TakeIn(Resident from, Resident to, Defms.Core.Threads.Thread thread, IReadOnlyList<Cid> names)
    {
        List<Block> blocks = from.Store.Read(tables => names.Select(name => tables.Blocks.Find(name)!).ToList());
        IndexedMessage[] messages = [.. blocks.AsParallel().AsOrdered().Select(block =>
            thread.TryOpen(block, out Message? message, out string? refusal)
                ? Indexing.Read(thread, message, new MemoryBlockstore(), to.Identity.Did, Resident.Now)
                : throw new InvalidOperationException(refusal))];
        to.Store.Write(tables => Arrival.Add(tables, thread, messages, [], to.Identity.Did, Resident.Now));
    }

    private static Cid RootOf(Resident person, Defms.Core.Threads.Thread thread) => person.Store.Read(tables => tables.Threads.Find(thread.Id)!.Root);
}
