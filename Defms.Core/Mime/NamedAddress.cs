namespace Defms.Core.Mime;

/// <summary>A mailbox of RFC 5322: an address and the name shown with it. A name without an address has the empty address.</summary>
public sealed record NamedAddress(string? Name, MailAddress Address)
{
    /// <summary>Text for people: <c>Name &lt;local@domain&gt;</c>, the name quoted where it could be misread.</summary>
    public override string ToString()
    {
        if (string.IsNullOrEmpty(Name))
            return Address.ToString();
        return Address.IsEmpty ? Name : $"{QuoteIfNeeded(Name)} <{Address}>";
    }

    /// <summary>Reads one mailbox, for example what a person typed: <c>Name &lt;a@b&gt;</c> or <c>a@b</c>. The address must be valid.</summary>
    public static bool TryParse(string? text, out NamedAddress? mailbox)
    {
        AddressList list = AddressList.Parse(text ?? "");
        mailbox = list.Mailboxes.Count == 1 && list.Mailboxes[0].Address.IsValid ? list.Mailboxes[0] : null;
        return mailbox is not null;
    }

    /// <summary>A phrase (RFC 5322, 3.2.5): the words as they are when all are atoms, else a quoted string.</summary>
    internal static string QuoteIfNeeded(string name)
    {
        bool plain = name[0] != ' ' && name[^1] != ' ' && !name.Contains("  ", StringComparison.Ordinal)
            && name.All(c => c == ' ' || MailSyntax.IsAtext(c)) && !name.Contains("=?", StringComparison.Ordinal);
        return plain ? name : "\"" + name.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
    }
}
