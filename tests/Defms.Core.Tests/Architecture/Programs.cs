using System.Xml.Linq;

namespace Defms.Core.Tests.Architecture;

/// <summary>Which projects those of Defms may reference: Core none, Serving Core, and the programs Core and Serving.</summary>
internal static class Programs
{
    /// <summary>One sentence for each reference of <paramref name="project"/>, a .csproj's text, that is not allowed.</summary>
    public static IEnumerable<string> Violations(string name, string project) =>
        from reference in XDocument.Parse(project).Descendants("ProjectReference")
        let other = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))
        where !Allowed(name).Contains(other)
        select $"{name} references {other}: programs use Defms.Core (servers Defms.Serving too) and never each other, and Defms.Core uses none of them.";

    private static string[] Allowed(string name) => name switch
    {
        "Defms.Core" => [],
        "Defms.Daemon" or "Defms.Gateway" => ["Defms.Core", "Defms.Serving"],
        _ => ["Defms.Core"],
    };
}
