using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Defms.Gateway.Smtp.Wire;

/// <summary>How the reading of a line or a mail ended.</summary>
internal enum WireEnd
{
    /// <summary>It is there.</summary>
    Whole,

    /// <summary>A line was over the limit; it was read to its end and thrown away.</summary>
    TooLong,

    /// <summary>A line with control characters, or not UTF-8.</summary>
    BadCharacters,

    /// <summary>A line ended with a bare LF: what follows cannot be trusted to be commands.</summary>
    BareLineEnd,

    /// <summary>More was sent than is even thrown away.</summary>
    Flood,
    TimedOut,
    Stopping,

    /// <summary>The client is gone.</summary>
    Closed,
}

/// <summary>
/// One connection's octets in both directions. Replies are held back while more commands are already there (RFC 2920) and sent before
/// waiting. Only the session uses it, one call at a time; <see cref="Stop"/> may come from anywhere.
/// </summary>
internal sealed class SmtpWire(IDuplexPipe pipe, SmtpLimits limits, TimeProvider time) : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);

    private readonly Waiting waiting = new(time);
    private volatile IDuplexPipe pipe = pipe;
    private volatile bool isStopping;

    /// <summary>The pipe in use; another after <see cref="Replace"/>.</summary>
    public IDuplexPipe Pipe => pipe;

    public bool IsStopping => isStopping;

    /// <summary>Ends a wait for a command; mails under way are read to their end.</summary>
    public void Stop()
    {
        isStopping = true;
        pipe.Input.CancelPendingRead();
    }

    /// <summary>Goes on over another pipe, the encrypted one.</summary>
    public void Replace(IDuplexPipe other) => pipe = other;

    public void Dispose() => waiting.Dispose();

    /// <summary>Queues a reply.</summary>
    public void Write(SmtpReply reply)
    {
        foreach (string line in reply.EarlierLines)
            Write(FormattableString.Invariant($"{reply.Code}-{line}\r\n"));
        Write(reply.Line + "\r\n");
    }

    /// <returns>False when the client is gone or takes nothing.</returns>
    public ValueTask<bool> FlushAsync() => waiting.FlushAsync(pipe.Output, waiting.After(limits.Reply));

    /// <summary>Reads a command line without its CRLF; everything is sent before it waits.</summary>
    /// <param name="maxLength">With CRLF.</param>
    public async ValueTask<(WireEnd End, string Line)> ReadLineAsync(int maxLength)
    {
        long deadline = waiting.After(limits.Command);
        var line = new LineScanner(maxLength);
        while (!isStopping)
        {
            if (!pipe.Input.TryRead(out ReadResult result))
            {
                if (!await FlushAsync())
                    return (WireEnd.Closed, "");
                result = await waiting.ReadAsync(pipe.Input, deadline);
            }
            if (Take(result, ref line) is { } end)
                return end;
            if (result.IsCompleted)
                return (WireEnd.Closed, "");
            if (waiting.HasPassed(deadline))
                return (WireEnd.TimedOut, "");
        }
        return (WireEnd.Stopping, "");
    }

    /// <summary>Sends what waits when it has become much, although more commands are there.</summary>
    public ValueTask<bool> RelieveAsync() =>
        pipe.Output.CanGetUnflushedBytes && pipe.Output.UnflushedBytes < SmtpLimits.UnsentReplies ? new ValueTask<bool>(true) : FlushAsync();

    /// <summary>Feeds a mail to its decoder.</summary>
    /// <param name="count">How many octets there are (BDAT); null reads to the end that the decoder sees (DATA).</param>
    public async ValueTask<WireEnd> ReadMailAsync(MailDecoder decoder, long? count)
    {
        long start = waiting.Now;
        long total = 0;
        while (count is { } all ? total < all : !decoder.HasEnded)
        {
            long deadline = Math.Min(waiting.After(limits.DataSilence), DataDeadline(start, total));
            ReadResult result = await waiting.ReadAsync(pipe.Input, deadline);
            total += Feed(decoder, result.Buffer, (count ?? long.MaxValue) - total);
            if (total > limits.Mail + limits.DiscardedMail)
                return WireEnd.Flood;
            if (result.IsCompleted && !IsWhole(decoder, count, total))
                return WireEnd.Closed;
            if (result.IsCanceled && waiting.HasPassed(deadline))
                return WireEnd.TimedOut;
            if (waiting.HasPassed(DataDeadline(start, total)))
                return WireEnd.TimedOut;
        }
        return WireEnd.Whole;
    }

    /// <summary>Throws away whatever has arrived: it came before a handshake and nobody vouches for it (RFC 3207, section 6).</summary>
    public void DropInput()
    {
        while (pipe.Input.TryRead(out ReadResult result))
        {
            pipe.Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                return;
        }
    }

    /// <summary>Waits whether the client speaks within a time in which it must be silent.</summary>
    /// <returns>True when it spoke or left.</returns>
    public async ValueTask<bool> SpeaksWithinAsync(TimeSpan span)
    {
        long deadline = waiting.After(span);
        while (true)
        {
            ReadResult result = await waiting.ReadAsync(pipe.Input, deadline);
            pipe.Input.AdvanceTo(result.Buffer.Start);
            if (!result.Buffer.IsEmpty || result.IsCompleted)
                return true;
            if (isStopping || waiting.HasPassed(deadline))
                return false;
        }
    }

    private static bool IsWhole(MailDecoder decoder, long? count, long total) => count is { } all ? total == all : decoder.HasEnded;

    private long DataDeadline(long start, long total) =>
        start + waiting.Ticks(limits.DataSilence + TimeSpan.FromSeconds((double)total / limits.DataBytesPerSecond));

    private long Feed(MailDecoder decoder, ReadOnlySequence<byte> buffer, long max)
    {
        ReadOnlySequence<byte> pieces = buffer.Length > max ? buffer.Slice(0, max) : buffer;
        long taken = 0;
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            int read = decoder.Read(piece.Span);
            taken += read;
            if (read < piece.Length)
                break;
        }
        pipe.Input.AdvanceTo(buffer.GetPosition(taken));
        return taken;
    }

    /// <summary>Takes a line out of what arrived; null when more is needed.</summary>
    private (WireEnd End, string Line)? Take(ReadResult result, ref LineScanner line)
    {
        ReadOnlySequence<byte> buffer = result.Buffer;
        LineFound found = line.Scan(buffer);
        pipe.Input.AdvanceTo(found.Consumed, found.Examined);
        return found.End is { } end ? (end, end == WireEnd.Whole ? found.Text : "") : null;
    }

    private void Write(string text)
    {
        Span<byte> span = pipe.Output.GetSpan(Utf8.GetMaxByteCount(text.Length));
        pipe.Output.Advance(Utf8.GetBytes(text, span));
    }
}
