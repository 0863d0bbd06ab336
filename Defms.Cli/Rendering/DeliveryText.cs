using Defms.Core.Mailboxes;

namespace Defms.Cli.Rendering;

/// <summary>A delivery's state in words and colour.</summary>
internal static class DeliveryText
{
    public static string Of(Screen screen, DeliveryRow row)
    {
        string words = row.State switch
        {
            DeliveryState.Queued => screen.Yellow("queued"),
            DeliveryState.Held => screen.Cyan(row.IsLegacy ? "on its way by SMTP" : "held by a host"),
            DeliveryState.Stored => screen.Green("stored"),
            DeliveryState.Quarantined => screen.Yellow("waiting to be accepted"),
            DeliveryState.Smtp => screen.Cyan("handed to SMTP"),
            _ => screen.Red("failed"),
        };
        string blind = row.IsBcc ? screen.Dim(" (bcc)") : "";
        string detail = row.Detail.Length == 0 ? "" : screen.Dim($"  {VisibleText.Line(row.Detail)}");
        return words + blind + detail;
    }
}
