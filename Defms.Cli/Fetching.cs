using Defms.Cli.Rendering;
using Defms.Core.Blocks;
using Defms.Core.Mailboxes;

namespace Defms.Cli;

/// <summary>Brings what is still with the others when somebody wants to read it.</summary>
internal static class Fetching
{
    /// <summary>Asks for the chunks of a message's thread where some of the message are missing. Who has none says nothing: the reading will tell.</summary>
    public static async Task CompleteAsync(Invocation run, Cid message, CancellationToken cancel)
    {
        if (run.Store.Read(tables => tables.Messages.Find(message)) is not { } row || !row.Flags.HasFlag(MessageFlags.Incomplete))
            return;
        Cid thread = run.Store.Read(tables => tables.Threads.Find(row.Thread)!.Thread);
        run.Error.Sentence($"Fetching {Names.Size(row.Size)} from the others…");
        await run.Delivering.FetchAsync(thread, cancel);
    }
}
