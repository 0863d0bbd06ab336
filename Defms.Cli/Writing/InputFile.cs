using System.Text;
using Defms.Core.Mime;
using Defms.Core.Threads;

namespace Defms.Cli.Writing;

/// <summary>Files that a person names; what cannot be read is said by name.</summary>
internal static class InputFile
{
    public const string StandardInput = "-";

    /// <exception cref="CommandException">It cannot be read, or is larger than a message may be.</exception>
    public static byte[] Octets(string path)
    {
        try
        {
            using Stream stream = path == StandardInput ? Console.OpenStandardInput() : File.OpenRead(path);
            return ReadAll(stream, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CommandException($"Cannot read {path}: {e.Message} Nothing was sent.");
        }
    }

    /// <summary>UTF-8, with or without a byte order mark.</summary>
    /// <inheritdoc cref="Octets"/>
    public static string Text(string path)
    {
        byte[] octets = Octets(path);
        ReadOnlySpan<byte> text = octets.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? octets.AsSpan(Encoding.UTF8.Preamble.Length) : octets;
        return Encoding.UTF8.GetString(text);
    }

    /// <inheritdoc cref="Octets"/>
    public static DraftAttachment Attachment(string path)
    {
        string name = path == StandardInput ? "stdin" : Path.GetFileName(Path.GetFullPath(path));
        return new DraftAttachment(name, null, Octets(path));
    }

    private static byte[] ReadAll(Stream stream, string path)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[64 << 10];
        for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            if (all.Length + read > Message.MaxSize)
                throw new CommandException($"{path} is larger than a message may be ({Message.MaxSize} bytes). Nothing was sent.");
            all.Write(buffer, 0, read);
        }
        return all.ToArray();
    }
}
