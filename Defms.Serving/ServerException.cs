namespace Defms.Serving;

/// <summary>A server cannot start as it was told to; the message names the option and the reason.</summary>
public sealed class ServerException(string message) : Exception(message);
