using System.CommandLine;

namespace Defms.Cli;

/// <summary>
/// An option that is there or not. Not an <c>Option&lt;bool&gt;</c>: code of other assemblies for a value type is compiled at run time, which
/// for this one alone takes a tenth of a short command.
/// </summary>
internal sealed class Flag : Option<string?>
{
    public Flag(string name, params string[] aliases)
        : base(name, aliases) => Arity = ArgumentArity.Zero;
}
