using System.Text;

namespace Defms.Gateway.Tests.Imap.Fixtures;

/// <summary>A mail at the fake server.</summary>
internal sealed record FakeMail(uint Uid, byte[] Octets)
{
    public string Flags { get; set; } = "";

    public long ModSeq { get; set; } = 1;
}

/// <summary>A folder at the fake server.</summary>
internal sealed class FakeFolder(string attributes = "")
{
    public string Attributes { get; } = attributes;

    public uint UidValidity { get; set; } = 7;

    public uint UidNext { get; set; } = 1;

    public long ModSeq { get; set; } = 1;

    public List<FakeMail> Mails { get; } = [];

    public List<(uint Uid, long ModSeq)> Gone { get; } = [];

    public FakeMail Add(byte[] octets)
    {
        var mail = new FakeMail(UidNext++, octets) { ModSeq = ++ModSeq };
        Mails.Add(mail);
        return mail;
    }

    public void Add(int count, int from = 0)
    {
        for (int i = from; i < from + count; i++)
            Add(Encoding.UTF8.GetBytes($"Subject: {i}\r\n\r\nBody {i} (with) {{7}} \"words\" {new string('x', i % 50)}\r\n"));
    }

    public void Remove(FakeMail mail)
    {
        if (Mails.Remove(mail))
            Gone.Add((mail.Uid, ++ModSeq));
    }

    public void SetFlags(FakeMail mail, string flags) => (mail.Flags, mail.ModSeq) = (flags, ++ModSeq);
}
