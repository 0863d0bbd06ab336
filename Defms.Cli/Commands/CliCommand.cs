using System.CommandLine;

namespace Defms.Cli.Commands;

/// <summary>What a command is for; its place in the list of all.</summary>
internal enum CommandGroup
{
    Start,
    Write,
    Read,
    Keep,
}

/// <summary>A command with examples, whose work is done in an <see cref="Invocation"/>.</summary>
internal sealed class CliCommand(string name, string description) : Command(name, description)
{
    public CommandGroup Group { get; private set; }

    /// <summary>Command lines as a person types them; the tests parse each.</summary>
    public IReadOnlyList<string> Examples { get; private set; } = [];

    /// <summary>What a person should know beside the options.</summary>
    public string Notes { get; init; } = "";

    /// <summary>Puts it into the list of all commands, with examples.</summary>
    public CliCommand In(CommandGroup group, params IReadOnlyList<string> examples)
    {
        Group = group;
        Examples = examples;
        return this;
    }

    public CliCommand Runs(Action<Invocation> work)
    {
        SetAction(arguments =>
        {
            using var run = new Invocation(arguments);
            work(run);
            run.StampChanges();
            return ExitCode.Done;
        });
        return this;
    }

    /// <summary>For work that waits for others; Ctrl-C cancels it.</summary>
    public CliCommand RunsAsync(Func<Invocation, CancellationToken, Task<int>> work)
    {
        SetAction(async (arguments, cancel) =>
        {
            using var run = new Invocation(arguments);
            int code = await work(run, cancel);
            run.StampChanges();
            return code;
        });
        return this;
    }
}
