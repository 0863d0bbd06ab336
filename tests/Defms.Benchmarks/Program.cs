using Defms.Benchmarks;

// Each group prints one JSON line a figure. Arguments choose groups by name; a figure that misses its target is printed all the same. Without
// names, or with --page, the scoreboard is written anew for the groups that ran.
string[] names = [.. args.Where(arg => arg != "--page")];
if (names.Except(Group.All.Select(group => group.Name)).Any())
{
    await Console.Error.WriteLineAsync($"usage: ./bench [--install] [--page] [{string.Join("|", Group.All.Select(group => group.Name))}]…");
    return 2;
}
bool isWritten = args.Length == 0 || args.Contains("--page");
int broken = 0;
using var bench = new Bench();
foreach (Group group in Group.All.Where(group => names.Length == 0 || names.Contains(group.Name)))
{
    try
    {
        await group.RunAsync(bench);
        if (isWritten)
            Scoreboard.Update(group, bench.TakeRows());
    }
    catch (Exception e)
    {
        broken++;
        bench.TakeRows();
        await Console.Error.WriteLineAsync($"{group.Name} is broken: {e}");
    }
}
return broken > 0 ? 1 : 0;
