using Defms.Core.Mime;
using Defms.Gateway.Delivery.Client;

namespace Defms.Gateway.Delivery.Bounces;

/// <summary>What a server says that it did with a mail (RFC 3464, 2.3.3).</summary>
internal enum BounceAction
{
    /// <summary>It names none, or one that is unknown; the status decides.</summary>
    Unknown,
    Failed,
    Delayed,
    Delivered,

    /// <summary>Passed on to a server that sends no reports.</summary>
    Relayed,

    /// <summary>Sent on to others by a list or alias.</summary>
    Expanded,
}

/// <summary>What a bounce says of one recipient.</summary>
/// <param name="Recipient">The address that the reporting server had last; null where it cannot be read.</param>
/// <param name="Original">The address that the author wrote, where the report has it: ours to compare with the envelope.</param>
/// <param name="Status">The enhanced code.</param>
/// <param name="Diagnostic">The remote reply or other words, on one line; null where there are none.</param>
internal sealed record BouncedRecipient(
    MailAddress? Recipient, MailAddress? Original, BounceAction Action, EnhancedCode? Status, string? Diagnostic, string? RemoteServer)
{
    /// <summary>Whether the mail will not arrive: said outright, or by a status of class 5 where no action is named.</summary>
    public bool IsFailure => Action == BounceAction.Failed || (Action == BounceAction.Unknown && Status is { Class: 5 });
}

/// <summary>A report about the delivery of a mail that was sent earlier. Anybody can write one: nothing in it is proven.</summary>
/// <param name="EnvelopeId">ENVID of the mail's envelope, where the server knew DSN.</param>
/// <param name="MessageId">Message-ID of the returned mail or header, without brackets.</param>
internal sealed record Bounce(string? ReportingServer, string? EnvelopeId, string? MessageId, IReadOnlyList<BouncedRecipient> Recipients);
