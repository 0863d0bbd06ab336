namespace Defms.Serving.Peers;

/// <summary>Counts who is inside, up to a limit for each key. Safe for use by several threads.</summary>
internal sealed class Occupancy<TKey>(int limit)
    where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, int> inside = [];

    public bool TryEnter(TKey key)
    {
        lock (gate)
        {
            int count = inside.GetValueOrDefault(key);
            if (count >= limit)
                return false;
            inside[key] = count + 1;
            return true;
        }
    }

    public void Leave(TKey key)
    {
        lock (gate)
        {
            if (inside[key] == 1)
                inside.Remove(key);
            else
                inside[key]--;
        }
    }
}
