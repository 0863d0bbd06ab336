using System.Globalization;
using Defms.Core.Network;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Defms.Serving.Peers.Ipfs;

/// <summary>
/// Raw block or CAR, by the query or else by Accept (Trustless Gateway, "Accept" and "format"). CARs come in one form: version 1, depth first,
/// with or without repetitions.
/// </summary>
internal readonly record struct AskedFormat(bool IsCar, bool WithRepetitions)
{
    private const string Formats = "what is had here is raw blocks (?format=raw) and CARs (?format=car)";

    /// <summary>More wishes than these are not looked at.</summary>
    private const int MaxWishes = 32;

    /// <summary>Null when it was read; else why not.</summary>
    public static Reply? Read(HttpRequest request, out AskedFormat format)
    {
        format = default;
        string asked = request.Query["format"].ToString();
        if (asked is not ("" or "raw" or "car"))
            return Reply.Refuse(StatusCodes.Status406NotAcceptable, Formats);
        bool isNamed = TryReadAccept([.. request.Headers.Accept.OfType<string>()], asked, out format, out bool isAny);
        if (asked.Length > 0)
            format = format with { IsCar = asked == "car" };
        else if (!isNamed)
            return Reply.Refuse(isAny ? StatusCodes.Status400BadRequest : StatusCodes.Status406NotAcceptable, Formats);
        return format.IsCar ? ReadParameters(request.Query, ref format) : null;
    }

    /// <summary>The wish that is met here and weighs most; of equals the first.</summary>
    /// <param name="isAny">Whether nothing at all was wished for, or anything.</param>
    private static bool TryReadAccept(List<string> accept, string asked, out AskedFormat format, out bool isAny)
    {
        format = default;
        double best = 0;
        isAny = accept.Count == 0;
        if (!MediaTypeHeaderValue.TryParseList(accept, out IList<MediaTypeHeaderValue>? wishes))
            return false;
        foreach (MediaTypeHeaderValue wish in wishes.Take(MaxWishes))
        {
            isAny |= wish.MatchesAllTypes;
            double weight = wish.Quality ?? 1;
            if (weight <= best || !TryMeet(wish, out AskedFormat met) || (asked.Length > 0 && met.IsCar != (asked == "car")))
                continue;
            (format, best) = (met, weight);
        }
        return best > 0;
    }

    private static bool TryMeet(MediaTypeHeaderValue wish, out AskedFormat met)
    {
        met = new AskedFormat(wish.MediaType.Equals(PeerProtocol.CarType, StringComparison.OrdinalIgnoreCase), Value(wish, "dups") == "y");
        return met.IsCar
            ? Value(wish, "version") is "" or "1" && Value(wish, "order") is "" or "dfs" or "unk" && Value(wish, "dups") is "" or "y" or "n"
            : wish.MediaType.Equals(IpfsQuestion.RawType, StringComparison.OrdinalIgnoreCase);
    }

    private static string Value(MediaTypeHeaderValue wish, string name) =>
        HeaderUtilities.RemoveQuotes(wish.Parameters.FirstOrDefault(parameter => parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value ?? "")
            .ToString().ToLower(CultureInfo.InvariantCulture);

    /// <summary>What the query says of a CAR goes before what Accept says.</summary>
    private static Reply? ReadParameters(IQueryCollection query, ref AskedFormat format)
    {
        bool isKnown = query["car-version"].ToString() is "" or "1" && query["car-order"].ToString() is "" or "dfs" or "unk"
            && query["car-dups"].ToString() is "" or "y" or "n";
        if (query["car-dups"].ToString() is { Length: > 0 } repeated)
            format = format with { WithRepetitions = repeated == "y" };
        return isKnown ? null : Reply.Refuse(StatusCodes.Status400BadRequest, "CARs are had here in version 1, order dfs, dups y or n");
    }
}
