using System.IO.Pipelines;
using System.Text;
using Defms.Gateway.Imap;
using Defms.Gateway.Imap.Wire;

namespace Defms.Gateway.Tests.Imap.Wire;

public sealed class ResponseReaderTests
{
    private static readonly WireLimits Small = new()
    {
        ResponseOctets = 400,
        LiteralOctets = 20,
        MessageOctets = 50,
        Tokens = 12,
        Depth = 3,
        CommandOctets = 1000,
    };

    [Theory]
    [InlineData("* 1 FETCH (UID 7 FLAGS (\\Seen $X))\r\n", "Data 1 FETCH ( UID 7 FLAGS ( \\Seen $X ) )")]
    [InlineData("* LIST () \"/\" {3}\r\na\"b\r\n", "Data LIST ( ) '/' <a\"b>")]
    [InlineData("* LIST () \"/\" ~{3+}\r\na)b\r\n", "Data LIST ( ) '/' <a)b>")]
    [InlineData("* LIST () NIL \"a\\\"\\\\b\"\r\n", "Data LIST ( ) NIL 'a\"\\b'")]
    [InlineData("* LIST () \"/\" {0}\r\n\r\n", "Data LIST ( ) '/' <>")]
    [InlineData("* OK [UIDVALIDITY 5] fine [so] {5}\r\n", "Status Ok UIDVALIDITY 5 | fine [so] {5}")]
    [InlineData("* ok [PERMANENTFLAGS (\\Deleted \\*)] Limited\r\n", "Status Ok PERMANENTFLAGS ( \\Deleted \\* ) | Limited")]
    [InlineData("* OK [X (never \"closed] fine\r\n", "Status Ok | [X (never \"closed] fine")]
    [InlineData("* OK\r\n", "Status Ok | ")]
    [InlineData("D1 NO [ALERT] no (\r\n", "Tagged No ALERT | no (")]
    [InlineData("+ \r\n", "Continuation None | ")]
    [InlineData("+ cj1h\r\n", "Continuation None | cj1h")]
    [InlineData("* 2 FETCH (BODY[] {4}\r\n{9}\n UID 3)\r\n", "Data 2 FETCH ( BODY[] MAIL UID 3 )")]
    [InlineData("* 2 FETCH (body[] {51}\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx)\r\n", "Data 2 FETCH ( body[] MAIL )")]
    [InlineData("*  5  EXISTS \r\n", "Data 5 EXISTS")]
    public async Task An_answer_is_cut_into_its_tokens_wherever_it_is_split(string wire, string expected)
    {
        Assert.Equal((expected, null), await ReadAsync([wire]));
        for (int split = 1; split < wire.Length; split++)
            Assert.Equal((expected, null), await ReadAsync([wire[..split], wire[split..]]));
        Assert.Equal((expected, null), await ReadAsync([.. wire.Select(c => c.ToString())]));
    }

    [Theory]
    [InlineData("* OK fine\n", "ended a line without CR")]
    [InlineData("\r\n", "began an answer with neither a star nor a tag")]
    [InlineData("HTTP/1.1 200 OK\r\n", "began an answer with neither a star nor a tag")]
    [InlineData("D1 MAYBE\r\n", "ended a command with neither OK, NO nor BAD")]
    [InlineData("* 1 FETCH (UID 7\r\n", "ended an answer inside a list")]
    [InlineData("* 1 FETCH )\r\n", "closed a list that was not open")]
    [InlineData("* LIST ((((\r\n", "nested lists more than 3 deep")]
    [InlineData("* LIST \"a\r\n", "left a quoted string open at the end of a line")]
    [InlineData("* LIST {5} x\r\n", "announced a literal in the middle of a line")]
    [InlineData("* LIST {-5}\r\n", "announced a literal without a usable length")]
    [InlineData("* LIST {99999999999999999999}\r\n", "announced a literal without a usable length")]
    [InlineData("* LIST {21}\r\n", "sent a literal of 21 octets that is no mail")]
    [InlineData("* LIST {4}\r\nab", "closed the connection in the middle of a literal")]
    [InlineData("* 1 FETCH (BODY[] {4}\r\nab", "closed the connection in the middle of a mail")]
    [InlineData("* 1 FETCH (BODY[] {1}\r\na BODY[] {1}\r\nb BODY[] {1}\r\nc)\r\n", "sent a mail that was not asked for")]
    [InlineData("* A B C D E F G H I J K L M\r\n", "sent an answer of more than 12 words")]
    [InlineData("* a\u0001b\r\n", "sent a control character outside a literal")]
    [InlineData("* OK", "closed the connection")]
    [InlineData("", "closed the connection")]
    public async Task What_is_no_imap_is_named_and_never_thrown(string wire, string fault)
    {
        Assert.Equal(fault, (await ReadAsync([wire])).Fault);
        Assert.Equal(fault, (await ReadAsync([.. wire.Select(c => c.ToString())])).Fault);
    }

    [Fact]
    public async Task A_line_without_end_is_given_up()
    {
        Assert.Equal("sent an answer of more than 400 octets", (await ReadAsync([.. Enumerable.Repeat("* aaaaaaa", 100)])).Fault);
    }

    [Fact]
    public async Task Small_answers_without_end_are_given_up()
    {
        (ResponseReader reader, _) = Open([.. Enumerable.Repeat("* 1 EXISTS\r\n", 1000)]);
        int read = 0;
        while (await reader.ReadAsync())
            read++;
        Assert.Equal(83, read);
        Assert.Equal("sent more than 1000 octets in answer to one command", reader.Fault);
    }

    [Fact]
    public async Task Any_octets_at_all_are_read_or_refused()
    {
        const int seed = 4;
#pragma warning disable RS0030 // The seed is fixed and named above.
        var random = new Random(seed);
#pragma warning restore RS0030
        const string alphabet = "* ()\"{}[]~+\\\r\n\r\n0159D OKBODYUIDFETCH\u0000\u00ff";
        for (int run = 0; run < 20_000; run++)
        {
            string wire = "* " + string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => alphabet[random.Next(alphabet.Length)]));
            (ResponseReader reader, OctetBudget budget) = Open([wire]);
            while (await reader.ReadAsync())
                FetchItem.TryRead(reader.Current, out _, out _);
            Assert.False(string.IsNullOrEmpty(reader.Fault), $"seed {seed}, run {run}");
            reader.Current.Clear();
            Assert.InRange(budget.Peak, 0, 100);
        }
    }

    private static async Task<(string? Shown, string? Fault)> ReadAsync(string[] pieces)
    {
        (ResponseReader reader, _) = Open(pieces);
        return await reader.ReadAsync() ? (Show(reader.Current), null) : (null, reader.Fault);
    }

    private static (ResponseReader Reader, OctetBudget Budget) Open(string[] pieces)
    {
        var stream = new PiecesStream([.. pieces.Select(Encoding.Latin1.GetBytes)]);
        var budget = new OctetBudget(100);
        var watch = new Watch(TimeSpan.FromMinutes(10), TimeProvider.System, TestContext.Current.CancellationToken);
        return (new ResponseReader(PipeReader.Create(stream), Small, budget, watch) { MailsExpected = 2 }, budget);
    }

    private static string Show(Response response)
    {
        var words = new List<string> { response.Kind.ToString() };
        if (response.Kind != ResponseKind.Data)
            words.Add(response.Status.ToString());
        words.AddRange(response.Tokens.Select(token => Show(response, token)));
        if (response.Kind != ResponseKind.Data)
            words.Add("| " + Encoding.Latin1.GetString(response.Text));
        return string.Join(' ', words);
    }

    private static string Show(Response response, Token token)
    {
        string text = Encoding.Latin1.GetString(response.Read(token));
        return token.Kind switch
        {
            TokenKind.Open => "(",
            TokenKind.Close => ")",
            TokenKind.Mail => "MAIL",
            TokenKind.Quoted => $"'{text}'",
            TokenKind.Literal => $"<{text}>",
            _ => text,
        };
    }

    /// <summary>A stream that gives each piece in a read of its own.</summary>
    private sealed class PiecesStream(Queue<byte[]> pieces) : MemoryStream
    {
        public PiecesStream(byte[][] pieces)
            : this(new Queue<byte[]>(pieces))
        {
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!pieces.TryDequeue(out byte[]? piece))
                return new(0);
            piece.CopyTo(buffer);
            return new(piece.Length);
        }
    }
}
