using Defms.Core.Tests.Network.Kubo;

namespace Defms.Faults.Commands;

/// <summary>Blocks on their way between the store and an IPFS node, where they are at the one or at the other.</summary>
public abstract class NodeTests : OperationTests
{
    private string[] mails = [];

    private protected ScriptedKubo Node { get; } = new();

    private protected string[] Moving => ["config", "ipfs", Node.Url.ToString()];

    private protected static string[] Returning => ["config", "ipfs", "--unset"];

    /// <summary>What brings the blocks to where they were before.</summary>
    private protected abstract string[] Undoing { get; }

    public override async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected override async Task PrepareAsync()
    {
        mails = await OldMails.WriteAsync(Owner.File("mails"), 4);
        (await Owner.RunAsync("import", Owner.File("mails"))).Expect(0);
    }

    private protected override async Task CheckAsync(Round round)
    {
        Rule.AssertAll(mails, await Rule.ReadAsync(round.Home, round.ToString()), round.ToString());
        if (!round.IsDone)
            (await AgainAsync(round.Home)).Expect(0);
        Rule.AssertAll(mails, await Rule.ReadAsync(round.Home, $"again after {round}"), $"again after {round}");
        (await Rule.RunAsync(round.Home, Undoing)).Expect(0);
        Rule.AssertAll(mails, await Rule.ReadAsync(round.Home, $"back after {round}"), $"back after {round}");
    }
}

public sealed class NodeMoveTests : NodeTests
{
    private protected override string[] Arguments => Moving;

    private protected override string[] Undoing => Returning;
}

public sealed class NodeReturnTests : NodeTests
{
    private protected override string[] Arguments => Returning;

    private protected override string[] Undoing => Moving;

    private protected override async Task PrepareAsync()
    {
        await base.PrepareAsync();
        (await Owner.RunAsync(Moving)).Expect(0);
    }
}
