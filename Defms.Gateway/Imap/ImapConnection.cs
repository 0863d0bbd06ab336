using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Defms.Gateway.Imap.Wire;

namespace Defms.Gateway.Imap;

/// <summary>
/// A connection to a server: sends commands, reads answers, and keeps in mind what the server offers. The commands themselves stand in
/// Imap/Commands. Not safe for several tasks at once. Every fault of the other side is an <see cref="ImapException"/> and ends it.
/// </summary>
internal sealed class ImapConnection : IAsyncDisposable
{
    /// <summary>As much as a TLS record holds, several times, so that many answers come with one read.</summary>
    private const int ReadBuffer = 128 * 1024;

    /// <summary>A server offers some dozens.</summary>
    private const int MaxCapabilities = 500;

    private readonly Watch watch;
    private readonly OctetBudget budget;
    private Stream stream;
    private PipeReader input;
    private HashSet<string> capabilities = new(StringComparer.OrdinalIgnoreCase);
    private int commands;

    /// <param name="stream">Becomes the connection's own.</param>
    /// <param name="cancel">Ends the connection, whatever it is doing.</param>
    public ImapConnection(ImapAccount account, Stream stream, OctetBudget budget, TimeProvider time, CancellationToken cancel)
    {
        (Account, this.stream, this.budget, Cancel, Time) = (account, stream, budget, cancel, time);
        watch = new Watch(account.Silence, time, cancel);
        (input, Reader) = Read(stream);
    }

    public ImapAccount Account { get; }

    public TimeProvider Time { get; }

    public CancellationToken Cancel { get; }

    public ResponseReader Reader { get; private set; }

    /// <summary>Whether TLS protects what is sent.</summary>
    public bool IsEncrypted { get; private set; }

    /// <summary>Whether the server was told to write names of folders in UTF-8 (RFC 6855).</summary>
    public bool SpeaksUtf8 { get; set; }

    /// <summary>Whether the server counts changes (RFC 7162, CONDSTORE).</summary>
    public bool CountsChanges { get; set; }

    /// <summary>Whether the server also tells which mails vanished (RFC 7162, QRESYNC).</summary>
    public bool TellsVanished { get; set; }

    /// <summary>Whether mails came into the open folder since it was opened.</summary>
    public bool HasNews { get; set; }

    /// <summary>How often the server said what it offers.</summary>
    public int TimesLearned { get; private set; }

    public bool KnowsCapabilities => capabilities.Count > 0;

    public bool Offers(string capability) => capabilities.Contains(capability);

    /// <summary>What was offered before a handshake or a login no longer counts (RFC 3501, 6.2.1).</summary>
    public void ForgetCapabilities() => capabilities.Clear();

    /// <summary>Goes over to TLS. Whatever the server sent before the handshake is dropped.</summary>
    public async Task EncryptAsync()
    {
        try
        {
            watch.Begin();
            Stream tls = await TlsUpgrade.RunAsync(stream, Account, watch.Token);
            watch.Pause();
            stream = tls;
            (input, Reader) = Read(tls);
            IsEncrypted = true;
            ForgetCapabilities();
        }
        catch (Exception e) when (IsOfConnection(e))
        {
            throw Translate(e);
        }
    }

    /// <summary>Sends a command without waiting for its end, and returns its tag.</summary>
    /// <param name="command">Without tag and line end; an octet a character.</param>
    public async ValueTask<string> SendAsync(string command)
    {
        string tag = "D" + (++commands).ToString(CultureInfo.InvariantCulture);
        Reader.BeginCommand();
        await WriteAsync($"{tag} {command}\r\n");
        return tag;
    }

    /// <summary>Sends what a command goes on with.</summary>
    public async ValueTask WriteAsync(string text)
    {
        try
        {
            watch.Begin();
            await stream.WriteAsync(Encoding.Latin1.GetBytes(text), watch.Token);
            await stream.FlushAsync(watch.Token);
            watch.Pause();
        }
        catch (Exception e) when (IsOfConnection(e))
        {
            throw Translate(e);
        }
    }

    /// <summary>The next answer, good until the next read.</summary>
    /// <param name="patiently">The server may be silent as long as it likes.</param>
    public async ValueTask<Response> ReadAsync(bool patiently = false)
    {
        try
        {
            if (!await (patiently ? Reader.ReadPatientlyAsync() : Reader.ReadAsync()))
                throw Fault();
        }
        catch (Exception e) when (IsOfConnection(e))
        {
            throw Translate(e);
        }
        Observe(Reader.Current);
        return Reader.Current;
    }

    /// <summary>Sends a command and reads to its end; the answer is its tagged one.</summary>
    /// <param name="onData">Sees every untagged answer.</param>
    public async ValueTask<Response> RunAsync(string command, Action<Response>? onData = null)
    {
        string tag = await SendAsync(command);
        while (true)
        {
            Response response = await ReadAsync();
            if (IsEndOf(response, tag))
                return response;
            if (response.Kind == ResponseKind.Continuation)
                throw BadAnswer("asked for more of a command that was whole");
            onData?.Invoke(response);
        }
    }

    /// <summary>Sends a command that must succeed.</summary>
    /// <param name="purpose">What the server would have done, as words that follow "the server did not".</param>
    public async ValueTask<Response> RequireAsync(string command, string purpose, Action<Response>? onData = null)
    {
        Response response = await RunAsync(command, onData);
        return response.Status == StatusWord.Ok ? response : throw Refused(purpose, response);
    }

    /// <summary>Whether the command of this tag ended; the end of one that was not sent is a fault.</summary>
    public bool IsEndOf(Response response, string tag) =>
        response.Kind == ResponseKind.Tagged && (response.Tag == tag ? true : throw BadAnswer("ended a command that was not given"));

    public ImapException Refused(string purpose, Response response) =>
        new(ImapFault.Refused, $"{Account.Host} did not {purpose}: {response.ShownText}");

    public ImapException BadAnswer(string reason) => new(ImapFault.BadAnswer, $"{Account.Host} {reason}.");

    /// <summary>The other side must speak within <see cref="ImapAccount.Silence"/> from now on, also where a read waits patiently.</summary>
    public void EndPatience() => watch.Begin();

    /// <summary>Ends whatever is under way; the connection can then only be disposed of.</summary>
    public void Abandon() => watch.End();

    public async ValueTask DisposeAsync()
    {
        Reader.Current.Clear();
        await input.CompleteAsync();
        await stream.DisposeAsync();
        watch.Dispose();
    }

    /// <summary>A string on the wire, quoted (RFC 3501, 4.3); it must not hold CR, LF or NUL.</summary>
    public static string Quote(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private (PipeReader Input, ResponseReader Reader) Read(Stream from)
    {
        // The old reader is left as it is: what it buffered came before the handshake.
        var pipe = PipeReader.Create(from, new StreamPipeReaderOptions(bufferSize: ReadBuffer, minimumReadSize: ReadBuffer / 4, leaveOpen: true));
        return (pipe, new ResponseReader(pipe, Account.Limits, budget, watch));
    }

    private void Observe(Response response)
    {
        if (response.Kind == ResponseKind.Status && response.Status == StatusWord.Bye)
            throw new ImapException(ImapFault.Lost, $"{Account.Host} ended the connection: {response.ShownText}");
        TokenCursor cursor = response.Cursor;
        HasNews |= response.Kind == ResponseKind.Data && cursor.TryNumber(out _) && cursor.TryWord("EXISTS"u8);
        cursor = response.Cursor;
        if (response.Kind != ResponseKind.Continuation && cursor.TryWord("CAPABILITY"u8))
            Learn(cursor);
    }

    private void Learn(TokenCursor cursor)
    {
        var offered = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        while (offered.Count < MaxCapabilities && cursor.TryAtom(out ReadOnlySpan<byte> word))
            offered.Add(Encoding.Latin1.GetString(word));
        capabilities = offered;
        TimesLearned++;
    }

    private ImapException Fault() =>
        Reader.Fault is "closed the connection"
            ? new ImapException(ImapFault.Lost, $"{Account.Host} closed the connection.")
            : BadAnswer(Reader.Fault ?? "sent what cannot be read");

    private bool IsOfConnection(Exception e) =>
        e is IOException or ObjectDisposedException or System.Net.Sockets.SocketException || (e is OperationCanceledException && watch.RanOut);

    private ImapException Translate(Exception e) => e is OperationCanceledException
        ? new ImapException(ImapFault.Lost, $"{Account.Host} was silent for {watch.Silence.TotalSeconds:0} s.", e)
        : new ImapException(ImapFault.Lost, $"The connection to {Account.Host} broke: {e.Message}", e);
}
