using Defms.Core.Mime;
using Defms.Gateway.Delivery.Client;

namespace Defms.Gateway.Delivery.Bounces;

/// <summary>
/// Reads delivery reports (RFC 3464, RFC 6533 for addresses in UTF-8) as servers really write them: also outside of a multipart/report, with the
/// fields of a recipient in the same group as those of the mail, or with Exim's X-Failed-Recipients alone.
/// </summary>
internal static class BounceReader
{
    /// <summary>Octets of a status part; a thousand recipients with long replies stay below.</summary>
    private const int MaxStatus = 1 << 20;

    /// <summary>The report, or null when the mail is none that can be read.</summary>
    public static Bounce? Read(MailMessage mail)
    {
        List<MimePart> own = [.. mail.Parts().Where(part => !IsInsideMessage(part))];
        string? returned = own.Select(MessageIdOf).FirstOrDefault(id => id is not null);
        foreach (MimePart part in own.Where(IsStatus))
        {
            // Some servers call their text for people a delivery status too.
            if (Read(part, returned) is { Recipients.Count: > 0 } bounce)
                return bounce;
        }
        return FromExim(mail, returned);
    }

    private static Bounce? Read(MimePart part, string? returned)
    {
        if (part.RawBody.Length > MaxStatus)
            return null;
        IReadOnlyList<StatusFields> groups = StatusFields.Read(Decode(part));
        BouncedRecipient[] recipients = [.. groups.Where(IsRecipient).Select(Read)];
        return new Bounce(
            Value(First(groups, "Reporting-MTA")), First(groups, "Original-Envelope-Id"), returned, recipients);
    }

    /// <summary>Some servers encode all behind the first group, and say so in that group.</summary>
    private static byte[] Decode(MimePart part)
    {
        byte[] body = part.Decode();
        MailMessage inside = MailMessage.Parse(body);
        return inside.Root.TransferEncoding == TransferEncoding.Base64
            ? [.. body.AsSpan(0, inside.Root.BodyOffset), .. "\n"u8, .. inside.Root.Decode()]
            : body;
    }

    private static BouncedRecipient Read(StatusFields group) => new(
        Address(group["Final-Recipient"]),
        Address(group["Original-Recipient"]),
        Action(group["Action"]),
        EnhancedCode.TryRead(group["Status"] ?? ""),
        Value(group["Diagnostic-Code"]),
        Value(group["Remote-MTA"]));

    private static bool IsRecipient(StatusFields group) =>
        group["Final-Recipient"] is not null || group["Original-Recipient"] is not null;

    private static string? First(IReadOnlyList<StatusFields> groups, string name) =>
        groups.Select(group => group[name]).FirstOrDefault(value => value is { Length: > 0 });

    private static BounceAction Action(string? value) => value?.Split([' ', ';', '('], 2)[0].ToUpperInvariant() switch
    {
        "FAILED" or "FAILURE" => BounceAction.Failed,
        "DELAYED" => BounceAction.Delayed,
        "DELIVERED" => BounceAction.Delivered,
        "RELAYED" => BounceAction.Relayed,
        "EXPANDED" => BounceAction.Expanded,
        _ => BounceAction.Unknown,
    };

    /// <summary>"type; value": the value, or all of it where the type is missing. A type is one word; a semicolon may stand in words, too.</summary>
    private static string? Value(string? typed)
    {
        string text = typed?.Trim() ?? "";
        int semicolon = text.IndexOf(';', StringComparison.Ordinal);
        bool hasType = semicolon >= 0 && !text[..semicolon].Trim().Contains(' ', StringComparison.Ordinal);
        string value = hasType ? text[(semicolon + 1)..].Trim() : text;
        return value.Length > 0 ? value : null;
    }

    private static MailAddress? Address(string? typed)
    {
        if (Value(typed) is not { } value)
            return null;
        bool isUtf8 = typed!.TrimStart().StartsWith("utf-8", StringComparison.OrdinalIgnoreCase);
        string text = isUtf8 ? Utf8Address.Decode(value) : value;
        if (isUtf8 && text.Contains("\\x{", StringComparison.Ordinal))
            return null;
        return AddressList.Parse(text).Mailboxes is [{ Address: { IsValid: true } address }, ..] ? address : null;
    }

    private static bool IsStatus(MimePart part) => part.MediaType.Name is "message/delivery-status" or "message/global-delivery-status";

    private static bool IsInsideMessage(MimePart part)
    {
        for (MimePart? above = part.Parent; above is not null; above = above.Parent)
        {
            if (above.MediaType.IsMessage)
                return true;
        }
        return false;
    }

    private static string? MessageIdOf(MimePart part) => part.MediaType.Name switch
    {
        "text/rfc822-headers" or "message/global-headers" => MailMessage.Parse(part.Decode()).MessageId,
        _ => part.EmbeddedMessage()?.MessageId,
    };

    private static Bounce? FromExim(MailMessage mail, string? returned)
    {
        IReadOnlyList<NamedAddress> failed = mail.Mailboxes("X-Failed-Recipients");
        BouncedRecipient[] recipients =
        [
            .. from each in failed.Take(1_000)
               where each.Address.IsValid
               select new BouncedRecipient(each.Address, null, BounceAction.Failed, null, null, null),
        ];
        return recipients.Length > 0 ? new Bounce(null, null, returned, recipients) : null;
    }
}
