using System.CommandLine;
using System.Text;
using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Identities;
using Defms.Core.Mailboxes;
using Defms.Core.Storage;

namespace Defms.Cli.Commands;

/// <summary><c>defms card</c>: the owner's card, to hand to others.</summary>
internal static class CardCommand
{
    private static readonly Option<string?> Out = new("--out") { Description = "Write it to a file instead.", HelpName = "FILE" };

    public static Command Build() => new CliCommand("card", "Print your card, to give to those who shall write to you.")
    {
        Options = { Out },
        Notes = "A card holds no secret. Hand it over by a way on which nobody can put another in its place.",
    }
    .In(CommandGroup.Start, "defms card", "defms card --out alice.card", "defms card --json")
    .Runs(Run);

    private static void Run(Invocation run)
    {
        Card card = run.Card;
        if (run.Get(Out) is { } path)
        {
            OutputFile.Write(path, Encoding.ASCII.GetBytes(card + "\n"), mayReplace: true);
            run.Error.Line($"Wrote your card to {path}.");
        }
        if (run.IsJson)
            run.Out.Json(json => Write(json, card));
        else if (run.Get(Out) is null)
            run.Out.Line(card.ToString());
    }

    /// <summary>What a card says, and its text form.</summary>
    public static void Write(Utf8JsonWriter json, Card card)
    {
        json.WriteStartObject();
        json.WriteString("id", card.Identity.ToString());
        json.WriteString("name", card.Name);
        json.WriteStrings("addresses", card.Addresses);
        json.WriteStrings("endpoints", card.Endpoints.Select(endpoint => endpoint.Text));
        json.WriteNumber("epoch", card.Epoch);
        json.WriteNumber("seq", card.Seq);
        json.WriteString("card", card.ToString());
        json.WriteEndObject();
    }
}
