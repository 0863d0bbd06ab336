using System.Net;
using System.Net.Http.Headers;
using Defms.Core.Blocks;

namespace Defms.Core.Network;

/// <summary>A CAR as the body of a request, written while its blocks are read. The first block is the root.</summary>
internal sealed class CarContent : HttpContent
{
    /// <summary>Small blocks go out together.</summary>
    private const int BufferLength = 64 * 1024;

    private readonly Block first;
    private readonly IEnumerable<Block> rest;
    private readonly Patience patience;

    public CarContent(Block first, IEnumerable<Block> rest, Patience patience)
    {
        (this.first, this.rest, this.patience) = (first, rest, patience);
        Headers.ContentType = new MediaTypeHeaderValue(PeerProtocol.CarType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, default);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancel)
    {
        var buffer = new BufferedStream(stream, BufferLength);
        CarWriter car = await CarWriter.CreateAsync(buffer, [first.Cid], cancel);
        await car.WriteAsync(first, cancel);
        patience.Moved();
        foreach (Block block in rest)
        {
            await car.WriteAsync(block, cancel);
            patience.Moved();
        }
        await buffer.FlushAsync(cancel);
        patience.AwaitAnswer(TimeSpan.Zero);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
