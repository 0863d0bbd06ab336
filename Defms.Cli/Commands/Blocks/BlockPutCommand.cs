using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Blocks;
using Defms.Core.Codecs;

namespace Defms.Cli.Commands.Blocks;

/// <summary><c>defms block put</c>: keep a block, or all of a CAR, and say the names.</summary>
internal static class BlockPutCommand
{
    /// <summary>Blocks of a CAR written in one transaction, so that memory stays small however large the file is.</summary>
    private const long BatchBytes = 8 << 20;

    private static readonly Argument<string?> File = new("FILE") { Description = "The bytes of the block; '-' is standard input.", Arity = ArgumentArity.ZeroOrOne };

    private static readonly Option<string?> CodecName = new("--codec") { Description = "How the bytes are read: raw (else) or dag-cbor.", HelpName = "CODEC" };

    private static readonly Option<string?> Car = new("--car") { Description = "Keep every block of this CAR instead.", HelpName = "FILE" };

    public static Command Build() => new CliCommand("put", "Keep a block, or those of a CAR, and print the name.")
    {
        Arguments = { File },
        Options = { CodecName, Car },
        Notes = "What is not strict DAG-CBOR, or does not match its name, is refused; of a CAR with one such block nothing is kept. "
            + "'defms gc' takes back what no thread reaches.",
    }
    .In(CommandGroup.Keep, "defms block put --codec dag-cbor node.cbor", "defms block put --car thread.car")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        if (run.Get(Car) is null == run.Get(File) is null)
            throw new CommandException("Name a file with the bytes of a block, or a CAR with --car.", ExitCode.Usage);
        try
        {
            if (run.Get(Car) is { } car)
                await PutCarAsync(run, car, cancel);
            else
                PutBlock(run, run.Get(File)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"Cannot read {run.Get(Car) ?? run.Get(File)}: {e.Message} Nothing was kept.");
        }
        return ExitCode.Done;
    }

    private static void PutBlock(Invocation run, string path)
    {
        ulong codec = run.Get(CodecName) switch
        {
            null or "raw" => Cid.Raw,
            "dag-cbor" => Cid.DagCbor,
            { } other => throw new CommandException($"'{other}' is no codec that blocks are kept under here; there are raw and dag-cbor.", ExitCode.Usage),
        };
        byte[] bytes = Read(path);
        if (codec == Cid.DagCbor && !DagCborTokens.IsValid(bytes, out string? error))
            throw new CommandException($"{path} is not strict DAG-CBOR: it {error}. Nothing was kept.");
        Block block = Block.Create(codec, bytes);
        bool isNew = run.Store.Write(tables => tables.Blocks.Put([block])) > 0;
        if (!run.IsJson)
        {
            run.Out.Line($"{block.Cid}");
            return;
        }
        run.Out.Json(json =>
        {
            json.WriteStartObject();
            BlockText.Write(json, block);
            json.WriteBoolean("new", isNew);
            json.WriteEndObject();
        });
    }

    private static byte[] Read(string path)
    {
        using Stream stream = path == "-" ? Console.OpenStandardInput() : System.IO.File.OpenRead(path);
        byte[] bytes = new byte[Block.MaxLength + 1];
        int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length <= Block.MaxLength
            ? bytes[..length]
            : throw new CommandException($"{path} is larger than a block may be ({Block.MaxLength} bytes). Nothing was kept.");
    }

    private static async Task PutCarAsync(Invocation run, string path, CancellationToken cancel)
    {
        // Read once to see that all of it is good, then once more to keep it.
        await WalkAsync(path, _ => { }, cancel);
        (int blocks, int added, long waitingBytes) = (0, 0, 0);
        List<Block> waiting = [];
        void Commit()
        {
            added += run.Store.Write(tables => tables.Blocks.Put(waiting));
            waiting.Clear();
            waitingBytes = 0;
        }
        IReadOnlyList<Cid> roots = await WalkAsync(path, block =>
        {
            blocks++;
            waiting.Add(block);
            if ((waitingBytes += block.Data.Length) >= BatchBytes)
                Commit();
        }, cancel);
        Commit();
        TellCar(run, roots, blocks, added);
    }

    /// <summary>Hands out each block that matches its name and, where it says so, is strict DAG-CBOR; returns the roots.</summary>
    private static async Task<IReadOnlyList<Cid>> WalkAsync(string path, Action<Block> take, CancellationToken cancel)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        CarReader car = await CarReader.OpenAsync(stream, CarBudget.Unlimited, cancel);
        while (await car.NextAsync(cancel) is { } block)
        {
            if (block.Cid.Codec == Cid.DagCbor && !DagCborTokens.IsValid(block.Span, out string? error))
                throw new CommandException($"{path} has a block that is not strict DAG-CBOR, {block.Cid}: it {error}. Nothing was kept.");
            take(block);
        }
        return car.Error is null ? car.Roots : throw new CommandException($"The CAR {path} {car.Error}. Nothing was kept.");
    }

    private static void TellCar(Invocation run, IReadOnlyList<Cid> roots, int blocks, int added)
    {
        if (!run.IsJson)
        {
            foreach (Cid root in roots)
                run.Out.Line($"{root}");
            run.Error.Sentence($"{Names.Count(blocks, "block")}, {added} of them new.");
            return;
        }
        run.Out.Json(json =>
        {
            json.WriteStartObject();
            json.WriteStrings("roots", roots.Select(root => root.ToString()));
            json.WriteNumber("blocks", blocks);
            json.WriteNumber("new", added);
            json.WriteEndObject();
        });
    }
}
