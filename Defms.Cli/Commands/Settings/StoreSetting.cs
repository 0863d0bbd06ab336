using System.Text.Json;
using Defms.Cli.Rendering;
using Defms.Core.Replication;

namespace Defms.Cli.Commands.Settings;

/// <summary>A setting of this machine's store, which stands on no card and has one value.</summary>
/// <param name="Key">What it is called on the command line.</param>
/// <param name="Meaning">A sentence.</param>
/// <param name="Default">What holds where it is not set.</param>
internal abstract record StoreSetting(string Key, string Meaning, string Default)
{
    public static IReadOnlyList<StoreSetting> All { get; } = [new QuotaSetting(), new FetchLimitSetting(), new NodeSetting(), new OpenSetting()];

    public static StoreSetting? Find(string? key) => All.FirstOrDefault(setting => setting.Key == key);

    /// <summary>What is set, or null.</summary>
    public abstract string? Read(IReplicationTables tables);

    /// <summary>Sets another value, or none; returns the exit code.</summary>
    /// <exception cref="CommandException">It is no value of this setting.</exception>
    public abstract Task<int> ChangeAsync(Invocation run, string? value, CancellationToken cancel);

    /// <summary>Reads or changes it.</summary>
    public async Task<int> RunAsync(Invocation run, string[] values, bool isUnset, bool isAdded, CancellationToken cancel)
    {
        if (isAdded || values.Length > 1 || (isUnset && values.Length > 0))
            throw new CommandException($"'{Key}' has one value: 'defms config {Key} VALUE' sets it, 'defms config {Key} --unset' goes back to the default.", ExitCode.Usage);
        int code = isUnset || values.Length > 0 ? await ChangeAsync(run, isUnset ? null : values[0], cancel) : ExitCode.Done;
        string? value = run.Store.Read(Read);
        if (run.IsJson)
            run.Out.Json(json => Write(json, value));
        else if (value is not null)
            run.Out.Line(VisibleText.Line(value));
        return code;
    }

    public void Write(Utf8JsonWriter json, string? value)
    {
        json.WriteStartObject();
        json.WriteString("key", Key);
        json.WriteString("value", value);
        json.WriteString("default", Default);
        json.WriteString("meaning", Meaning);
        json.WriteEndObject();
    }
}
