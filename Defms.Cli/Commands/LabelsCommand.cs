using System.CommandLine;
using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Mailboxes.Labels;

namespace Defms.Cli.Commands;

/// <summary><c>defms labels</c>: which labels there are.</summary>
internal static class LabelsCommand
{
    public static Command Build() => new CliCommand("labels", "List the labels in use, with how much mail has each.")
    {
        Notes = "'defms mark NAME --label LABEL' puts one on; a label that is on no mail any more is gone.",
    }
    .In(CommandGroup.Read, "defms labels", "defms labels --json")
    .Runs(Run);

    private static void Run(Invocation run)
    {
        IReadOnlyList<LabelCount> labels = run.Mailbox.Labels();
        if (run.IsJson)
            run.Out.Json(json => Write(json, labels));
        else if (labels.Count > 0)
            Show(run, labels);
        else
            run.Error.Line("No labels yet: 'defms mark NAME --label LABEL' puts one on.");
    }

    private static void Show(Invocation run, IReadOnlyList<LabelCount> labels)
    {
        int width = labels.Max(label => TextWidth.Of(VisibleText.Line(label.Text)));
        foreach (LabelCount label in labels)
        {
            string counts = $"{Names.Count(label.Conversations, "conversation")}, {Names.Count(label.Messages, "message")}";
            run.Out.Line($"{TextWidth.Fit(VisibleText.Line(label.Text), width)}  {run.Out.Dim(counts)}");
        }
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<LabelCount> labels)
    {
        json.WriteStartArray();
        foreach (LabelCount label in labels)
        {
            json.WriteStartObject();
            json.WriteString("label", label.Text);
            json.WriteNumber("conversations", label.Conversations);
            json.WriteNumber("messages", label.Messages);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
