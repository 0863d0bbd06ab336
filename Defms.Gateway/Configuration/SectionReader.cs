using System.Globalization;
using System.Net;
using Defms.Core.Mime;
using Defms.Serving;

namespace Defms.Gateway.Configuration;

/// <summary>Reads the values of one section as what they are; what is wrong with one is added to the faults, with its key and reason.</summary>
internal sealed class SectionReader(ConfigFile file, string section, List<string> faults)
{
    /// <summary>The value as it is written, or its default; empty for none.</summary>
    public string Text(string key) => file.Find(section, key)?.Text ?? ConfigKeys.Find(section, key)!.Default;

    public string? Optional(string key) => Text(key) is { Length: > 0 } text ? text : null;

    public string Required(string key)
    {
        if (Optional(key) is not { } text)
            Fault(key, $"is needed: {ConfigKeys.Find(section, key)!.Meaning}.");
        return Text(key);
    }

    /// <summary>An absolute path.</summary>
    public string? Path(string key) => Optional(key) is { } path ? System.IO.Path.GetFullPath(path, file.Folder) : null;

    public bool Flag(string key) => Choice(key, ("yes", true), ("no", false));

    public T Choice<T>(string key, params (string Word, T Value)[] choices)
    {
        string text = Text(key).ToLowerInvariant();
        foreach ((string word, T value) in choices)
        {
            if (word == text)
                return value;
        }
        Fault(key, $"'{text}' is not one of {string.Join(", ", choices.Select(choice => choice.Word))}.");
        return choices[0].Value;
    }

    public int Number(string key, int least, int most)
    {
        if (int.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
            return number;
        Fault(key, $"'{Text(key)}' is not a whole number from {least} to {most}.");
        return least;
    }

    /// <summary>Octets, with k, m, g for powers of 1024; null where nothing is written.</summary>
    public long? Size(string key)
    {
        if (Optional(key) is not { } text)
            return null;
        int shift = char.ToLowerInvariant(text[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, _ => 0 };
        string digits = shift > 0 ? text[..^1] : text;
        if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number is > 0 and < (1L << 32))
            return number << shift;
        Fault(key, $"'{text}' is not a size such as 500m or 20g.");
        return null;
    }

    public IReadOnlyList<string> List(string key) =>
        Text(key).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public IReadOnlyList<IPEndPoint> EndPoints(string key, int port)
    {
        var read = new List<IPEndPoint>();
        foreach (string text in List(key))
        {
            if (IPEndPoint.TryParse(text, out IPEndPoint? place))
                read.Add(place.Port == 0 && !text.EndsWith(":0", StringComparison.Ordinal) ? new IPEndPoint(place.Address, port) : place);
            else
                Fault(key, $"'{text}' is not an IP address with a port, such as 0.0.0.0:{port} or [::]:{port}.");
        }
        return read;
    }

    public IReadOnlyList<ListenAddress> Urls(string key)
    {
        var read = new List<ListenAddress>();
        foreach (string text in List(key))
        {
            if (ListenAddress.TryParse(text, out ListenAddress address))
                read.Add(address);
            else
                Fault(key, $"'{text}' is not a place to listen at; write an IP address or localhost, as in http://0.0.0.0:4181.");
        }
        return read;
    }

    /// <summary>The address in its canonical form.</summary>
    public MailAddress Address(string key)
    {
        string text = Required(key);
        if (text.Length > 0 && !MailAddress.TryParse(text, out _))
            Fault(key, $"'{text}' is no mail address: it is written local@domain.");
        _ = MailAddress.TryParse(text, out MailAddress address);
        return address;
    }

    public void Fault(string key, string reason)
    {
        string source = file.Find(section, key) is { } value ? $" ({value.Source})" : "";
        faults.Add($"{section}.{key}: {reason}{source}");
    }
}
