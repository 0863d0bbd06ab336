namespace Defms.Core.Replication;

/// <summary>What a store knows of itself, by setting name. Both are made with the store.</summary>
public static class StoreSettings
{
    /// <summary>16 random bytes: another store, or one restored from a backup, has others, and cursors into it start over.</summary>
    public const string Epoch = "store.epoch";

    /// <summary>16 random bytes: this machine among those of its owner.</summary>
    public const string Device = "store.device";
}
