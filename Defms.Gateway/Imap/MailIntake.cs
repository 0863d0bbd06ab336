using System.Runtime.ExceptionServices;
using Defms.Gateway.Imap.Wire;

namespace Defms.Gateway.Imap;

/// <summary>Hands mails to the sink, many at a time, and says when each is stored. Started by one task.</summary>
/// <param name="onStored">Called when a mail is durable, from any task.</param>
internal sealed class MailIntake(IImapSink sink, Action<FetchedMail> onStored, CancellationToken cancel) : IDisposable
{
    /// <summary>Small mails do not fill the budget of octets; each still costs a task.</summary>
    private const int MaxMails = 1024;

    private readonly SemaphoreSlim places = new(MaxMails);
    private readonly HashSet<Task> storing = [];
    private ExceptionDispatchInfo? failure;

    /// <summary>Returns when there was a place for the mail; it is stored later. What made an earlier one fail is thrown here.</summary>
    /// <param name="literal">Is disposed of when the mail is stored.</param>
    public async ValueTask StartAsync(FetchedMail mail, MailLiteral literal)
    {
        try
        {
            failure?.Throw();
            await places.WaitAsync(cancel);
        }
        catch
        {
            literal.Dispose();
            throw;
        }
        // On another thread, so that a sink which computes does not hold up the reading.
        var task = Task.Run(() => StoreAsync(mail, literal), CancellationToken.None);
        lock (storing)
            storing.Add(task);
        _ = task.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Returns when everything started is stored or failed; throws what made the first one fail.</summary>
    public async Task DrainAsync()
    {
        Task[] rest;
        lock (storing)
            rest = [.. storing];
        await Task.WhenAll(rest);
        failure?.Throw();
    }

    public void Dispose() => places.Dispose();

    private async Task StoreAsync(FetchedMail mail, MailLiteral literal)
    {
        try
        {
            await sink.TakeAsync(mail, cancel);
            onStored(mail);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
        }
        finally
        {
            literal.Dispose();
            places.Release();
        }
    }

    private void Forget(Task task)
    {
        lock (storing)
            storing.Remove(task);
    }
}
