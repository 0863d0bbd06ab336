using System.CommandLine;
using Defms.Cli.Rendering;
using Defms.Core.Replication;

namespace Defms.Cli.Commands.Devices;

/// <summary><c>defms device list</c>: the machines that have this identity.</summary>
internal static class DeviceListCommand
{
    private const int ShortLength = 8;

    public static Command Build() => new CliCommand("list", "List your machines.")
        .In(CommandGroup.Start, "defms device list", "defms device list --json")
        .Runs(Run);

    /// <summary>The letters by which a person names a machine.</summary>
    public static string Short(OwnDevice device) => device.Id[..ShortLength];

    private static void Run(Invocation run)
    {
        IReadOnlyList<OwnDevice> devices = run.Store.Read(tables => OwnDevices.List(tables, run.Self));
        if (run.IsJson)
            run.Out.Json(json => Write(json, devices));
        else
            Show(run, devices);
    }

    private static void Show(Invocation run, IReadOnlyList<OwnDevice> devices)
    {
        int column = Math.Min(40, devices.Max(device => TextWidth.Of(device.Name)));
        foreach (OwnDevice device in devices)
        {
            string seen = device.IsThis ? "this machine"
                : device.LastAsked is { } asked ? $"asked here {Names.Date(asked, run.Time)}"
                : "has not asked here yet";
            run.Out.Line($"{run.Out.Bold(Short(device))}  {TextWidth.Fit(VisibleText.Line(device.Name), column)}  {run.Out.Dim(seen)}");
        }
    }

    private static void Write(System.Text.Json.Utf8JsonWriter json, IReadOnlyList<OwnDevice> devices)
    {
        json.WriteStartArray();
        foreach (OwnDevice device in devices)
        {
            json.WriteStartObject();
            json.WriteString("device", device.Id);
            json.WriteString("name", device.Name);
            json.WriteBoolean("this", device.IsThis);
            if (device.Added > 0)
                json.WriteString("added", Names.Time(device.Added));
            if (device.LastAsked is { } asked)
                json.WriteString("asked", Names.Time(asked));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
