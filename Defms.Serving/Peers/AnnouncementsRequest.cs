using System.Diagnostics.CodeAnalysis;
using Defms.Core.Blocks;
using Defms.Core.Network;
using Defms.Core.Replication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Defms.Serving.Peers;

/// <summary>Mail that somebody brings: a CAR whose root and first block is the announcement. The answer is the receipt.</summary>
internal sealed class AnnouncementsRequest(Reception reception, IntakeSlots slots, RequestTally tally, ILogger log) : IPeerRequest
{
    /// <summary>Enough for a megabyte over a slow line; who is not known yet may not keep a place for longer.</summary>
    private static readonly TimeSpan StrangersTime = TimeSpan.FromMinutes(2);

    /// <summary>For the announcement alone, two or three kilobytes.</summary>
    private static readonly TimeSpan ArrivalTime = TimeSpan.FromSeconds(30);

    public string Method => HttpMethods.Post;

    public string Path => PeerProtocol.AnnouncementsPath;

    public string Kind => "announcements";

    public long MaxBody => ServerLimits.MaxBody;

    public async Task<Reply> AnswerAsync(HttpContext context, Caller caller, CancellationToken cancel)
    {
        if (!IsCar(context.Request))
            return Malformed($"the request's content type is not {PeerProtocol.CarType}");
        (CarReader? car, Block? first) = await OpenAsync(context.Request, caller, cancel);
        if (car is null)
            return Reply.Refuse(StatusCodes.Status429TooManyRequests, "too many announcements from your network are arriving just now");
        if (!TryReadAnnouncement(car, first, out Announcement? announcement, out string? fault))
            return Malformed(fault);
        bool isWelcome = reception.IsWelcome(announcement);
        using IDisposable? slot = await slots.EnterAsync(announcement, isWelcome, caller.Network, cancel);
        if (slot is null)
            return Reply.Refuse(StatusCodes.Status503ServiceUnavailable, "too many announcements are being taken in just now");
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (!isWelcome)
            limited.CancelAfter(StrangersTime);
        return await TakeAsync(announcement, new BlockFeed(car, Reception.Budget), caller, limited.Token);
    }

    /// <summary>The CAR up to its first block; nothing when the network has too many such requests under way.</summary>
    private async Task<(CarReader? Car, Block? First)> OpenAsync(HttpRequest request, Caller caller, CancellationToken cancel)
    {
        using IDisposable? place = slots.Arrive(caller.Network);
        if (place is null)
            return default;
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limited.CancelAfter(ArrivalTime);
        CarReader car = await CarReader.OpenAsync(request.Body, Reception.Budget, limited.Token);
        return (car, await car.NextAsync(limited.Token));
    }

    private async Task<Reply> TakeAsync(Announcement announcement, BlockFeed blocks, Caller caller, CancellationToken cancel)
    {
        ReceptionResult result = await reception.TakeAsync(announcement, blocks, caller.Network, cancel);
        tally.CountReceived(blocks.Bytes);
        tally.CountMessages(result.Added);
        if (result.Added > 0)
            log.Took(result.Added, blocks.Bytes);
        return result.Fault switch
        {
            ReceptionFault.None => Reply.Of(result.Receipt!.Block),
            ReceptionFault.NotForHere => Reply.Refuse(StatusCodes.Status403Forbidden, result.Reason),
            ReceptionFault.TooLarge => Reply.Refuse(StatusCodes.Status413PayloadTooLarge, result.Reason),
            ReceptionFault.NoRoom => Reply.Refuse(StatusCodes.Status507InsufficientStorage, result.Reason),
            _ => Malformed(result.Reason),
        };
    }

    private static bool TryReadAnnouncement(
        CarReader car, Block? first, [NotNullWhen(true)] out Announcement? announcement, [NotNullWhen(false)] out string? fault)
    {
        announcement = null;
        fault = first is null ? $"the CAR {car.Error ?? "holds no block"}" : null;
        if (first is not null && (car.Roots.Count != 1 || car.Roots[0] != first.Cid))
            fault = "the CAR's one root and first block is not the announcement";
        else if (first is not null && !Announcement.TryRead(first, out announcement, out string? error))
            fault = $"the announcement {error}";
        return fault is null;
    }

    private static bool IsCar(HttpRequest request) => request.ContentType?.Split(';')[0].Trim() == PeerProtocol.CarType;

    private static Reply Malformed(string reason) => Reply.Refuse(StatusCodes.Status400BadRequest, reason);
}
