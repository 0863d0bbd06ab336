using Defms.Core.Mime;
using Defms.Gateway.Delivery.Client;

namespace Defms.Gateway.Delivery;

/// <summary>What one attempt came to for one recipient.</summary>
internal enum DeliveryOutcome
{
    /// <summary>The remote server has taken responsibility for it.</summary>
    Delivered,

    /// <summary>Another attempt may succeed.</summary>
    Temporary,

    /// <summary>No other attempt is worth making.</summary>
    Permanent,
}

/// <summary>What one attempt came to for one recipient, and who says so.</summary>
/// <param name="Text">The remote reply verbatim (lines joined by LF), or our own words where there is none.</param>
/// <param name="Code">The enhanced code of the reply, or one of our own.</param>
/// <param name="Remote">The server that was asked, for example "mx.example.org [192.0.2.1]"; null where none was.</param>
/// <param name="Tls">How the connection was encrypted; null where none was made.</param>
internal sealed record RecipientResult(
    MailAddress Recipient, DeliveryOutcome Outcome, string Text, EnhancedCode? Code, string? Remote = null, TlsState? Tls = null)
{
    /// <summary>True when <see cref="Text"/> was said by the remote server.</summary>
    public bool IsRemoteReply { get; init; }

    /// <summary>The result of what a server said, or of the fault in its place.</summary>
    public static RecipientResult Of(MailAddress recipient, DeliveryOutcome outcome, RemoteReply reply, string? remote, TlsState? tls) =>
        new(recipient, outcome, reply.Verbatim, reply.Enhanced, remote, tls) { IsRemoteReply = !reply.IsFault };

    /// <summary>A result that we decide ourselves.</summary>
    public static RecipientResult Own(MailAddress recipient, DeliveryOutcome outcome, EnhancedCode code, string words) =>
        new(recipient, outcome, words, code);
}
