namespace Defms.Gateway.Configuration;

/// <summary>What a key is set to.</summary>
/// <param name="Source">Who says so, for people: a line of the file or a variable.</param>
internal sealed record ConfigValue(string Text, string Source);

/// <summary>
/// The configuration as it is written: lines of <c>key = value</c> under <c>[section]</c>, comment lines with # or ;. A variable
/// DEFMS_GATEWAY_SECTION_KEY goes before the file. Only known sections and keys are taken, so that a slip is told.
/// </summary>
internal sealed class ConfigFile
{
    /// <summary>Names the file itself, so it stands for no key.</summary>
    public const string PathVariable = "DEFMS_GATEWAY_CONFIG";

    private const string Prefix = "DEFMS_GATEWAY_";

    private readonly Dictionary<(string Section, string Key), ConfigValue> values = [];
    private readonly List<string> sections = [.. ConfigKeys.Fixed];

    private ConfigFile(string folder) => Folder = folder;

    /// <summary>Paths in the file are read from here.</summary>
    public string Folder { get; }

    /// <summary>The fixed ones, then the accounts at providers in their order.</summary>
    public IReadOnlyList<string> Sections => sections;

    /// <param name="name">What the file is called in faults.</param>
    /// <param name="folder">Where it lies.</param>
    /// <param name="faults">Everything that is wrong with it, each a sentence; none when all is well.</param>
    public static ConfigFile Read(
        string name, string folder, string text, IReadOnlyDictionary<string, string> variables, out IReadOnlyList<string> faults)
    {
        var file = new ConfigFile(folder);
        var found = new List<string>();
        string section = "";
        string[] lines = text.Split('\n');
        for (int number = 1; number <= lines.Length; number++)
        {
            string source = $"{name}, line {number}";
            if (file.ReadLine(lines[number - 1].Trim(), ref section, source) is { } fault)
                found.Add($"{source}: {fault}");
        }
        file.ReadVariables(variables, found);
        faults = found;
        return file;
    }

    /// <summary>The value that is set, or null.</summary>
    public ConfigValue? Find(string section, string key) => values.GetValueOrDefault((section, key));

    /// <summary>The variable that goes before a key of the file.</summary>
    public static string VariableOf(string section, string key) =>
        Prefix + string.Concat($"{section}_{key}".ToUpperInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));

    private string? ReadLine(string line, ref string section, string source)
    {
        if (line.Length == 0 || line[0] is '#' or ';')
            return null;
        if (line[0] == '[')
            return Enter(line, ref section);
        int equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            return "neither '[section]' nor 'key = value'.";
        string key = line[..equals].TrimEnd();
        if (ConfigKeys.Find(section, key) is null)
            return section.Length == 0 ? $"'{key}' stands before the first [section]." : $"there is no key '{key}' in [{section}].";
        return values.TryAdd((section, key), new ConfigValue(line[(equals + 1)..].Trim(), source)) ? null : $"{section}.{key} is set twice.";
    }

    private string? Enter(string line, ref string section)
    {
        string name = string.Join(' ', line.TrimStart('[').TrimEnd(']').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (line[^1] != ']' || ConfigKeys.Of(name).Count == 0)
            return $"there is no section {line}; there are [gateway], [smtp], [peers], [outgoing] and [imap NAME].";
        section = name;
        if (!sections.Contains(name))
            sections.Add(name);
        return null;
    }

    private void ReadVariables(IReadOnlyDictionary<string, string> variables, List<string> faults)
    {
        var known = sections.SelectMany(section => ConfigKeys.Of(section).Select(key => (section, key.Name)))
            .GroupBy(place => VariableOf(place.section, place.Name)).ToDictionary(same => same.Key, same => same.First());
        foreach ((string name, string value) in variables.Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal) && pair.Key != PathVariable))
        {
            if (known.TryGetValue(name, out (string Section, string Key) place))
                values[place] = new ConfigValue(value.Trim(), name);
            else
                faults.Add($"{name}: the variable stands for no key of a section that there is.");
        }
    }
}
