using System.Text;
using Defms.Cli.Rendering;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Sealing;
using Defms.Core.Storage;

namespace Defms.Cli.Commands.Devices;

/// <summary>The new machine's side of pairing: shows a request, waits for the answer, makes a home of it, and fetches the mail.</summary>
internal static class Joining
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(1);

    /// <param name="from">Where the answer is fetched; null to have it pasted.</param>
    public static async Task<int> RunAsync(Invocation run, string name, Uri? from, CancellationToken cancel)
    {
        bool isHome = Home.Exists(run.HomePath);
        byte[] device = isHome ? run.Store.Read(tables => tables.Settings.GetBytes(StoreSettings.Device))! : run.Random.Bytes(SyncRequest.DeviceLength);
        using var oneTime = new SealingKeyPair(run.Random.Bytes(SealingKeyPair.SecretLength));
        PairingRequest request = PairingRequest.Create(oneTime.PublicKey, device, name, run.Now);
        Show(run, request, from);
        PairingAnswer answer = from is null ? await ReadAsync(cancel) : await FetchAsync(run, from, request, cancel);
        if (!answer.TryOpen(request, oneTime, out Identity? identity, out Card? card, out byte[] other))
            throw new CommandException("The answer is to another request, or was damaged on its way. Start again on this machine.");
        using (identity)
        {
            if (isHome)
                Replace(run, identity, card, other);
            else
                Make(run, identity, card, request.Device, other);
        }
        return await FinishAsync(run, card, cancel);
    }

    private static void Show(Invocation run, PairingRequest request, Uri? from)
    {
        if (run.IsJson)
        {
            run.Out.Json(json =>
            {
                json.WriteStartObject();
                json.WriteString("request", request.Text);
                json.WriteString("check", request.CheckCode);
                json.WriteEndObject();
            }, oneLine: true);
            run.Out.Flush();
            return;
        }
        Screen screen = run.Error;
        if (screen.IsTerminal)
        {
            foreach (string line in QrText.Lines(request.Text, screen.HasColour))
                screen.Line("  " + line);
            screen.Line();
        }
        screen.Sentence("On your old machine, within ten minutes:");
        screen.Line();
        screen.Line($"  defms device pair {request.Text}");
        screen.Line();
        screen.Line($"Both must show this code: {screen.Bold(request.CheckCode)}");
        screen.Sentence(from is null ? "Then paste the answer here and end it with an empty line." : $"Then this machine fetches the answer from {from}.");
        screen.Flush();
    }

    /// <summary>Lines until they make an answer.</summary>
    private static async Task<PairingAnswer> ReadAsync(CancellationToken cancel)
    {
        using var limited = Limit(cancel);
        var text = new StringBuilder();
        try
        {
            while (await Console.In.ReadLineAsync(limited.Token) is { } line)
            {
                if (line.Trim().Length == 0 && text.Length > 0)
                    break;
                text.Append(line.Trim());
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw TooLate();
        }
        return PairingAnswer.Parse(text.ToString()) ?? throw new CommandException("That is no answer: it begins with defms-paired: and is pasted whole. Start again on this machine.");
    }

    private static async Task<PairingAnswer> FetchAsync(Invocation run, Uri from, PairingRequest request, CancellationToken cancel)
    {
        using var limited = Limit(cancel);
        try
        {
            while (true)
            {
                if (await HttpPeer.FetchPairingAsync(from, request.Digest, limits: null, limited.Token) is { } answer)
                    return answer;
                await Task.Delay(AskEvery, run.Time, limited.Token);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw TooLate();
        }
    }

    private static CancellationTokenSource Limit(CancellationToken cancel)
    {
        var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limited.CancelAfter(PairingRequest.Lifetime);
        return limited;
    }

    private static CommandException TooLate() => new("No answer came within ten minutes; the request is void. Start again on this machine.");

    private static void Make(Invocation run, Identity identity, Card card, byte[] device, byte[] other)
    {
        using Home home = Home.Create(run.HomePath, identity, Passphrase.Choose(run.Error), run.Random, tables =>
        {
            OwnCard.Take(tables, identity, card);
            tables.Settings.SetBytes(StoreSettings.Device, device);
            tables.Devices.Put(identity.Did, other, 0, run.Now);
        });
    }

    /// <summary>A machine that was left behind when the next epoch began takes over its keys.</summary>
    private static void Replace(Invocation run, Identity identity, Card card, byte[] other)
    {
        if (identity.Did != run.Self || identity.CurrentEpoch <= run.Identity.CurrentEpoch)
            throw new CommandException($"{run.Home.Folder} is a Defms home already, and the answer brings it nothing new. It was left as it is; another goes into another folder: --home DIR.");
        run.Home.ReplaceIdentity(identity, run.Home.IsLocked ? Passphrase.Ask(run.Error) : null, run.Random, tables =>
        {
            OwnCard.Take(tables, identity, card);
            tables.Devices.Remove(identity.Did);
            tables.Devices.Put(identity.Did, other, 0, run.Now);
            new Outbox(run.Store, identity, run.Time, run.Random).Reissue(tables);
        });
        run.ForgetIdentity();
    }

    private static async Task<int> FinishAsync(Invocation run, Card card, CancellationToken cancel)
    {
        Exchange exchange = await run.Delivering.SyncAsync(default, cancel);
        if (run.IsJson)
        {
            run.Out.Json(json =>
            {
                json.WriteStartObject();
                json.WriteString("id", card.Identity.ToString());
                json.WriteString("name", card.Name);
                json.WriteNumber("received", exchange.Received);
                json.WriteEndObject();
            }, oneLine: true);
        }
        else
        {
            run.Out.Line($"This machine is {run.Out.Bold(VisibleText.Line(card.Name))} now, {card.Identity}.");
            run.Out.Line($"{Names.Count(exchange.Received, "message")} came from your other machines.");
        }
        Writing.Outgoing.TellFailures(run, exchange);
        if (card.Endpoints.Count == 0)
            run.Error.Sentence("None of your machines can be reached by the others: start a daemon on one, and enter where it is reached with 'defms config endpoint URL'.");
        return exchange.Failed.Count > 0 ? ExitCode.Undelivered : ExitCode.Done;
    }
}
