namespace Defms.Core.Mime;

/// <summary>
/// One node of a message's tree: the message itself, a part of a multipart, or the message inside a message/rfc822 part. Offsets count octets of the
/// message that was parsed; nothing is copied until a Decode method is called.
/// </summary>
public sealed class MimePart
{
    private readonly ReadOnlyMemory<byte> _octets;
    private List<MimePart>? _children;
    private MediaType? _mediaType;
    private (string Value, MimeParameters Parameters)? _disposition;

    internal MimePart(ReadOnlyMemory<byte> octets, MimePart? parent, int headerOffset, int bodyOffset, HeaderList headers)
    {
        _octets = octets;
        Parent = parent;
        Depth = parent is null ? 0 : parent.Depth + 1;
        HeaderOffset = headerOffset;
        BodyOffset = BodyEnd = bodyOffset;
        Headers = headers;
    }

    public HeaderList Headers { get; }

    public MimePart? Parent { get; }

    /// <summary>The parts of a multipart, or the one message inside a message/rfc822; else empty.</summary>
    public IReadOnlyList<MimePart> Children => _children ?? (IReadOnlyList<MimePart>)[];

    public int HeaderOffset { get; }

    public int BodyOffset { get; }

    /// <summary>Behind the last octet of the body; the line end before a delimiter belongs to the delimiter.</summary>
    public int BodyEnd { get; private set; }

    /// <summary>The body as it stands in the message, not decoded.</summary>
    public ReadOnlySpan<byte> RawBody => _octets.Span[BodyOffset..BodyEnd];

    /// <summary>text/plain when the part names none or one that cannot be read; message/rfc822 inside a multipart/digest (RFC 2046, 5.1.5).</summary>
    public MediaType MediaType => _mediaType ??= ReadMediaType();

    public TransferEncoding TransferEncoding => TransferEncodings.Parse(Headers.Raw("Content-Transfer-Encoding"));

    /// <summary>"inline", "attachment" or another word in lower case (RFC 2183); null when the part has none.</summary>
    public string? Disposition => ReadDisposition().Value is { Length: > 0 } value ? value : null;

    public MimeParameters DispositionParameters => ReadDisposition().Parameters;

    /// <summary>The file name from the disposition or the media type, without folders and control characters; null when there is none.</summary>
    public string? FileName => FileNames.Clean(DispositionParameters["filename"] ?? MediaType.Parameters["name"]);

    /// <summary>Without angle brackets.</summary>
    public string? ContentId => MessageIds.First(Headers.Raw("Content-ID"));

    public bool IsLeaf => _children is null;

    internal int Depth { get; }

    /// <summary>The body after its transfer encoding is undone: octets of the content, in an array of the caller's own.</summary>
    public byte[] Decode() => TransferEncodings.Decode(RawBody, TransferEncoding);

    /// <summary>The decoded body as text by its charset. Line ends stay as they are; format=flowed is not undone.</summary>
    public string DecodeText() => TransferEncoding == TransferEncoding.Identity ? DecodeText(RawBody) : DecodeText(Decode());

    /// <summary>The message inside a message/rfc822 part, read on its own even where it was wrongly encoded; null for any other type.</summary>
    public MailMessage? EmbeddedMessage()
    {
        if (!MediaType.IsMessage)
            return null;
        return MailMessage.Parse(_children is null ? Decode() : _octets[BodyOffset..BodyEnd]);
    }

    internal void AddChild(MimePart child) => (_children ??= []).Add(child);

    internal int Close(int end) => BodyEnd = Math.Max(BodyOffset, end);

    /// <summary>An embedded message must not be encoded (RFC 2046, 5.2.1); one that says so often is not, so the first line decides.</summary>
    internal bool HoldsPlainMessage(int limit)
    {
        if (TransferEncoding == TransferEncoding.Identity)
            return true;
        ReadOnlySpan<byte> start = _octets.Span[BodyOffset..Math.Min(limit, BodyOffset + 80)].TrimStart("\r\n"u8);
        int end = start.IndexOfAny((byte)':', (byte)' ', (byte)'\n');
        return end > 0 && start[end] == ':';
    }

    private string DecodeText(ReadOnlySpan<byte> octets)
    {
        string? charset = MediaType.Parameters["charset"];
        return Charsets.Decode(octets, charset is null && MediaType.Name == "text/html" ? HtmlCharset.In(octets) : charset);
    }

    private MediaType ReadMediaType()
    {
        ReadOnlySpan<byte> value = Headers.Raw("Content-Type");
        MediaType? type = value.IsEmpty ? null : MediaType.Parse(value);
        return type ?? (Parent?.MediaType.Name == "multipart/digest" && value.IsEmpty ? MediaType.Message : MediaType.PlainText);
    }

    private (string Value, MimeParameters Parameters) ReadDisposition() =>
        _disposition ??= new ParameterReader(Headers.Raw("Content-Disposition")).Read();
}
