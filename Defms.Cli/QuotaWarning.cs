using Defms.Cli.Rendering;
using Defms.Core.Mailboxes;

namespace Defms.Cli;

/// <summary>Says that room gets short, before it is gone.</summary>
internal static class QuotaWarning
{
    public static void Say(Invocation run)
    {
        Quota quota = run.Store.Read(Quota.Of);
        if (quota.IsNear)
            run.Error.Sentence($"{run.Error.Yellow("!")} {Text(quota)}", 2);
    }

    public static string Text(Quota quota) => quota.IsReached
        ? $"Your store has {Names.Size(quota.Used)} and its quota is {Names.Size(quota.Limit ?? 0)}: no more mail is taken in. Raise it with 'defms config quota', or make room with 'defms forget'."
        : $"Your store has {Names.Size(quota.Used)} of the {Names.Size(quota.Limit ?? 0)} of its quota. When that is reached no more mail is taken in.";
}
