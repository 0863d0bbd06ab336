using System.Text;
using Defms.Core.Codecs;

namespace Defms.Core.Blocks;

/// <summary>What a block says it is, for people who look at it. It decides nothing: a block may say what it likes.</summary>
public static class BlockKind
{
    /// <summary>Our own kinds are shorter; more than this would only fill the screen.</summary>
    private const int MaxLength = 64;

    /// <summary>The text of the field <c>kind</c> at the top of a DAG-CBOR block; null where there is none.</summary>
    public static string? Of(Block block)
    {
        if (block.Cid.Codec != Cid.DagCbor)
            return null;
        var tokens = new DagCborTokens(block.Span);
        if (!tokens.Next() || tokens.Token != DagCborToken.Map)
            return null;
        // How many items each open container still has; what stands below the top is passed over.
        long below = 0;
        bool isNext = false;
        while (tokens.Next())
        {
            if (isNext)
                return tokens.Token == DagCborToken.Text && tokens.Content.Length <= MaxLength ? Encoding.UTF8.GetString(tokens.Content) : null;
            isNext = below == 0 && tokens.Token == DagCborToken.Key && tokens.Content.SequenceEqual("kind"u8);
            below += Opened(tokens) - (below > 0 && tokens.Token != DagCborToken.Key ? 1 : 0);
        }
        return null;
    }

    /// <summary>How many values a container brings with it; keys are not counted.</summary>
    private static long Opened(in DagCborTokens tokens) =>
        tokens.Token is DagCborToken.Array or DagCborToken.Map ? (long)tokens.Argument : 0;
}
