using System.Security.Cryptography;
using System.Text.Json;
using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Storage;
using Defms.Core.Tests.Mailboxes;
using Defms.Core.Tests.Mime;

namespace Defms.Core.Tests.Storage;

public sealed class MailFilesTests
{
    [Theory]
    [InlineData("mail/easy-ham-1")]
    [InlineData("mime")]
    [InlineData("dkim")]
    public async Task Every_message_of_the_test_data_comes_back_byte_for_byte_in_every_format(string folder)
    {
        List<byte[]> mails = [.. SharedFiles.All(folder).Select(File.ReadAllBytes).Where(octets => octets.Length > 0).DistinctBy(Convert.ToHexString)];
        var random = new Random(7);
        List<CollectedMail> given = [.. mails.Select(octets => new CollectedMail { Place = "test", Octets = octets, Flags = AnyFlags(random) })];
        using Owner owner = new();
        Assert.Equal(mails.Count, owner.Import(given).Imported);
        IReadOnlyList<string> expected = Sorted(given.Select(mail => (mail.Octets, mail.Flags!.Value)));
        Assert.Equal(expected, ReadMbox(owner));
        Assert.Equal(expected, ReadMaildir(owner));
        Assert.Equal(expected, ReadJson(owner));
        Assert.Equal(mails.Select(Digest).Order(), ReadMessages(owner));
        await AssertCarsAsync(owner);
    }

    [Fact]
    public void Names_in_a_Maildir_carry_flags_and_folders_in_folders_are_found()
    {
        using Owner owner = new();
        string[] names = ["a/cur/1.x:2,FS", "a/new/2.x", "a/cur/3.x:2,DPRT", "a/.Sent/cur/4.x;2,S", "a/tmp/5.x", "a/cur/.6.x"];
        foreach (string name in names)
        {
            Directory.CreateDirectory(owner.File(Path.GetDirectoryName(name)!));
            foreach (string part in (string[])["cur", "new", "tmp"])
                Directory.CreateDirectory(owner.File(Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(name)!)!, part)));
            File.WriteAllBytes(owner.File(name), Owner.Mail(Path.GetFileName(name)[..3] + "@x"));
        }
        IEnumerable<CollectedMail> mails = MailFiles.Find(owner.File("a")).SelectMany(file => MailFiles.Read(file, MboxVariant.Detect, 0));
        Assert.Equal(
            ["1.x FS", "2.x ", "3.x DPRT", "4.x S"],
            mails.Select(mail => $"{Path.GetFileName(mail.Place)[..3]} {FilingFlags.ToLetters(mail.Flags!.Value)}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Status_fields_of_an_mbox_become_flags()
    {
        using Owner owner = new();
        File.WriteAllText(owner.File("mail"), """
            From bob@example.net Mon Jan  2 15:04:05 2006
            Message-ID: <1@x>
            Status: RO
            X-Status: AF

            From bob@example.net Mon Jan  2 15:04:05 2006
            Message-ID: <2@x>
            X-Mozilla-Status: 1003

            From bob@example.net Mon Jan  2 15:04:05 2006
            Message-ID: <3@x>


            """);
        owner.ImportFrom(owner.File("mail"));
        IEnumerable<MessageRow> rows = owner.Store.Read(tables => tables.Threads.All().SelectMany(thread => tables.Messages.InThread(thread.Id)).ToList());
        Assert.Equal(["1@x FRS", "2@x PRS", "3@x "], rows.Select(row => $"{row.MessageId} {FilingFlags.ToLetters(row.Flags)}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_message_file_with_a_From_line_is_one_message_with_that_line()
    {
        using Owner owner = new();
        byte[] octets = [.. "From bob@example.net Mon Jan  2 15:04:05 2006\n"u8, .. Owner.Mail("a@x")];
        File.WriteAllBytes(owner.File("a.eml"), octets);
        Assert.Equal(octets, Assert.Single(MailFiles.Read(Assert.Single(MailFiles.Find(owner.File("a.eml"))), MboxVariant.Detect, 0)).Octets);
    }

    private static MessageFlags AnyFlags(Random random) => FilingFlags.FromLetters(new string(random.GetItems("DFPRST".AsSpan(), random.Next(3))));

    private static List<string> ReadMbox(Owner owner)
    {
        Export(owner, MailFilesOutput.Mbox(owner.File("out.mbox")));
        return Sorted(MailFiles.Find(owner.File("out.mbox")).SelectMany(file => MailFiles.Read(file, MboxVariant.Rd, 0)));
    }

    private static List<string> ReadMaildir(Owner owner)
    {
        Export(owner, MailFilesOutput.Folder(owner.File("maildir")));
        Assert.Empty(Directory.EnumerateFiles(owner.File("maildir/tmp")));
        return Sorted(MailFiles.Find(owner.File("maildir")).SelectMany(file => MailFiles.Read(file, MboxVariant.Detect, 0)));
    }

    private static List<string> ReadJson(Owner owner)
    {
        Export(owner, MailFilesOutput.Json(owner.File("out.json")));
        return Sorted(File.ReadLines(owner.File("out.json")).Select(line => JsonDocument.Parse(line).RootElement)
            .Select(row => (row.GetProperty("octets").GetBytesFromBase64(), FilingFlags.FromLetters(row.GetProperty("flags").GetString()))));
    }

    private static IEnumerable<string> ReadMessages(Owner owner)
    {
        Export(owner, MailFilesOutput.Messages(owner.File("messages")));
        return Directory.EnumerateFiles(owner.File("messages")).Select(path => Digest(File.ReadAllBytes(path))).Order();
    }

    private static void Export(Owner owner, IMailOutput output)
    {
        using (output)
        {
            var export = new MailFilesExport(owner.Store);
            Assert.Empty(export.Run(export.AllConversations(), output.Write, (_, _) => { }, TestContext.Current.CancellationToken).NotWhole);
            output.Commit();
        }
    }

    /// <summary>Another home of the same person takes the threads over, with the same roots.</summary>
    private static async Task AssertCarsAsync(Owner owner)
    {
        using Owner other = new();
        var writer = new MailFilesCarWriter(owner.Store, owner.Identity, TimeProvider.System, RandomSource.System);
        foreach (Cid[] threads in owner.Roots().Select(pair => pair.Thread).Chunk(MailFilesCarWriter.MaxThreads))
        {
            string path = owner.File("threads.car");
            long written = await writer.WriteAsync(path, threads, TestContext.Current.CancellationToken);
            FilingResult first = await new MailFilesCarReader(other.Store, other.Identity).ReadAsync(path, TestContext.Current.CancellationToken);
            FilingResult second = await new MailFilesCarReader(other.Store, other.Identity).ReadAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal((written, 0, 0), (first.Imported, first.AlreadyHere, first.Unreadable));
            Assert.Equal((0, written, 0), (second.Imported, second.AlreadyHere, second.Unreadable));
        }
        Assert.Equal(owner.Roots(), other.Roots());
    }

    private static List<string> Sorted(IEnumerable<CollectedMail> mails) =>
        Sorted(mails.Select(mail => (mail.Octets, mail.Flags ?? FilingFlags.FromFields(MailMessage.Parse(mail.Octets)))));

    private static List<string> Sorted(IEnumerable<(byte[] Octets, MessageFlags Flags)> mails) =>
        [.. mails.Select(mail => $"{Digest(mail.Octets)} {FilingFlags.ToLetters(mail.Flags)}").Order(StringComparer.Ordinal)];

    private static string Digest(byte[] octets) => Convert.ToHexString(SHA256.HashData(octets));
}
