using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Replication;
using Defms.Core.Threads;

namespace Defms.Gateway.Accounts;

/// <summary>Takes mail for the old world from owners of accounts alone, and in the name of their own addresses alone: this is no open relay.</summary>
internal sealed class SubmissionDesk(AccountDirectory accounts) : ISubmissionDesk
{
    public bool IsAccount(Did sender) => accounts.Current.IsAccount(sender);

    public string? Refusal(Did sender, Submission submission, MailMessage mail)
    {
        AccountBook book = accounts.Current;
        string? reason = SenderCheck.Refusal(submission.From, mail, address => book.OwnerOf(address) == sender);
        return reason is null ? null : $"the mail {reason}";
    }
}
