using System.Security.Cryptography;

namespace Defms.Core;

/// <summary>Where chance comes from. It is handed in, so that a test can repeat a run; programs hand in <see cref="System"/>.</summary>
public abstract class RandomSource
{
    /// <summary>The operating system's generator, fit for keys; safe for use from several threads.</summary>
    public static RandomSource System { get; } = new SystemSource();

    /// <summary>Overwrites all of <paramref name="destination"/>.</summary>
    public abstract void Fill(Span<byte> destination);

    public byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        Fill(bytes);
        return bytes;
    }

    private sealed class SystemSource : RandomSource
    {
#pragma warning disable RS0030 // The one place where the banned generator is meant to be used: everyone else is pointed here.
        public override void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
#pragma warning restore RS0030
    }
}
