using Defms.Benchmarks;

// Each group prints one JSON line a figure. Arguments choose groups by name; a figure that misses its target is printed all the same.
(string Name, Func<Bench, Task> Run)[] groups =
[
    ("threads", ThreadFigures.RunAsync),
    ("blocks", BlockFigures.RunAsync),
    ("delivery", DeliveryFigures.RunAsync),
    ("hosts", HostFigures.RunAsync),
    ("commands", CommandFigures.RunAsync),
    ("import", ImportFigures.RunAsync),
    ("search", SearchFigures.RunAsync),
    ("peers", PeerFigures.RunAsync),
    ("devices", DeviceFigures.RunAsync),
    ("imap", ImapFigures.RunAsync),
    ("smtp", SmtpFigures.RunAsync),
];
if (args.Contains("--help") || args.Except(groups.Select(group => group.Name)).Any())
{
    await Console.Error.WriteLineAsync($"usage: ./bench [{string.Join("|", groups.Select(group => group.Name))}]…");
    return args.Contains("--help") ? 0 : 2;
}
using var bench = new Bench();
foreach ((string name, Func<Bench, Task> run) in groups)
{
    if (args.Length == 0 || args.Contains(name))
        await run(bench);
}
return 0;
