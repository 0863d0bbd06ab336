using System.Runtime.CompilerServices;

namespace Defms.Core.Sealing;

/// <summary>Our own mistakes, caught before native code reads past an end.</summary>
internal static class Expect
{
    internal static void Length(ReadOnlySpan<byte> bytes, int length, [CallerArgumentExpression(nameof(bytes))] string? name = null)
    {
        if (bytes.Length != length)
            throw new ArgumentException($"Expected {length} bytes, not {bytes.Length}.", name);
    }
}
