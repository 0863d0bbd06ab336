using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;

namespace Defms.Cli.Rendering;

/// <summary>Leaves text readable in JSON and escapes what a terminal could obey (<see cref="VisibleText.IsHarmful"/>); nothing is lost.</summary>
internal sealed class VisibleJsonEncoder : JavaScriptEncoder
{
    public static VisibleJsonEncoder Instance { get; } = new();

    public override int MaxOutputCharactersPerInputCharacter => UnsafeRelaxedJsonEscaping.MaxOutputCharactersPerInputCharacter;

    public override bool WillEncode(int unicodeScalar) =>
        VisibleText.IsHarmful(unicodeScalar) || UnsafeRelaxedJsonEscaping.WillEncode(unicodeScalar);

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var span = new ReadOnlySpan<char>(text, textLength);
        for (int at = 0; at < span.Length;)
        {
            if (Rune.DecodeFromUtf16(span[at..], out Rune rune, out int length) != OperationStatus.Done || WillEncode(rune.Value))
                return at;
            at += length;
        }
        return -1;
    }

    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        if (!VisibleText.IsHarmful(unicodeScalar) || UnsafeRelaxedJsonEscaping.WillEncode(unicodeScalar))
            return UnsafeRelaxedJsonEscaping.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);
        string escaped = $"\\u{unicodeScalar:X4}";
        numberOfCharactersWritten = escaped.Length;
        return escaped.TryCopyTo(new Span<char>(buffer, bufferLength));
    }
}
