using System.Buffers;
using System.Security.Cryptography;
using Defms.Core.Mime;

namespace Defms.Core.Mailboxes;

/// <summary>
/// By which the same mail that came by two ways is known as one, though relays and programs changed octets around what its author wrote:
/// SHA-256 over the fields that an author writes and the body (docs/formats/filing.md, "The same mail"). Frozen by tests/vectors/filing.
/// The default value stands for mail whose octets are not known.
/// </summary>
public readonly struct ContentHash : IEquatable<ContentHash>
{
    public const int Length = SHA256.HashSizeInBytes;

    private static readonly string[] Fields =
    [
        "From", "Sender", "Reply-To", "To", "Cc", "Date", "Subject", "Message-ID", "Content-Type", "Content-Transfer-Encoding",
    ];

    private readonly byte[]? bytes;

    private ContentHash(byte[] bytes) => this.bytes = bytes;

    /// <summary>32 bytes; none for the default value.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    public bool IsDefault => bytes is null;

    /// <exception cref="ArgumentException">There are not 32 bytes.</exception>
    public static ContentHash From(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Length ? new ContentHash(bytes.ToArray()) : throw new ArgumentException("A content hash has 32 bytes.", nameof(bytes));

    public static ContentHash Of(MailMessage mail)
    {
        using var text = new HashedText();
        foreach (string name in Fields)
        {
            foreach (HeaderField field in mail.Headers.All(name))
                text.AddField(name, field.RawValue);
        }
        text.AddLineEnd();
        text.AddBody(mail.Octets.Span[mail.Root.BodyOffset..]);
        return new ContentHash(text.Finish());
    }

    public bool Equals(ContentHash other) => Bytes.SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => obj is ContentHash other && Equals(other);

    public override int GetHashCode() => bytes is null ? 0 : BitConverter.ToInt32(bytes);

    public static bool operator ==(ContentHash left, ContentHash right) => left.Equals(right);

    public static bool operator !=(ContentHash left, ContentHash right) => !left.Equals(right);

    public override string ToString() => Convert.ToHexStringLower(Bytes);

    /// <summary>The text that is hashed, gathered so that the hash function is called for pages and not for lines.</summary>
    private sealed class HashedText : IDisposable
    {
        private const int PageLength = 32 * 1024;

        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly byte[] page = ArrayPool<byte>.Shared.Rent(PageLength);
        private int length;

        /// <summary>The name in lower case, a colon, the value with every run of white space made one space and none at its ends, CRLF.</summary>
        public void AddField(string name, ReadOnlySpan<byte> value)
        {
            foreach (char letter in name)
                Add((byte)char.ToLowerInvariant(letter));
            Add((byte)':');
            value = MailSyntax.Trim(value);
            for (int i = 0; i < value.Length; i++)
            {
                if (!MailSyntax.IsSpace(value[i]))
                    Add(value[i]);
                else if (!MailSyntax.IsSpace(value[i - 1]))
                    Add((byte)' ');
            }
            AddLineEnd();
        }

        /// <summary>Its lines, each with CRLF behind it; a line ends with CRLF, LF or CR. Empty lines at the end are left out.</summary>
        public void AddBody(ReadOnlySpan<byte> body)
        {
            body = body.TrimEnd("\r\n"u8);
            while (!body.IsEmpty)
            {
                int end = body.IndexOfAny((byte)'\r', (byte)'\n');
                Add(end < 0 ? body : body[..end]);
                AddLineEnd();
                if (end < 0)
                    return;
                body = body[(body[end..].StartsWith("\r\n"u8) ? end + 2 : end + 1)..];
            }
        }

        public void AddLineEnd()
        {
            Add((byte)'\r');
            Add((byte)'\n');
        }

        public byte[] Finish()
        {
            Flush();
            return hash.GetHashAndReset();
        }

        public void Dispose()
        {
            hash.Dispose();
            ArrayPool<byte>.Shared.Return(page, clearArray: true);
        }

        private void Add(ReadOnlySpan<byte> octets)
        {
            if (octets.Length > page.Length - length)
                Flush();
            if (octets.Length > page.Length)
            {
                hash.AppendData(octets);
                return;
            }
            octets.CopyTo(page.AsSpan(length));
            length += octets.Length;
        }

        private void Add(byte octet)
        {
            if (length == page.Length)
                Flush();
            page[length++] = octet;
        }

        private void Flush()
        {
            hash.AppendData(page, 0, length);
            length = 0;
        }
    }
}
