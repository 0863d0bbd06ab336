using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Defms.Cli.Commands;
using Defms.Cli.Commands.Blocks;
using Defms.Cli.Commands.Contacts;
using Defms.Cli.Commands.Devices;
using Defms.Cli.Commands.Hosts;
using Defms.Cli.Rendering;

namespace Defms.Cli;

/// <summary>All commands, and the one place where a failure becomes words and an exit code.</summary>
internal static class CommandLine
{
    private static readonly ParserConfiguration Parsing = new()
    {
        // A subject may begin with '@'.
        ResponseFileTokenReplacer = null,
    };

    private static readonly InvocationConfiguration Invoking = new() { EnableDefaultExceptionHandler = false };

    public static RootCommand Build()
    {
        var root = new RootCommand("Mail without a provider in the middle.")
        {
            InitCommand.Build(), CardCommand.Build(), ContactCommand.Build(), DeviceCommand.Build(), ConfigCommand.Build(), StatusCommand.Build(),
            SendCommand.Build(), ReplyCommand.Build(), ForwardCommand.Build(), ResendCommand.Build(), SyncCommand.Build(),
            ThreadsCommand.Build(), SearchCommand.Build(), ShowCommand.Build(), CatCommand.Build(), AttachmentCommand.Build(),
            MarkCommand.Build(), LabelsCommand.Build(), DeleteCommand.Build(), ImportCommand.Build(), ExportCommand.Build(),
            VerifyCommand.Build(), GcCommand.Build(), ForgetCommand.Build(), BackupCommand.Build(), RestoreCommand.Build(),
            BlockCommand.Build(), HostCommand.Build(), DemoCommand.Build(),
            GlobalOptions.Home, GlobalOptions.Json,
        };
        root.Options.OfType<VersionOption>().Single().Description = "Say which version this is.";
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Description = "Say what a command does, with examples.";
        help.Action = new HelpText();
        return root;
    }

    public static int Run(string[] args)
    {
        try
        {
            ParseResult arguments = Build().Parse(args is ["help", .. string[] rest] ? [.. rest, "--help"] : args, Parsing);
            if (arguments.Action is ParseErrorAction)
                return WrongUsage.Tell(arguments);
            return arguments.Invoke(Invoking);
        }
        catch (Exception e)
        {
            return Tell(Failure.Of(e));
        }
    }

    private static int Tell(Failure failure)
    {
        using Screen screen = Screen.Error();
        string message = failure.IsFault ? failure.Message : VisibleText.Lines(failure.Message);
        screen.Sentence($"{screen.Red("defms:")} {message}");
        return failure.Code;
    }
}
