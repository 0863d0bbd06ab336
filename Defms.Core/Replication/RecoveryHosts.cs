using Defms.Core.Identities;

namespace Defms.Core.Replication;

/// <summary>
/// The hosts that a recovered identity has still to read. Only from these, and only until each was read to its end once, what the owner's
/// earlier keys announced to himself is believed: it is what the lost machines left there.
/// </summary>
public static class RecoveryHosts
{
    private const string Setting = "recovery.hosts";

    public static void Begin(IReplicationTables tables, IEnumerable<Did> hosts) => Set(tables, hosts.Select(host => host.ToString()));

    /// <summary>Whether any was not read yet: until then nothing is told, for records of the new keys would take the place of those there.</summary>
    public static bool IsUnderWay(IReplicationTables tables) => Names(tables).Length > 0;

    public static bool Contains(IReplicationTables tables, Did host) => Names(tables).Contains(host.ToString());

    /// <summary>It was read, or is given up.</summary>
    public static void Done(IReplicationTables tables, Did host) => Set(tables, Names(tables).Where(name => name != host.ToString()));

    private static string[] Names(IReplicationTables tables) =>
        (tables.Settings.Get(Setting) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static void Set(IReplicationTables tables, IEnumerable<string> names) => tables.Settings.Set(Setting, string.Join(' ', names.Distinct()));
}
