using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Blocks;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;

namespace Defms.Cli.Writing;

/// <summary>Puts a mail into the store and tries to deliver it at once; says how it stands with each recipient.</summary>
internal static class Outgoing
{
    /// <summary>Once this has stored the mail it never throws for a failed delivery: that is exit code 4.</summary>
    public static async Task<int> SendAsync(Invocation run, Letter letter, CancellationToken cancel)
    {
        Posted posted = new Posting(run.Store, run.Identity, run.Time, run.Random).Post(letter);
        Exchange exchange = await TryDeliverAsync(run, cancel);
        IReadOnlyList<DeliveryRow> deliveries = run.Store.Read(tables => Deliveries.OfMail(tables, posted.Message));
        List<DeliveryRow> recipients = [.. posted.Recipients.Select(recipient =>
            deliveries.FirstOrDefault(row => row.Address == recipient.Address) ?? new DeliveryRow(0, recipient.Address, default, false, recipient.State, "", run.Now))];
        Show(run, posted.Message, posted.Thread, recipients);
        TellFailures(run, exchange);
        return exchange.Failed.Count > 0 || recipients.Exists(row => row.State == DeliveryState.Failed) ? ExitCode.Undelivered : ExitCode.Done;
    }

    /// <summary>Ctrl-C now ends the attempt and not the mail, which is queued.</summary>
    public static async Task<Exchange> TryDeliverAsync(Invocation run, CancellationToken cancel)
    {
        try
        {
            return await run.Delivering.DeliverAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            return new Exchange(0, 0, 0, [new SyncFailure("delivery", "cancelled; what waits stays queued")]);
        }
    }

    public static void Show(Invocation run, Cid message, Cid thread, IReadOnlyList<DeliveryRow> recipients)
    {
        if (run.IsJson)
            run.Out.Json(json => Write(json, message, thread, recipients));
        else
            ShowText(run.Out, message, thread, recipients);
    }

    public static void TellFailures(Invocation run, Exchange exchange)
    {
        foreach (SyncFailure failed in exchange.Failed)
            run.Error.Sentence($"{run.Error.Yellow("Not reached:")} {VisibleText.Line(failed.Peer)}: {VisibleText.Line(failed.Reason)}");
    }

    private static void ShowText(Screen screen, Cid message, Cid thread, IReadOnlyList<DeliveryRow> recipients)
    {
        screen.Line($"Message {screen.Bold(Names.Short(message))} in thread {screen.Bold(Names.Short(thread))}");
        int column = recipients.Count == 0 ? 0 : Math.Min(40, recipients.Max(row => TextWidth.Of(row.Address)));
        foreach (DeliveryRow row in recipients)
            screen.Sentence($"  {TextWidth.Fit(VisibleText.Line(row.Address), column)}  {DeliveryText.Of(screen, row)}", 4);
    }

    private static void Write(Utf8JsonWriter json, Cid message, Cid thread, IReadOnlyList<DeliveryRow> recipients)
    {
        json.WriteStartObject();
        json.WriteString("message", message.ToString());
        json.WriteString("thread", thread.ToString());
        json.WriteStartArray("recipients");
        foreach (DeliveryRow row in recipients)
        {
            json.WriteStartObject();
            json.WriteString("address", row.Address);
            json.WriteString("state", Names.Of(row.State));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
