using System.Globalization;
using System.Text;
using Defms.Core.Replication;

namespace Defms.Gateway.Accounts;

/// <summary>
/// How far each recipient of a submission is, in the order of the submission: attempts, and Unix milliseconds of the next one, or "-" where
/// he is done with. No address and no word of the mail stands in it.
/// </summary>
internal sealed class SubmissionProgress
{
    private readonly (int Attempts, long? Next)[] recipients;

    private SubmissionProgress((int, long?)[] recipients) => this.recipients = recipients;

    /// <summary>The earliest next attempt; null when all are done with.</summary>
    public DateTimeOffset? Next => recipients.Min(each => each.Next) is { } next ? DateTimeOffset.FromUnixTimeMilliseconds(next) : null;

    /// <summary>What was noted; at first, and where a note does not fit, all are due.</summary>
    public static SubmissionProgress Of(OpenedSubmission submission)
    {
        int count = submission.Submission.To.Count;
        string[] lines = Encoding.ASCII.GetString(submission.Progress).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return new SubmissionProgress(lines.Length == count
            ? [.. lines.Select(Read)]
            : [.. Enumerable.Repeat((0, (long?)submission.Taken.ToUnixTimeMilliseconds()), count)]);
    }

    public int Attempts(int recipient) => recipients[recipient].Attempts;

    public bool IsDue(int recipient, DateTimeOffset now) => recipients[recipient].Next <= now.ToUnixTimeMilliseconds();

    public void Mark(int recipient, int attempts, DateTimeOffset? next) => recipients[recipient] = (attempts, next?.ToUnixTimeMilliseconds());

    public byte[] Write() => Encoding.ASCII.GetBytes(string.Concat(
        recipients.Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Attempts} {(each.Next is { } next ? next : "-")}\n"))));

    private static (int, long?) Read(string line)
    {
        string[] words = line.Split(' ');
        return (int.Parse(words[0], CultureInfo.InvariantCulture), words[1] == "-" ? null : long.Parse(words[1], CultureInfo.InvariantCulture));
    }
}
