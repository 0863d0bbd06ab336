using Defms.Core;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Replication;
using Defms.Core.Storage;
using Defms.Core.Threads;

namespace Defms.Cli;

/// <summary>The command cannot be done; the message is for the person.</summary>
internal sealed class CommandException(string message, int exitCode = ExitCode.Failed) : Exception(message)
{
    public int Code { get; } = exitCode;
}

/// <summary>What an exception means to the person: words and an exit code.</summary>
/// <param name="IsFault">Whether Defms itself is wrong, and the stack is worth reporting.</param>
internal readonly record struct Failure(string Message, int Code, bool IsFault)
{
    public static Failure Of(Exception exception) => exception switch
    {
        CommandException e => new Failure(e.Message, e.Code, IsFault: false),
        MailboxException { Fault: MailboxFault.Usage } e => new Failure(e.Message, ExitCode.Usage, IsFault: false),
        MailboxException { Fault: MailboxFault.NotFound } e => new Failure(e.Message, ExitCode.NotFound, IsFault: false),
        MailDraftException or CardException => new Failure(exception.Message, ExitCode.Usage, IsFault: false),
        SqliteException { IsFull: true } => Failed("The disk is full; nothing of this was stored. Make room and try again."),
        SqliteException { IsBusy: true } => Failed("Another program holds the store for too long; nothing of this was stored. Try again."),
        SqliteException { IsReadOnly: true } => Failed("The store cannot be written: its file or folder does not allow it."),
        SqliteException { IsCorrupt: true } e => Failed($"The store is damaged ({e.Message}). Stop defms-daemon and run 'defms verify --repair', or go back to a backup."),
        OperationCanceledException => Failed("Cancelled."),
        MailboxException or ThreadException or StoreException or PeerException or BlockNodeException or NativeLibraryMissingException => Failed(exception.Message),
        IOException or UnauthorizedAccessException => Failed(exception.Message),
        _ => new Failure($"A fault in Defms, please report it:\n{exception}", ExitCode.Failed, IsFault: true),
    };

    private static Failure Failed(string message) => new(message, ExitCode.Failed, IsFault: false);
}
