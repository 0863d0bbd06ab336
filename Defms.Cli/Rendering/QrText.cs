using System.Text;
using QRCoder;

namespace Defms.Cli.Rendering;

/// <summary>A QR code in a terminal, two rows of modules to a line.</summary>
internal static class QrText
{
    /// <summary>Lines of the code with its quiet zone. With colours it is dark on light on every terminal; without them it suits dark ones.</summary>
    public static IEnumerable<string> Lines(string text, bool hasColour)
    {
        using var generator = new QRCodeGenerator();
        using QRCodeData code = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.L);
        List<System.Collections.BitArray> rows = code.ModuleMatrix;
        for (int y = 0; y < rows.Count; y += 2)
        {
            var line = new StringBuilder();
            for (int x = 0; x < rows[y].Length; x++)
            {
                bool upper = rows[y][x], lower = y + 1 < rows.Count && rows[y + 1][x];
                line.Append(hasColour ? Half(upper, lower) : Half(!upper, !lower));
            }
            yield return hasColour ? $"\e[30;107m{line}\e[0m" : line.ToString();
        }
    }

    private static char Half(bool upper, bool lower) => (upper, lower) switch
    {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        _ => ' ',
    };
}
