using System.Buffers;
using System.IO.Pipelines;

namespace Defms.Gateway.Imap.Wire;

/// <summary>
/// Reads the answers of a server, one after another, into <see cref="Current"/>. What the server sends never throws; where it is no IMAP or
/// exceeds a limit, <see cref="ReadAsync"/> returns false, <see cref="Fault"/> says why, and the connection is of no more use.
/// </summary>
internal sealed class ResponseReader
{
    private readonly PipeReader input;
    private readonly WireLimits limits;
    private readonly OctetBudget budget;
    private readonly Watch watch;
    private readonly Tokenizer tokenizer;
    private long allowance;
    private bool waitsForEver;

    public ResponseReader(PipeReader input, WireLimits limits, OctetBudget budget, Watch watch)
    {
        (this.input, this.limits, this.budget, this.watch) = (input, limits, budget, watch);
        tokenizer = new Tokenizer(Current, limits);
        allowance = limits.CommandOctets;
    }

    /// <summary>The last answer; overwritten by the next.</summary>
    public Response Current { get; } = new();

    /// <summary>What was wrong, as words that follow "the server".</summary>
    public string? Fault { get; private set; }

    /// <summary>How many mails may still come: those that were asked for.</summary>
    public int MailsExpected { get; set; }

    /// <summary>A command begins, with an allowance of its own.</summary>
    public void BeginCommand() => allowance = limits.CommandOctets;

    /// <summary>A mail that came in another form than a literal, within the limits of the answer.</summary>
    public MailLiteral Wrap(byte[] octets) => new(octets, octets.Length, budget, leased: 0);

    /// <summary>Reads one answer that may be as long in coming as it likes.</summary>
    public async ValueTask<bool> ReadPatientlyAsync()
    {
        waitsForEver = true;
        return await ReadAsync();
    }

    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="OperationCanceledException">The watch ended it.</exception>
    public async ValueTask<bool> ReadAsync()
    {
        Current.Clear();
        bool isFirst = true;
        while (true)
        {
            int start = Current.Length;
            if (!await ReadLineAsync())
                return false;
            Range line = start..(Current.Length - 2);
            switch (isFirst ? tokenizer.Begin(line) : tokenizer.Continue(line))
            {
                case LineEnd.Whole:
                    return true;
                case LineEnd.Fault:
                    return Fail(tokenizer.Fault);
            }
            isFirst = false;
            if (!await (tokenizer.IsMail ? ReadMailAsync(tokenizer.LiteralLength) : ReadLiteralAsync(tokenizer.LiteralLength)))
                return false;
        }
    }

    private async ValueTask<bool> ReadLineAsync()
    {
        int start = Current.Length;
        while (true)
        {
            ReadResult read = await FillAsync();
            SequencePosition? end = read.Buffer.PositionOf((byte)'\n');
            ReadOnlySequence<byte> line = end is { } at ? read.Buffer.Slice(0, read.Buffer.GetPosition(1, at)) : read.Buffer;
            bool taken = Charge(line.Length) && Append(line);
            input.AdvanceTo(line.End);
            if (!taken)
                return false;
            if (end is not null)
                return Current.Octets[start..] is [.., (byte)'\r', _] || Fail("ended a line without CR");
            if (read.IsCompleted)
                return Fail("closed the connection");
        }
    }

    private async ValueTask<bool> ReadLiteralAsync(long length)
    {
        if (length > limits.LiteralOctets)
            return Fail($"sent a literal of {length} octets that is no mail");
        int start = Current.Length;
        Current.Tokens.Add(new Token(TokenKind.Literal, start, (int)length));
        while (Current.Length - start < length)
        {
            ReadResult read = await FillAsync();
            ReadOnlySequence<byte> piece = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, length - (Current.Length - start)));
            bool taken = Charge(piece.Length) && Append(piece);
            input.AdvanceTo(piece.End);
            if (!taken || (read.IsCompleted && piece.IsEmpty))
                return taken ? Fail("closed the connection in the middle of a literal") : taken;
        }
        return true;
    }

    private async ValueTask<bool> ReadMailAsync(long length)
    {
        if (Current.Mail is not null || MailsExpected == 0)
            return Fail("sent a mail that was not asked for");
        MailsExpected--;
        bool isTaken = length <= limits.MessageOctets;
        long leased = isTaken ? budget.Count(length) : 0;
        if (leased > 0)
            await budget.TakeAsync(leased, watch.Token);
        byte[]? octets = isTaken ? GC.AllocateUninitializedArray<byte>((int)length) : null;
        Current.Mail = new MailLiteral(octets, length, budget, leased);
        Current.Tokens.Add(new Token(TokenKind.Mail));
        return await CopyMailAsync(octets, length);
    }

    private async ValueTask<bool> CopyMailAsync(byte[]? octets, long length)
    {
        long done = 0;
        while (done < length)
        {
            ReadResult read = await FillAsync();
            ReadOnlySequence<byte> piece = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, length - done));
            if (octets is not null)
                piece.CopyTo(octets.AsSpan((int)done));
            done += piece.Length;
            bool isOver = read.IsCompleted && piece.IsEmpty;
            input.AdvanceTo(piece.End);
            if (isOver)
                return Fail("closed the connection in the middle of a mail");
        }
        return true;
    }

    /// <summary>What is buffered, or else what comes next, under the watch.</summary>
    private ValueTask<ReadResult> FillAsync() => input.TryRead(out ReadResult read) ? new(read) : WaitAsync();

    private async ValueTask<ReadResult> WaitAsync()
    {
        if (waitsForEver)
            watch.Pause();
        else
            watch.Begin();
        ReadResult read = await input.ReadAsync(watch.Token);
        watch.Pause();
        waitsForEver = false;
        return read;
    }

    private bool Append(in ReadOnlySequence<byte> more)
    {
        if (Current.Length + more.Length > limits.ResponseOctets)
            return Fail($"sent an answer of more than {limits.ResponseOctets} octets");
        foreach (ReadOnlyMemory<byte> piece in more)
            Current.Append(piece.Span);
        return true;
    }

    private bool Charge(long octets)
    {
        allowance -= octets;
        return allowance >= 0 || Fail($"sent more than {limits.CommandOctets} octets in answer to one command");
    }

    private bool Fail(string reason)
    {
        Fault ??= reason;
        return false;
    }
}
