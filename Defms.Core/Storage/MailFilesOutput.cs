using System.Globalization;
using System.Text.Json;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;

namespace Defms.Core.Storage;

/// <summary>Where exported mail goes.</summary>
public interface IMailOutput : IDisposable
{
    /// <exception cref="IOException">It cannot be written.</exception>
    void Write(ExportedMail mail);

    /// <summary>Makes all of it durable; before, nothing of it counts.</summary>
    void Commit();
}

/// <summary>The forms in which mail leaves, byte for byte (docs/formats/filing.md, "Files").</summary>
public static class MailFilesOutput
{
    public static IMailOutput Mbox(string path) => new OneFile(path, WriteMbox);

    public static IMailOutput Json(string path) => new OneFile(path, WriteJson);

    public static IMailOutput Messages(string folder) => new MessageFolder(folder);

    public static IMailOutput Folder(string folder) => new MaildirFolder(folder);

    /// <summary>
    /// One message of an mboxrd: quoting that can be undone exactly, and a mark where the person's flags are not those of the mail's Status
    /// fields, or the octets do not end with a line end.
    /// </summary>
    public static void WriteMbox(Stream output, ExportedMail mail)
    {
        MailMessage read = MailMessage.Parse(mail.Octets);
        MessageFlags flags = mail.Row.Flags & FilingFlags.Personal;
        bool endsLine = mail.Octets.AsSpan().EndsWith("\n"u8);
        bool isMarked = !endsLine || flags != FilingFlags.FromFields(read);
        string sender = read.From is [var first, ..] ? first.Address.ToString() : "";
        DateTimeOffset date = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(mail.Row.Date, 0, 253_402_300_799_000));
        output.Write(MboxLine.Write(sender, date, isMarked ? FilingFlags.ToLetters(flags) + (endsLine ? "" : "-") : null));
        MboxQuoting.Write(output, mail.Octets);
        output.Write(endsLine ? "\n"u8 : "\n\n"u8);
    }

    /// <summary>One line: names, flags, what lists show, and the octets in base64.</summary>
    public static void WriteJson(Stream output, ExportedMail mail)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("message", mail.Row.Cid.ToString());
            json.WriteString("thread", mail.Thread.ToString());
            json.WriteNumber("date", mail.Row.Date);
            json.WriteString("flags", FilingFlags.ToLetters(mail.Row.Flags));
            json.WriteString("subject", mail.Row.Subject);
            json.WriteString("from", mail.Row.From);
            json.WriteString("to", mail.Row.To);
            json.WriteString("cc", mail.Row.Cc);
            json.WriteBase64String("octets", mail.Octets);
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }

    private sealed class OneFile(string path, Action<Stream, ExportedMail> write) : IMailOutput
    {
        private readonly DurableFile file = DurableFile.Create(path);

        public void Write(ExportedMail mail) => write(file.Stream, mail);

        public void Commit() => file.Commit();

        public void Dispose() => file.Dispose();
    }

    private sealed class MaildirFolder(string path) : IMailOutput
    {
        private readonly MaildirWriter writer = new(path);

        public void Write(ExportedMail mail) => writer.Write(mail.Row, mail.Octets);

        public void Commit() => writer.Dispose();

        public void Dispose() => writer.Dispose();
    }

    /// <summary>Names sort by date: <c>20020822-123623-k3hq7xza.eml</c>.</summary>
    private sealed class MessageFolder : IMailOutput
    {
        private readonly string folder;

        public MessageFolder(string path)
        {
            folder = Path.GetFullPath(path);
            DurableFile.EnsureDirectory(folder);
        }

        public void Write(ExportedMail mail)
        {
            DateTime date = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(mail.Row.Date, 0, 253_402_300_799_000)).UtcDateTime;
            string name = mail.Row.Cid.ToString()[Blocks.Cid.ConstantPrefixLength..];
            string file = string.Create(CultureInfo.InvariantCulture, $"{date:yyyyMMdd-HHmmss}-{name[..16]}.eml");
            DurableFile.Write(Path.Combine(folder, file), mail.Octets);
        }

        public void Commit()
        {
            // Each file is durable already.
        }

        public void Dispose()
        {
            // Nothing is held between two files.
        }
    }
}
