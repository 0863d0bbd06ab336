using System.Diagnostics;
using System.Text;

namespace Defms.Gateway.Imap;

/// <summary>Where a password or an access token comes from.</summary>
public interface ISecretSource
{
    /// <summary>The secret as it is now: one line, without its line end.</summary>
    /// <exception cref="ImapException">There is none; the message says why, without the secret.</exception>
    ValueTask<string> ReadAsync(CancellationToken cancel);
}

/// <summary>A secret that is known already.</summary>
public sealed class GivenSecret(string secret) : ISecretSource
{
    public ValueTask<string> ReadAsync(CancellationToken cancel) => new(secret);
}

/// <summary>The first line of a file, read every time, so that another program may renew it.</summary>
public sealed class FileSecret(string path) : ISecretSource
{
    public async ValueTask<string> ReadAsync(CancellationToken cancel)
    {
        try
        {
            using var reader = new StreamReader(path, Encoding.UTF8);
            return await SecretLine.ReadAsync(reader, $"the file {path}", cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImapException(ImapFault.NotLetIn, $"The file {path}, which should hold the password or token, cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>The first line that a program prints, run every time without a shell.</summary>
/// <param name="limit">How long the program may take.</param>
public sealed class CommandSecret(string program, IReadOnlyList<string> arguments, TimeSpan limit, TimeProvider time) : ISecretSource
{
    public async ValueTask<string> ReadAsync(CancellationToken cancel)
    {
        using var clock = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancel);
        using Process process = Start();
        try
        {
            string secret = await SecretLine.ReadAsync(process.StandardOutput, $"the program {program}", either.Token);
            await process.WaitForExitAsync(either.Token);
            return process.ExitCode == 0 ? secret
                : throw new ImapException(ImapFault.NotLetIn, $"The program {program}, which should print the password or token, ended with {process.ExitCode}.");
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new ImapException(ImapFault.NotLetIn, $"The program {program}, which should print the password or token, took longer than {limit.TotalSeconds:0} s.", e);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private Process Start()
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new ImapException(ImapFault.NotLetIn, $"The program {program}, which should print the password or token, cannot be started: {e.Message}", e);
        }
    }
}

/// <summary>One line that is a secret.</summary>
internal static class SecretLine
{
    /// <summary>Access tokens in the wild reach 4 KiB.</summary>
    private const int MaxLength = 64 * 1024;

    public static async ValueTask<string> ReadAsync(TextReader reader, string source, CancellationToken cancel)
    {
        char[] buffer = new char[MaxLength];
        int length = 0;
        int end;
        while ((end = buffer.AsSpan(0, length).IndexOf('\n')) < 0 && length < MaxLength)
        {
            int read = await reader.ReadAsync(buffer.AsMemory(length), cancel);
            if (read == 0)
                break;
            length += read;
        }
        string line = new string(buffer, 0, end < 0 ? length : end).TrimEnd('\r');
        return line.Length is > 0 and < MaxLength && !line.Any(char.IsControl) ? line
            : throw new ImapException(ImapFault.NotLetIn, $"The first line of {source} should be the password or token; it is empty, too long or holds control characters.");
    }
}
