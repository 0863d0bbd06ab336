using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mime;
using Defms.Core.Tests.Support;
using Defms.Core.Tests.Threads;
using Defms.Core.Threads;

namespace Defms.Core.Tests.Mailboxes;

/// <summary>tests/vectors/filing, which reference.py beside them computes a second time from docs/formats.</summary>
public sealed class FilingVectorTests
{
    private const string Plain = "From: Bob <bob@example.net>\r\nTo: alice@example.org\r\nDate: Mon, 2 Jan 2006 15:04:05 +0000\r\nSubject: lunch\r\nMessage-ID: <a@x>\r\n";

    private static readonly VectorFolder Folder = new("filing");

    private static readonly (string Name, string Octets)[] Mails =
    [
        ("by its own Message-ID", Plain + "\r\nAt noon?\r\n"),
        ("by the first of References", Plain + "In-Reply-To: <c@x>\r\nReferences: <b@x>\r\n <c@x>\r\n\r\nYes.\r\n"),
        ("References holds no identifier", Plain + "In-Reply-To: <c@x>\r\nReferences: none\there\r\n\r\nYes.\r\n"),
        ("by In-Reply-To", Plain + "In-Reply-To: <c@x>\r\n\r\nYes.\r\n"),
        ("the last of In-Reply-To", Plain + "In-Reply-To: Message from Bob <bob@example.net> of Monday <c@x>\r\n\r\nYes.\r\n"),
        ("In-Reply-To is a sentence", Plain + "In-Reply-To: what bob@example.net wrote\r\n\r\nYes.\r\n"),
        ("In-Reply-To is a word", Plain + "In-Reply-To: c@x\r\n\r\nYes.\r\n"),
        ("an identifier that was folded", Plain + "References: <long\r\n\tlong@x>\r\n\r\nYes.\r\n"),
        ("an identifier in Latin-1", Plain + "References: <\u00e9@x>\r\n\r\nYes.\r\n"),
        ("by its octets", "From: bob@example.net\r\n\r\nNo name.\r\n"),
        ("no header", "\r\nNothing else.\r\n"),
        ("nothing", ""),
    ];

    /// <summary>Mails of one row are the same mail, those of different rows are not.</summary>
    private static readonly (string Name, string[] Octets)[] Same =
    [
        ("line ends, folds, fields of relays and empty lines at the end do not count",
        [
            Plain + "\r\nAt noon?\r\n\r\nBob\r\n",
            (Plain + "\r\nAt noon?\r\n\r\nBob\r\n").Replace("\r\n", "\n"),
            (Plain + "\r\nAt noon?\r\n\r\nBob").Replace("\r\n", "\r"),
            "From bob@example.net Mon Jan  2 15:04:05 2006\r\nReceived: by relay\r\n" + Plain.Replace("Subject: lunch", "SUBJECT:\r\n  lunch\t") + "Status: RO\r\n\r\nAt noon?\r\n\r\nBob\r\n\r\n\r\n",
        ]),
        ("the body counts", [Plain + "\r\nAt one?\r\n\r\nBob\r\n"]),
        ("spaces in the body count", [Plain + "\r\nAt noon?\r\n\r\nBob \r\n"]),
        ("every field of a name counts", [Plain + "To: carol@example.com\r\n\r\nAt noon?\r\n\r\nBob\r\n"]),
        ("the encoding counts", [Plain + "Content-Transfer-Encoding: 8bit\r\n\r\nAt noon?\r\n\r\nBob\r\n"]),
        ("an empty body", [Plain + "\r\n", Plain, Plain + "\r\n\r\n"]),
        ("nothing", ["", "\r\n"]),
    ];

    [Fact]
    public void Mail_is_filed_as_in_the_vector()
    {
        using Identity first = People.Person(0xa1), second = People.Person(0xa1, epoch: 1);
        Folder.Freeze("filing.json", new JsonObject
        {
            ["about"] = "docs/formats/filing.md. Octets are Latin-1 text. The owner's recovery seed is the byte a1 32 times. Genesis, message and root are CIDs; the message has no time.",
            ["filed"] = new JsonArray([.. Mails.Select(mail => Row(first, mail.Name, mail.Octets)), Row(second, "in the next epoch", Mails[0].Octets)]),
        });
    }

    [Fact]
    public void Content_hashes_are_as_in_the_vector()
    {
        var rows = Same.Select(row => (row.Name, row.Octets, Hashes: row.Octets.Select(HashOf).Distinct().ToList())).ToList();
        Assert.All(rows, row => Assert.Single(row.Hashes));
        Assert.Equal(rows.Count, rows.Select(row => row.Hashes[0]).Distinct().Count());
        Folder.Freeze("content.json", new JsonObject
        {
            ["about"] = "docs/formats/filing.md, 'The same mail'. Octets are Latin-1 text; all of a row have the one content hash.",
            ["same"] = new JsonArray([.. rows.Select(row => new JsonObject
            {
                ["name"] = row.Name,
                ["content"] = row.Hashes[0],
                ["octets"] = new JsonArray([.. row.Octets.Select(octets => JsonValue.Create(octets))]),
            })]),
        });
    }

    private static string HashOf(string octets) => ContentHash.Of(MailMessage.Parse(Encoding.Latin1.GetBytes(octets))).ToString();

    private static JsonObject Row(Identity owner, string name, string text)
    {
        byte[] octets = Encoding.Latin1.GetBytes(text);
        MailMessage mail = MailMessage.Parse(octets);
        var id = FilingId.Of(mail, SHA256.HashData(octets));
        using var filing = new Filing(owner);
        using Thread thread = filing.Open(id);
        Message message = filing.Seal(thread, id, mail, MessageFlags.None).Message.Message;
        Assert.True(thread.Genesis.IsFiled);
        return new JsonObject
        {
            ["name"] = name,
            ["epoch"] = owner.CurrentEpoch,
            ["octets"] = text,
            ["id"] = id.Text,
            ["key"] = Convert.ToHexStringLower(thread.Key),
            ["genesis"] = Folder.Freeze(thread.Genesis.Block.Span),
            ["message"] = Folder.Freeze(message.Block.Span),
            ["root"] = ThreadRoot.Build(thread.Id, [message.Cid]).Root.ToString(),
        };
    }
}
