using Defms.EndToEnd.Tests.Cli;
using Defms.Faults.Tracing;

namespace Defms.Faults.Commands;

/// <summary>An operation that was broken off, or was not after all.</summary>
/// <param name="Home">A copy of the home that it worked on.</param>
/// <param name="Fault">Null when nothing went wrong.</param>
internal sealed record Round(string Home, Fault? Fault, Result Result)
{
    /// <summary>It said that all is done.</summary>
    public bool IsDone => Result.ExitCode == 0;

    public override string ToString() => $"seed {Form.Seed}, {Fault?.ToString() ?? "no fault"}, exit code {Result.ExitCode}";
}
