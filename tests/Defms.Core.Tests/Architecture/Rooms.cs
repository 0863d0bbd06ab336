using System.Reflection;
using Microsoft.Win32.SafeHandles;

namespace Defms.Core.Tests.Architecture;

/// <summary>
/// The rooms of a core whose namespaces begin with <paramref name="core"/>, and which of them may use what: a room uses only rooms
/// before it, what lies directly in the core uses none of them, Storage alone touches files, Network alone opens sockets.
/// </summary>
internal sealed class Rooms(string core)
{
    private static readonly string[] Order =
        ["Codecs", "Blocks", "Mime", "Sealing", "Identities", "Threads", "Mailboxes", "Replication", "Storage", "Network"];

    private static readonly HashSet<Type> FileTypes =
    [
        typeof(File), typeof(FileInfo), typeof(FileStream), typeof(Directory), typeof(DirectoryInfo), typeof(FileSystemInfo), typeof(DriveInfo),
        typeof(RandomAccess), typeof(SafeFileHandle), typeof(FileSystemWatcher), typeof(System.IO.MemoryMappedFiles.MemoryMappedFile),
    ];

    private static readonly string[] SocketNamespaces =
    [
        "System.Net.Sockets", "System.Net.Http", "System.Net.Security", "System.Net.WebSockets", "System.Net.Quic", "System.Net.NetworkInformation",
        "System.Net.Mail",
    ];

    /// <summary>One sentence for each use in <paramref name="assembly"/> that breaks a rule, sorted.</summary>
    public IReadOnlyList<string> Violations(Assembly assembly) => assembly.GetTypes()
        .Where(type => IsInCore(type.Namespace))
        .SelectMany(type => TypeUse.By(type).SelectMany(use => Judge(type, use)).Concat(JudgeRoom(type.Namespace!, type.FullName!)))
        .Distinct()
        .Order(StringComparer.Ordinal)
        .ToList();

    /// <summary>One sentence for each line of the source text in <paramref name="file"/>, in a room's folder, that imports a room it may not use.</summary>
    /// <remarks>Constants leave no trace in compiled code, so their arrows show only here.</remarks>
    public IEnumerable<string> ImportViolations(string room, string file, IEnumerable<string> lines) =>
        from line in lines
        let words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where words is ["using", ..] or ["global", "using", ..]
        let imported = words[^1].TrimEnd(';')
        where IsInCore(imported) && RoomOf(imported) is { } other && !MayUse(room, other)
        select Sentence(file, imported, room, RoomOf(imported)!);

    /// <summary>The room that a namespace belongs to; null for the core itself.</summary>
    public string? RoomOf(string space) => space.Length > core.Length ? space[(core.Length + 1)..].Split('.')[0] : null;

    private bool IsInCore(string? space) => space == core || space?.StartsWith(core + ".", StringComparison.Ordinal) == true;

    private static bool MayUse(string? room, string other) => Array.IndexOf(Order, other) <= Array.IndexOf(Order, room);

    private IEnumerable<string> JudgeRoom(string space, string type)
    {
        if (RoomOf(space) is { } room && !Order.Contains(room))
            yield return $"{type} lies in {room}, which is none of the rooms {string.Join(", ", Order)}.";
    }

    private IEnumerable<string> Judge(Type type, TypeUse use)
    {
        string? room = RoomOf(type.Namespace!);
        if (room != "Storage" && OpensFile(use))
            yield return $"{use.User} uses {use.Used.DeclaringType ?? use.Used}: only Storage touches files.";
        foreach (Type used in use.Types())
        {
            if (IsInCore(used.Namespace) && RoomOf(used.Namespace!) is { } other && !MayUse(room, other))
                yield return Sentence(use.User, used.FullName!, room, other);
            if (room != "Network" && (SocketNamespaces.Contains(used.Namespace) || used == typeof(System.Net.Dns)))
                yield return $"{use.User} uses {used.FullName}: only Network opens sockets.";
        }
    }

    private static string Sentence(string user, string used, string? room, string other) =>
        $"{user} uses {used}: the arrow {room ?? "core itself"} -> {other} points the wrong way; "
        + (room is null ? "what all rooms share uses none of them." : "a room uses only rooms before it.");

    /// <summary>The file types themselves, and text readers and writers that are made from a path.</summary>
    private static bool OpensFile(TypeUse use) =>
        use.Types().Any(FileTypes.Contains)
        || use.Used is ConstructorInfo { DeclaringType: var made } constructor
            && (made == typeof(StreamReader) || made == typeof(StreamWriter))
            && constructor.GetParameters()[0].ParameterType == typeof(string);
}
