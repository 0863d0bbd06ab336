using Defms.Core.Mime;

namespace Defms.Cli.Rendering;

/// <summary>A name under which an attachment can be written: never hidden, never an option, never in another folder.</summary>
internal static class AttachmentName
{
    /// <param name="index">From 1; names what has no name.</param>
    public static string Of(MimePart part, int index)
    {
        string name = VisibleText.Line(part.FileName ?? "").Trim();
        name = name.Replace('/', '_').Replace('\\', '_').Replace('\uFFFD', '_');
        if (name.Length == 0)
            return part.MediaType.IsMessage ? $"message-{index}.eml" : $"attachment-{index}";
        return name[0] is '.' or '-' or '~' ? "_" + name : name;
    }
}
