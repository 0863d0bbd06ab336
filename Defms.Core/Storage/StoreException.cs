namespace Defms.Core.Storage;

/// <summary>The store cannot do what was asked; the message is for people: what happened, to which file, what to do.</summary>
public class StoreException(string message, Exception? inner = null) : Exception(message, inner);
