using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Mailboxes;

namespace Defms.Cli.Commands.Contacts;

/// <summary>People as text and as JSON.</summary>
internal static class PersonRendering
{
    private const int Column = 11;

    public static void Write(Utf8JsonWriter json, Person person)
    {
        json.WriteStartObject();
        json.WriteString("id", person.Card.Identity.ToString());
        json.WriteString("name", person.Card.Name);
        json.WriteStrings("addresses", person.Bound.Count > 0 ? person.Bound : person.Card.Addresses);
        json.WriteStrings("endpoints", person.Card.Endpoints.Select(endpoint => endpoint.Text));
        json.WriteString("state", Names.Of(person.State));
        json.WriteBoolean("verified", person.IsVerified);
        json.WriteString("card", person.Card.ToString());
        json.WriteStartObject("waiting");
        json.WriteNumber("messages", person.Waiting?.Count ?? 0);
        json.WriteNumber("bytes", person.Waiting?.Bytes ?? 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>One person in full.</summary>
    public static void Show(Invocation run, Person person)
    {
        Screen screen = run.Out;
        screen.Line(screen.Bold(VisibleText.Line(person.Card.Name)));
        Row(screen, "identity", person.Card.Identity.ToString());
        Row(screen, "state", State(screen, person));
        Row(screen, "addresses", Addresses(person));
        Row(screen, "endpoints", string.Join(", ", person.Card.Endpoints.Select(endpoint => endpoint.Text)));
        Row(screen, "card", $"epoch {person.Card.Epoch}, number {person.Card.Seq}{Issued(run, person)}");
        if (person.Waiting is { } waiting)
            Row(screen, "waiting", $"{Names.Count(waiting.Count, "message")}, {Names.Size(waiting.Bytes)}, since {Names.Date(waiting.Arrived, run.Time)}");
    }

    public static string State(Screen screen, Person person)
    {
        string verified = person.IsVerified ? ", verified" : "";
        return person.State switch
        {
            ContactState.Accepted => screen.Green("accepted" + verified),
            ContactState.Blocked => screen.Red("blocked" + verified),
            _ => screen.Yellow("stranger" + verified),
        };
    }

    /// <summary>The bound ones; offers of a card that nobody confirmed are said to be that.</summary>
    public static string Addresses(Person person) => VisibleText.Line(
        person.Bound.Count > 0 ? string.Join(", ", person.Bound)
        : person.Card.Addresses.Count > 0 ? $"{string.Join(", ", person.Card.Addresses)} (as his card claims)"
        : "");

    private static string Issued(Invocation run, Person person) =>
        person.Card.Profile is { Issued: > 0 } profile ? $", of {Names.Date(profile.Issued, run.Time)}" : "";

    private static void Row(Screen screen, string label, string text)
    {
        if (text.Length > 0)
            screen.Sentence($"  {screen.Dim(TextWidth.Fit(label, Column))}{text}", Column + 2);
    }
}
