namespace Defms.Core.Mime;

/// <summary>Media types of file names, as registered with IANA: the ones that people send.</summary>
public static class FileTypes
{
    /// <summary>The type of what nobody knows.</summary>
    public const string Unknown = "application/octet-stream";

    /// <summary>The media type for a file name by its extension.</summary>
    public static string Of(string name)
    {
        int dot = name.LastIndexOf('.');
        return dot < 0 ? Unknown : OfExtension(name[(dot + 1)..].ToLowerInvariant());
    }

    private static string OfExtension(string extension) => extension switch
    {
        "txt" or "text" or "log" => "text/plain",
        "htm" or "html" => "text/html",
        "csv" => "text/csv",
        "md" or "markdown" => "text/markdown",
        "ics" => "text/calendar",
        "vcf" => "text/vcard",
        "css" => "text/css",
        "js" or "mjs" => "text/javascript",
        "patch" or "diff" => "text/x-diff",
        "xml" => "application/xml",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "rtf" => "application/rtf",
        "zip" => "application/zip",
        "gz" or "tgz" => "application/gzip",
        "tar" => "application/x-tar",
        "7z" => "application/x-7z-compressed",
        "doc" => "application/msword",
        "xls" => "application/vnd.ms-excel",
        "ppt" => "application/vnd.ms-powerpoint",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "odp" => "application/vnd.oasis.opendocument.presentation",
        "epub" => "application/epub+zip",
        "asc" or "sig" => "application/pgp-signature",
        "car" => "application/vnd.ipld.car",
        "eml" => "message/rfc822",
        "png" => "image/png",
        "jpg" or "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "tif" or "tiff" => "image/tiff",
        "bmp" => "image/bmp",
        "heic" => "image/heic",
        "avif" => "image/avif",
        "mp3" => "audio/mpeg",
        "ogg" or "oga" or "opus" => "audio/ogg",
        "wav" => "audio/wav",
        "flac" => "audio/flac",
        "m4a" => "audio/mp4",
        "mp4" or "m4v" => "video/mp4",
        "webm" => "video/webm",
        "mov" => "video/quicktime",
        _ => Unknown,
    };
}
