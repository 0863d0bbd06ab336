namespace Defms.Core.Threads;

/// <summary>A conversation with fixed parties and one key.</summary>
public sealed class Thread;
