namespace Defms.Core.Mime;

/// <summary>A Content-Type (RFC 2045, 5): "type/subtype" in lower case and its parameters.</summary>
public sealed class MediaType
{
    internal MediaType(string name, MimeParameters parameters)
    {
        Name = name;
        Parameters = parameters;
    }

    /// <summary>What a part without a readable Content-Type is (RFC 2045, 5.2).</summary>
    public static MediaType PlainText { get; } = new("text/plain", MimeParameters.None);

    internal static MediaType Message { get; } = new("message/rfc822", MimeParameters.None);

    /// <summary>For example "text/plain".</summary>
    public string Name { get; }

    public MimeParameters Parameters { get; }

    public bool IsText => Name.StartsWith("text/", StringComparison.Ordinal);

    public bool IsMultipart => Name.StartsWith("multipart/", StringComparison.Ordinal);

    /// <summary>True for the types whose body is a whole message of its own.</summary>
    public bool IsMessage => Name is "message/rfc822" or "message/global" or "message/news";

    /// <summary>Reads a field's value; null when it names no type and subtype.</summary>
    public static MediaType? Parse(ReadOnlySpan<byte> value)
    {
        (string name, MimeParameters parameters) = new ParameterReader(value).Read();
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash < name.Length - 1 ? new MediaType(name, parameters) : null;
    }

    public override string ToString() => Name;
}
