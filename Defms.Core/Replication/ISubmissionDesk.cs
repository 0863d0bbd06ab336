using Defms.Core.Identities;
using Defms.Core.Mime;
using Defms.Core.Threads;

namespace Defms.Core.Replication;

/// <summary>
/// What a gateway decides about those who hand mail to it. Called from several threads at once; answers from memory, and does not call the
/// store.
/// </summary>
public interface ISubmissionDesk
{
    /// <summary>Whether somebody has an account here. Asked before anything of his is read.</summary>
    bool IsAccount(Did sender);

    /// <summary>
    /// Null to take a submission; otherwise why not, in words for its sender (<see cref="Receipt.MaxReasonLength"/>). What it must look at:
    /// <see cref="Mailboxes.SenderCheck"/> with the account's addresses. Recipients are valid addresses, age and repetition were looked at.
    /// </summary>
    string? Refusal(Did sender, Submission submission, MailMessage mail);
}
