namespace Defms.Core.Mime;

/// <summary>How a body is encoded (RFC 2045, 6). Identity stands for 7bit, 8bit, binary and whatever nobody knows.</summary>
public enum TransferEncoding
{
    Identity,
    QuotedPrintable,
    Base64,
    Uuencode,
}

internal static class TransferEncodings
{
    public static TransferEncoding Parse(ReadOnlySpan<byte> value)
    {
        value = MailSyntax.Trim(value);
        if (MailSyntax.StartsWithIgnoreCase(value, "base64"u8) || MailSyntax.StartsWithIgnoreCase(value, "\"base64"u8))
            return TransferEncoding.Base64;
        if (MailSyntax.StartsWithIgnoreCase(value, "quoted-printable"u8) || MailSyntax.StartsWithIgnoreCase(value, "\"quoted"u8))
            return TransferEncoding.QuotedPrintable;
        bool uuencode = MailSyntax.StartsWithIgnoreCase(value, "x-uu"u8) || MailSyntax.StartsWithIgnoreCase(value, "uue"u8);
        return uuencode ? TransferEncoding.Uuencode : TransferEncoding.Identity;
    }

    public static byte[] Decode(ReadOnlySpan<byte> body, TransferEncoding encoding)
    {
        if (encoding == TransferEncoding.Identity || (encoding == TransferEncoding.Base64 && Base64Body.IsPlainlyNot(body)))
            return body.ToArray();
        byte[] octets = new byte[encoding == TransferEncoding.Base64 ? Base64Body.MaxLength(body.Length) : body.Length];
        int length = encoding switch
        {
            TransferEncoding.Base64 => Base64Body.Decode(body, octets),
            TransferEncoding.QuotedPrintable => QuotedPrintableBody.Decode(body, octets),
            _ => UuencodedBody.TryDecode(body, octets, out int written) ? written : CopyAll(body, octets),
        };
        return octets.AsSpan(0, length).ToArray();
    }

    private static int CopyAll(ReadOnlySpan<byte> body, Span<byte> octets)
    {
        body.CopyTo(octets);
        return body.Length;
    }
}
