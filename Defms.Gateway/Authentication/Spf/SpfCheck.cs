using System.Net;
using System.Text;
using Defms.Core.Mime;
using Defms.Gateway.Dns;

namespace Defms.Gateway.Authentication.Spf;

/// <summary>What SPF says of a sender (RFC 7208).</summary>
/// <param name="Domain">The domain that was checked: of MAIL FROM, or of HELO for the null sender. Lower-case ASCII; empty when there is none.</param>
/// <param name="Explanation">What the domain wants a refused sender to read; null unless the result is fail and it gave one. Printable ASCII.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record SpfVerdict(AuthResult Result, string Domain, string? Explanation, string Reason);

/// <summary>check_host() of RFC 7208, section 4, for MAIL FROM, or for HELO where the sender is null.</summary>
/// <param name="receiver">Our own name, for the macro r.</param>
public sealed class SpfCheck(IResolver resolver, TimeProvider time, string receiver)
{
    /// <summary>An explanation goes into an SMTP reply: no more than fits in a few lines of it.</summary>
    private const int MaxExplanation = 500;

    /// <param name="client">The address that connected.</param>
    /// <param name="helo">What it called itself.</param>
    /// <param name="sender">MAIL FROM without brackets; empty for the null sender.</param>
    public async Task<SpfVerdict> CheckAsync(IPAddress client, string helo, string sender, CancellationToken cancellation)
    {
        (string local, string domain) = Split(sender.Length > 0 ? sender : $"postmaster@{helo}");
        if (!IsCheckable(domain))
            return new SpfVerdict(AuthResult.None, "", null, "the sender has no domain to check");
        IPAddress address = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        var values = new SpfMacroValues(address, helo, local, domain, domain, "unknown", receiver, time.GetUtcNow().ToUnixTimeSeconds());
        var evaluation = new SpfEvaluation(resolver, values);
        (AuthResult result, string reason) = await evaluation.RunAsync(cancellation);
        string? explanation = result == AuthResult.Fail ? await ExplainAsync(evaluation, cancellation) : null;
        return new SpfVerdict(result, domain, explanation, reason);
    }

    private static (string Local, string Domain) Split(string sender)
    {
        int at = sender.LastIndexOf('@');
        string local = at > 0 ? sender[..at] : "postmaster";
        string domain = AddressList.Parse($"x@{sender[(at + 1)..]}").Mailboxes is [var mailbox, ..] ? mailbox.Address.AsciiDomain : "";
        return (local, domain.TrimEnd('.'));
    }

    /// <summary>A name of several labels that the DNS can hold (4.3); literals and single words have no policy.</summary>
    private static bool IsCheckable(string domain) => domain.Contains('.', StringComparison.Ordinal) && !domain.StartsWith('[') && DnsName.TryCanonical(domain, out _);

    /// <summary>The text that exp= leads to; anything wrong with it means that there is none (6.2), and it never changes the result.</summary>
    private async Task<string?> ExplainAsync(SpfEvaluation evaluation, CancellationToken cancellation)
    {
        if (evaluation.Explanation is not { } where || await evaluation.NameAsync(where, cancellation) is not { } name)
            return null;
        DnsAnswer<string> answer = await resolver.TxtAsync(name, cancellation);
        if (answer.Records is not [var text] || !Ascii.IsValid(text) || !SpfMacro.TryParse(text, explanation: true, out SpfMacro macro))
            return null;
        string? explanation = await evaluation.TextAsync(macro, cancellation);
        return explanation is { Length: <= MaxExplanation } && !explanation.Any(c => c is < ' ' or > '~') ? explanation : null;
    }
}
