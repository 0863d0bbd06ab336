using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using Defms.Cli.Rendering;
using Defms.Core;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Mailboxes.Records;
using Defms.Core.Mailboxes.Search;
using Defms.Core.Network;
using Defms.Core.Replication;
using Defms.Core.Storage;

namespace Defms.Cli;

/// <summary>One run of a command: what was asked, the home it is about, and where the answer goes. What a command does not use is not opened.</summary>
internal sealed class Invocation(ParseResult arguments) : IDisposable
{
    private readonly Lazy<Screen> output = new(Screen.Output);
    private readonly Lazy<Screen> error = new(Screen.Error);
    private Home? home;
    private Identity? identity;
    private Delivering? delivering;
    private Card? card;

    public bool IsJson => Has(GlobalOptions.Json);

    /// <summary>For data.</summary>
    public Screen Out => output.Value;

    /// <summary>For messages to the person.</summary>
    public Screen Error => error.Value;

    public string HomePath => arguments.GetValue(GlobalOptions.Home) is { Length: > 0 } path ? path : Home.DefaultPath;

    public Home Home => home ??= OpenHome();

    public IStore<IReplicationTables> Store => Home.Store;

    public MailSearch Search => new(Store, Time);

    public Mailbox Mailbox => new(Store, Self);

    /// <summary>The owner's card as it was when the command began, for which no passphrase is needed.</summary>
    public Card Card => card ??= Store.Read(OwnCard.Get);

    public Did Self => Card.Identity;

    /// <summary>The owner's secrets; asks for the passphrase where there is one.</summary>
    /// <exception cref="CommandException">The passphrase is missing or wrong.</exception>
    public Identity Identity => identity ??= Unlock();

    /// <summary>Unlocks the identity and opens connections when it is first used.</summary>
    public Delivering Delivering => delivering ??= new Delivering(Home, Identity, Time, Random);

    [SuppressMessage("Performance", "CA1822", Justification = "Belongs to the run: a test would hand in another.")]
    public TimeProvider Time => TimeProvider.System;

    public long Now => Time.GetUtcNow().ToUnixTimeMilliseconds();

    [SuppressMessage("Performance", "CA1822", Justification = "Belongs to the run: a test would hand in another.")]
    public RandomSource Random => RandomSource.System;

    /// <summary>The owner's contacts, inside a job over the store.</summary>
    public ContactBook Book(IMailTables tables) => new(tables, OwnCard.Get(tables).Identity, Time.GetUtcNow());

    /// <summary>The identity was replaced by other keys: what was opened of it is opened anew.</summary>
    public void ForgetIdentity()
    {
        delivering?.Dispose();
        identity?.Dispose();
        (delivering, identity, card) = (null, null, null);
    }

    /// <summary>Notes that what this command changed beside mail was changed now, for the owner's other machines.</summary>
    public void StampChanges()
    {
        if (home is not null)
            RecordPublishing.Stamp(home.Store, Time);
    }

    public T? Get<T>(Option<T> option) => arguments.GetValue(option);

    public T Get<T>(Argument<T> argument) => arguments.GetValue(argument)!;

    public bool Has(Option option) => arguments.GetResult(option) is { Implicit: false };

    public void Dispose()
    {
        delivering?.Dispose();
        identity?.Dispose();
        home?.Dispose();
        if (output.IsValueCreated)
            output.Value.Dispose();
        if (error.IsValueCreated)
            error.Value.Dispose();
    }

    private Home OpenHome()
    {
        Home opened = Home.Open(HomePath);
        opened.Store.UseNodes(url => new KuboNode(url));
        return opened;
    }

    private Identity Unlock()
    {
        string? passphrase = Home.IsLocked ? Passphrase.Ask(Error) : null;
        return Home.TryUnlock(passphrase, out Identity? opened, out string? refusal) ? opened : throw new CommandException(refusal);
    }
}
