namespace Defms.Gateway.Imap;

/// <summary>Why work with an IMAP server ended.</summary>
public enum ImapFault
{
    /// <summary>The network: not reached, broken off, silent for too long, or the server said goodbye. Trying again is right.</summary>
    Lost,

    /// <summary>The server does not offer, or did not keep, what makes the connection safe. Nothing secret was sent.</summary>
    Unsafe,

    /// <summary>The server does not let the person in. Trying again soon may lock the account.</summary>
    NotLetIn,

    /// <summary>What the server sent is no IMAP, or exceeds a limit.</summary>
    BadAnswer,

    /// <summary>The server refused a command.</summary>
    Refused,
}

/// <summary>Work with a server ended; the message is a sentence for the owner of the account, without secrets.</summary>
public sealed class ImapException(ImapFault fault, string message, Exception? cause = null) : Exception(message, cause)
{
    public ImapFault Fault { get; } = fault;
}
