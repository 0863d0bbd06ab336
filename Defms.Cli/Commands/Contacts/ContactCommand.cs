using System.CommandLine;

namespace Defms.Cli.Commands.Contacts;

/// <summary><c>defms contact …</c>: other people.</summary>
internal static class ContactCommand
{
    public static Command Build() => new CliCommand("contact", "Add, list, accept and block the people you write with.")
    {
        ContactAddCommand.Build(), ContactListCommand.Build(), ContactShowCommand.Build(), ContactAcceptCommand.Build(),
        ContactVerifyCommand.Build(), ContactBlockCommand.Build(), ContactRemoveCommand.Build(),
    }.In(CommandGroup.Start, "defms contact add bob.card", "defms contact list");

    /// <summary>The argument that names a person.</summary>
    public static Argument<string> Who() => new("WHO")
    {
        Description = "A contact's address, name, identity, or the last letters of the identity.",
    };
}
