using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;

namespace Defms.Cli.Commands.Devices;

/// <summary><c>defms device remove</c>: takes a machine out of the list, and with the recovery code also its power.</summary>
internal static class DeviceRemoveCommand
{
    private static readonly Argument<string> Which = new("DEVICE") { Description = "Its name, or the first letters that 'defms device list' shows." };

    private static readonly Flag Recover = new("--recover")
    {
        Description = "Begin your next epoch with the recovery code, so that the keys on that machine are worth nothing to others.",
    };

    public static Command Build() => new CliCommand("remove", "Remove a machine; with --recover one that was lost or stolen.")
    {
        Arguments = { Which },
        Options = { Recover },
        Notes = "A machine keeps the keys it has. Without --recover it is only taken off the list: right for one that you have wiped. "
            + "The recovery code comes from the terminal, standard input or DEFMS_RECOVERY. Afterwards restart your daemon, and pair your other machines anew.",
    }
    .In(CommandGroup.Start, "defms device remove Laptop", "defms device remove 3f09a1c2 --recover")
    .RunsAsync(RunAsync);

    private static async Task<int> RunAsync(Invocation run, CancellationToken cancel)
    {
        OwnDevice device = Find(run, run.Get(Which));
        int epoch = run.Card.Epoch;
        if (run.Has(Recover))
            epoch = BeginNextEpoch(run);
        run.Store.Write(tables =>
        {
            OwnDevices.Remove(tables, run.Self, device.Device, run.Now);
            return true;
        });
        Exchange? exchange = run.Has(Recover) ? await run.Delivering.SyncAsync(default, cancel) : null;
        Tell(run, device, epoch);
        if (exchange is not null)
            Writing.Outgoing.TellFailures(run, exchange);
        return exchange is { Failed.Count: > 0 } ? ExitCode.Undelivered : ExitCode.Done;
    }

    private static OwnDevice Find(Invocation run, string text)
    {
        IReadOnlyList<OwnDevice> devices = run.Store.Read(tables => OwnDevices.List(tables, run.Self));
        List<OwnDevice> found = [.. devices.Where(device => device.Name.Equals(text, StringComparison.OrdinalIgnoreCase)
            || (text.Length >= 4 && device.Id.StartsWith(text, StringComparison.OrdinalIgnoreCase)))];
        return found switch
        {
            [{ IsThis: true }] => throw new CommandException("This is the machine you are at. Remove it from another one of yours.", ExitCode.Usage),
            [OwnDevice one] => one,
            [] => throw new CommandException($"None of your machines is called '{text}'; 'defms device list' lists them.", ExitCode.NotFound),
            _ => throw new CommandException($"'{text}' may mean {string.Join(" or ", found.Select(DeviceListCommand.Short))}.", ExitCode.Usage),
        };
    }

    private static int BeginNextEpoch(Invocation run)
    {
        using RecoverySeed seed = RecoveryCode.Ask(run.Error);
        if (seed.Identity != run.Self)
            throw new CommandException("That is the recovery code of another identity. Nothing was changed.");
        if (run.Card.Epoch == Certificate.MaxEpoch)
            throw new CommandException("This identity has come to its last epoch.");
        using Identity next = Identity.From(seed, run.Card.Epoch + 1);
        string? passphrase = run.Home.IsLocked ? Passphrase.Ask(run.Error) : null;
        if (!run.Home.TryUnlock(passphrase, out Identity? current, out string? refusal))
            throw new CommandException(refusal);
        current.Dispose();
        run.Home.ReplaceIdentity(next, passphrase, run.Random, tables =>
        {
            OwnCard.Change(tables, next, profile => profile, run.Time.GetUtcNow());
            tables.Devices.Remove(next.Did);
            new Outbox(run.Store, next, run.Time, run.Random).Reissue(tables);
        });
        run.ForgetIdentity();
        return next.CurrentEpoch;
    }

    private static void Tell(Invocation run, OwnDevice device, int epoch)
    {
        if (run.IsJson)
        {
            run.Out.Json(json =>
            {
                json.WriteStartObject();
                json.WriteString("device", device.Id);
                json.WriteNumber("epoch", epoch);
                json.WriteEndObject();
            });
            return;
        }
        run.Out.Line($"{run.Out.Bold(VisibleText.Line(device.Name))} is off the list.");
        run.Error.Sentence(run.Has(Recover)
            ? $"Your keys are those of epoch {epoch} now. Contacts who were reached refuse the old ones; the others do as soon as you sync with them. Restart your daemon, and run 'defms device pair' on each of your other machines."
            : "It keeps its keys and the mail it has, and could still ask the others for more. If it is lost or stolen, run this again with --recover and your recovery code.");
    }
}
