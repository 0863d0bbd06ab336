namespace Defms.Core.Mailboxes;

/// <summary>Something the person asked for cannot be done; the message says what happened, to what, and what to do.</summary>
public sealed class MailboxException(string message, MailboxFault fault = MailboxFault.Refused) : Exception(message)
{
    public MailboxFault Fault { get; } = fault;
}

/// <summary>What kind of "cannot" it is; programs choose their exit code by it.</summary>
public enum MailboxFault
{
    Refused,

    /// <summary>What was named is not here.</summary>
    NotFound,

    /// <summary>What was given is not of its form, or names more than one thing.</summary>
    Usage,
}
