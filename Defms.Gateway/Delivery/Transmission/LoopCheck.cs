using Defms.Core.Mime;

namespace Defms.Gateway.Delivery.Transmission;

/// <summary>Recognises a mail that goes round in a circle, by what each hop writes at its top.</summary>
internal static class LoopCheck
{
    /// <summary>The field that every mail leaves with, once for each pass: it holds the name of the gateway.</summary>
    public const string TraceField = "Defms-Trace";

    /// <summary>RFC 5321, 6.3 asks for at least 100: lists of lists have passed fifty hops without a loop.</summary>
    public const int MostHops = 100;

    /// <summary>
    /// One passage is normal, a second happens when people of one gateway write to each other by way of a list or smarthost. Beyond this there
    /// is a machine at work.
    /// </summary>
    public const int MostPassages = 5;

    /// <summary>Why this mail must go no further; null when it may.</summary>
    /// <param name="ownName">The gateway's name, as it wrote it into <see cref="TraceField"/>.</param>
    public static string? Find(MailMessage mail, string ownName)
    {
        int hops = mail.Headers.All("Received").Count();
        if (hops >= MostHops)
            return $"the mail has passed {hops} servers, so it goes round in a loop";
        int passages = mail.Headers.All(TraceField).Count(field => field.Value.Equals(ownName, StringComparison.OrdinalIgnoreCase));
        return passages >= MostPassages ? $"the mail has left by {ownName} {passages} times, so it goes round in a loop" : null;
    }
}
