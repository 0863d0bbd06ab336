using Defms.Core.Mime;

namespace Defms.Gateway.Delivery;

/// <summary>When the sender wants to hear of a recipient's fate (RFC 3461, 4.1). <see cref="Default"/> leaves it to the servers.</summary>
[Flags]
internal enum NotifyWhen
{
    Default = 0,
    Success = 1,
    Failure = 2,
    Delay = 4,
    Never = 8,
}

/// <summary>How much of the mail a bounce brings back (RFC 3461, 4.3).</summary>
internal enum ReturnedContent
{
    Default = 0,
    Full,
    Headers,
}

/// <summary>One recipient of the envelope.</summary>
/// <param name="Original">What the author wrote, where that was another address (ORCPT; RFC 3461, 4.2).</param>
internal sealed record MailRecipient(MailAddress Address, NotifyWhen Notify = NotifyWhen.Default, MailAddress? Original = null);
