using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Blocks;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Replication;

namespace Defms.Cli.Commands;

/// <summary><c>defms forget</c>: let go of a conversation for good.</summary>
internal static class ForgetCommand
{
    private static readonly Argument<string[]> Targets = new("THREAD")
    {
        Description = "Threads; all of the conversation goes, with its branches.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Flag Undo = new("--undo") { Description = "Let these threads come back when somebody sends them again." };

    public static Command Build() => new CliCommand("forget", "Let go of a conversation for good: its keys, its mail, its words in the index.")
    {
        Arguments = { Targets },
        Options = { Undo },
        Notes = "The others in it may keep theirs. It does not come back by sync, and what they still send into it is refused. To only hide mail, use 'defms delete'.",
    }
    .In(CommandGroup.Keep, "defms forget k3hq7xza", "defms forget --undo k3hq7xza")
    .Runs(Run);

    private static void Run(Invocation run)
    {
        if (run.Has(Undo))
            Recall(run);
        else
            Forget(run);
    }

    private static void Forget(Invocation run)
    {
        List<ForgottenConversation> forgotten = run.Store.Write(tables => run.Get(Targets)
            .Select(name => tables.Threads.Find(Naming.Thread(tables, name))!.Conversation)
            .Distinct().ToList()
            .ConvertAll(conversation => Forgetting.Forget(tables, conversation, run.Self, run.Now)));
        run.Home.Store.Scrub();
        if (run.IsJson)
            Write(run, forgotten);
        else
            forgotten.ForEach(one => Say(run.Out, one));
    }

    private static void Say(Screen screen, ForgottenConversation forgotten)
    {
        string others = string.Join(", ", forgotten.Others.Select(other => VisibleText.Line(other.Name)));
        screen.Sentence($"{Names.Count(forgotten.Messages, "message")} in {Names.Count(forgotten.Threads.Count, "thread")} forgotten: {string.Join(", ", forgotten.Threads.Select(Names.Short))}.");
        screen.Sentence(others.Length > 0 ? $"{others} may keep theirs. Copies in your backups stay, too." : "Copies in your backups stay.");
    }

    private static void Recall(Invocation run)
    {
        List<Cid> recalled = run.Store.Write(tables => run.Get(Targets).Select(name => Naming.Forgotten(tables, name)).Distinct().ToList().FindAll(tables.Threads.Recall));
        if (run.IsJson)
            run.Out.Json(json => WriteNames(json, recalled));
        else
            run.Out.Sentence($"{Names.Count(recalled.Count, "thread")} may come back: ask the others to send it again, or run 'defms sync --full'.");
    }

    private static void Write(Invocation run, List<ForgottenConversation> forgotten) => run.Out.Json(json =>
    {
        json.WriteStartArray();
        foreach (ForgottenConversation one in forgotten)
        {
            json.WriteStartObject();
            json.WritePropertyName("threads");
            WriteNames(json, one.Threads);
            json.WriteNumber("messages", one.Messages);
            json.WriteNumber("blocks", one.Blocks);
            json.WriteStrings("others", one.Others.Select(other => $"{other.Identity}"));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static void WriteNames(System.Text.Json.Utf8JsonWriter json, IEnumerable<Cid> names)
    {
        json.WriteStartArray();
        foreach (Cid name in names)
            json.WriteStringValue($"{name}");
        json.WriteEndArray();
    }
}
