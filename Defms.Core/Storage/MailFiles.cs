using System.IO.Enumeration;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Threads;

namespace Defms.Core.Storage;

/// <summary>What a file holds, by its place, its name and its first octets.</summary>
public enum MailFileKind
{
    /// <summary>Nothing that could be mail.</summary>
    Other,

    /// <summary>One message in a Maildir.</summary>
    Maildir,

    /// <summary>One message.</summary>
    Message,

    Mbox,

    /// <summary>Threads as Defms exports them.</summary>
    Car,
}

/// <summary>A file with mail.</summary>
/// <param name="Length">In octets.</param>
public sealed record MailFile(string Path, MailFileKind Kind, long Length);

/// <summary>
/// Finds mail in files and folders that the person named, and reads it one mail at a time. What cannot be read is handed out with its fault:
/// one bad file ends nothing. Only a person's own word leads here, so symbolic links are followed, each folder once.
/// </summary>
public static class MailFiles
{
    /// <summary>What stands for standard input.</summary>
    public const string StandardInput = "-";

    private const int SniffLength = 4096;

    private const string TooLarge = "It is larger than a message may be (512 MiB).";

    private static readonly string[] MessageEndings = [".eml", ".msg", ".mail"];
    private static readonly string[] MboxEndings = [".mbox", ".mbx"];

    // Indexes and caches of other mail programs, which lie between the mail.
    private static readonly string[] OtherEndings = [".msf", ".dat", ".db", ".sqlite", ".cache", ".index", ".lock", ".json", ".html", ".gz", ".zip"];

    /// <summary>The files with mail at a path, in the order of their names. A file that the person named himself is always one of them.</summary>
    /// <exception cref="IOException">There is nothing at the path.</exception>
    public static IEnumerable<MailFile> Find(string path)
    {
        if (Directory.Exists(path))
            return FindIn(new DirectoryInfo(path));
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new FileNotFoundException($"There is nothing at {path}.");
        MailFileKind kind = KindOf(file);
        return [new MailFile(path, kind == MailFileKind.Other ? MailFileKind.Message : kind, file.Length)];
    }

    /// <summary>All mail of a file that is no CAR.</summary>
    /// <param name="variant">How an mbox protects its text.</param>
    /// <param name="before">Octets read before this file, for the progress.</param>
    public static IEnumerable<CollectedMail> Read(MailFile file, MboxVariant variant, long before)
    {
        if (file.Kind != MailFileKind.Mbox)
            return [ReadMessage(file, before)];
        return ReadMbox(file, variant, before);
    }

    /// <summary>All mail of an mbox that comes by a stream, which stays the caller's.</summary>
    /// <param name="name">What to call it.</param>
    public static IEnumerable<CollectedMail> ReadMbox(Stream stream, string name, MboxVariant variant, long before = 0)
    {
        var reader = new MboxReader(stream, variant, (int)Message.MaxSize);
        int number = 0;
        while (TryRead(reader, name, number, before, out CollectedMail? mail))
        {
            if (number == 0 && reader.Skipped > 2)
                yield return new CollectedMail { Place = name, Fault = $"Its first {reader.Skipped} octets are no message: no \"From \" line begins them." };
            number++;
            yield return mail;
            if (mail.Fault is not null && mail.Octets.Length == 0 && mail.Place == name)
                yield break;
        }
        if (number == 0)
            yield return new CollectedMail { Place = name, Fault = "It holds no message: no line in it begins one with \"From \" and a date." };
    }

    private static IEnumerable<MailFile> FindIn(DirectoryInfo top)
    {
        HashSet<string> seen = [];
        var open = new Stack<DirectoryInfo>([top]);
        while (open.TryPop(out DirectoryInfo? folder))
        {
            if (!seen.Add(folder.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder.FullName))
                continue;
            bool isMaildir = Maildir.Is(folder.FullName);
            foreach (DirectoryInfo below in folder.EnumerateDirectories().OrderByDescending(each => each.Name, StringComparer.Ordinal))
            {
                if (isMaildir && below.Name is "cur" or "new" or "tmp" || below.Name is ".notmuch" or ".git")
                    continue;
                open.Push(below);
            }
            foreach (MailFile file in isMaildir ? FindMaildir(folder) : FindLoose(folder))
                yield return file;
        }
    }

    private static IEnumerable<MailFile> FindMaildir(DirectoryInfo folder) =>
        from part in (string[])["cur", "new"]
        let path = Path.Combine(folder.FullName, part)
        from file in List(path)
        select new MailFile(Path.Combine(path, file.Name), MailFileKind.Maildir, file.Length);

    /// <summary>Names and lengths alone, sorted: a Maildir may hold a million files.</summary>
    private static List<(string Name, long Length)> List(string folder)
    {
        var files = new FileSystemEnumerable<(string Name, long Length)>(folder, (ref FileSystemEntry entry) => (entry.FileName.ToString(), entry.Length))
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && entry.FileName[0] != '.',
        };
        List<(string Name, long Length)> listed = [.. files];
        listed.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        return listed;
    }

    private static IEnumerable<MailFile> FindLoose(DirectoryInfo folder) =>
        from file in folder.EnumerateFiles().OrderBy(each => each.Name, StringComparer.Ordinal)
        where file.Name[0] != '.' && file.Length > 0
        let kind = KindOf(file)
        where kind != MailFileKind.Other
        select new MailFile(file.FullName, kind, file.Length);

    private static MailFileKind KindOf(FileInfo file)
    {
        string name = file.Name.ToLowerInvariant();
        if (Array.Exists(MessageEndings, ending => name.EndsWith(ending, StringComparison.Ordinal)))
            return MailFileKind.Message;
        if (Array.Exists(MboxEndings, ending => name.EndsWith(ending, StringComparison.Ordinal)))
            return MailFileKind.Mbox;
        if (name.EndsWith(".car", StringComparison.Ordinal))
            return MailFileKind.Car;
        return Array.Exists(OtherEndings, ending => name.EndsWith(ending, StringComparison.Ordinal)) ? MailFileKind.Other : Sniff(file);
    }

    /// <summary>An mbox begins with a "From " line and a date, a message with a header field.</summary>
    private static MailFileKind Sniff(FileInfo file)
    {
        byte[] head = new byte[SniffLength];
        int length;
        try
        {
            using FileStream stream = Open(file.FullName);
            length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Reading it as a message says why it cannot be read.
            return MailFileKind.Message;
        }
        ReadOnlySpan<byte> start = head.AsSpan(0, length);
        int end = start.IndexOf((byte)'\n');
        if (end > 0 && MboxLine.IsSeparator(start[..end].TrimEnd((byte)'\r')))
            return MailFileKind.Mbox;
        int colon = start.IndexOf((byte)':');
        return colon > 0 && !start[..colon].ContainsAnyExceptInRange((byte)'!', (byte)'~') && end > colon ? MailFileKind.Message : MailFileKind.Other;
    }

    private static CollectedMail ReadMessage(MailFile file, long before)
    {
        long position = before + file.Length;
        CollectedMail Faulty(string fault) => new() { Place = file.Path, Fault = fault, Position = position };
        try
        {
            using FileStream stream = Open(file.Path);
            if (stream.Length > Message.MaxSize)
                return Faulty(TooLarge);
            if (stream.Length == 0)
                return Faulty("It is empty.");
            byte[] octets = new byte[stream.Length];
            stream.ReadExactly(octets);
            MessageFlags? flags = file.Kind == MailFileKind.Maildir ? Maildir.FlagsOf(Path.GetFileName(file.Path)) : null;
            return new CollectedMail { Place = file.Path, Octets = octets, Flags = flags, Position = position };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Faulty(e.Message);
        }
    }

    private static IEnumerable<CollectedMail> ReadMbox(MailFile file, MboxVariant variant, long before)
    {
        FileStream? stream = null;
        CollectedMail? fault = null;
        try
        {
            stream = Open(file.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = new CollectedMail { Place = file.Path, Fault = e.Message, Position = before + file.Length };
        }
        using (stream)
        {
            foreach (CollectedMail mail in stream is null ? [fault!] : ReadMbox(stream, file.Path, variant, before))
                yield return mail;
        }
    }

    /// <summary>The next mail of an mbox, or the fault that ends it.</summary>
    private static bool TryRead(MboxReader reader, string name, int number, long before, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out CollectedMail? mail)
    {
        mail = null;
        try
        {
            if (!reader.TryRead(out MboxEntry entry))
                return false;
            string place = $"{name}: message {number + 1}, at octet {entry.Offset}";
            string? fault = entry.IsTooLarge ? TooLarge : entry.Octets.Length == 0 ? "It is empty." : null;
            MessageFlags? flags = entry.Mark is { } mark ? FilingFlags.FromLetters(mark) : null;
            mail = new CollectedMail { Place = place, Octets = entry.Octets, Flags = flags, Fault = fault, Position = before + reader.Position };
        }
        catch (IOException e)
        {
            mail = new CollectedMail { Place = name, Fault = $"It can be read no further: {e.Message}", Position = before };
        }
        return true;
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
}
