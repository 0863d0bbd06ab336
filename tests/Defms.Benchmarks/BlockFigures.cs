using System.Net;
using Defms.Core;
using Defms.Core.Blocks;
using Defms.Core.Sealing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Defms.Benchmarks;

/// <summary>
/// What a machine that keeps blocks for others can take: sealed blocks of 4 KiB in a CAR over loopback HTTP, each checked against its
/// name, durable when the request is answered. The parts are those of the daemon; opening the blocks is not among them, a host cannot.
/// </summary>
internal static class BlockFigures
{
    private const int Count = 50_000;
    private const int PlaintextBytes = 4096;
    private const int Batch = 2048;

    public static async Task RunAsync(Bench bench)
    {
        Bench.Say($"sealing {Count} blocks …");
        List<Block> blocks = Seal();
        var runs = new List<double>();
        for (int run = 0; run < Bench.Runs; run++)
            runs.Add(Count / await TakeAsync(bench, $"host{run}", blocks));
        bench.Report("blocks.taken-4KiB-durable", "blocks/s", runs, target: 20_000);
    }

    private static List<Block> Seal()
    {
        using ThreadKey key = ThreadKey.Create(RandomSource.System);
        using ThreadCipher cipher = key.WithSalt(RandomSource.System.Bytes(ThreadKey.SaltLength));
        return [.. Enumerable.Range(0, Count).AsParallel().Select(_ => Block.Create(Cid.Raw, cipher.Seal("defms/body", RandomSource.System.Bytes(PlaintextBytes))))];
    }

    private static async Task<double> TakeAsync(Bench bench, string name, List<Block> blocks)
    {
        using var host = new Resident(bench.Folder, name);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.Limits.MaxRequestBodySize = null;
            options.Listen(IPAddress.Loopback, 0);
        });
        await using WebApplication app = builder.Build();
        app.Run(context => KeepAsync(context, host));
        await app.StartAsync();
        using var client = new HttpClient();
        using var body = new CarBody(blocks);
        double seconds = await Bench.TimeAsync(async () =>
        {
            using HttpResponseMessage answer = await client.PostAsync(app.Urls.First(), body);
            answer.EnsureSuccessStatusCode();
        });
        await app.StopAsync();
        int kept = host.Store.Read(tables => tables.Blocks.List().Count());
        return kept == Count ? seconds : throw new InvalidOperationException($"Only {kept} of {Count} blocks were kept.");
    }

    /// <summary>Reads on while the batch before is being written.</summary>
    private static async Task KeepAsync(HttpContext context, Resident host)
    {
        CarReader car = await CarReader.OpenAsync(context.Request.Body, CarBudget.Unlimited);
        Task<int> writing = Task.FromResult(0);
        var batch = new List<Block>(Batch);
        while (await car.NextAsync() is { } block)
        {
            batch.Add(block);
            if (batch.Count < Batch)
                continue;
            List<Block> full = batch;
            batch = new List<Block>(Batch);
            await writing;
            writing = host.Store.WriteAsync(tables => tables.Blocks.Put(full));
        }
        await writing;
        await host.Store.WriteAsync(tables => tables.Blocks.Put(batch));
        context.Response.StatusCode = car.Error is null ? StatusCodes.Status204NoContent : StatusCodes.Status400BadRequest;
    }

    private sealed class CarBody(List<Block> blocks) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            CarWriter car = await CarWriter.CreateAsync(stream, [blocks[0].Cid]);
            foreach (Block block in blocks)
                await car.WriteAsync(block);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
