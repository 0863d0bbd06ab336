using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Blocks;

namespace Defms.Cli.Commands.Blocks;

/// <summary>What is shown of a block.</summary>
internal static class BlockText
{
    /// <summary>What it says it is, else how its bytes are to be read.</summary>
    public static string KindOf(Block block) => VisibleText.Line(BlockKind.Of(block) ?? Codec.NameOf(block.Cid.Codec));

    /// <summary>The fields that every listing has.</summary>
    public static void Write(Utf8JsonWriter json, Block block)
    {
        json.WriteString("cid", block.Cid.ToString());
        json.WriteString("codec", Codec.NameOf(block.Cid.Codec));
        if (BlockKind.Of(block) is { } kind)
            json.WriteString("kind", kind);
        json.WriteNumber("size", block.Data.Length);
    }
}
