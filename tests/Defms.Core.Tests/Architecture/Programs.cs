using System.Xml.Linq;

namespace Defms.Core.Tests.Architecture;

/// <summary>Which projects the four projects of Defms may reference: the programs Core, and Core none.</summary>
internal static class Programs
{
    /// <summary>One sentence for each reference of <paramref name="project"/>, a .csproj's text, that is not allowed.</summary>
    public static IEnumerable<string> Violations(string name, string project) =>
        from reference in XDocument.Parse(project).Descendants("ProjectReference")
        let other = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))
        where name == "Defms.Core" || other != "Defms.Core"
        select $"{name} references {other}: programs use Defms.Core and never each other, and Defms.Core uses none of them.";
}
