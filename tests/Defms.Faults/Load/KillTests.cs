namespace Defms.Faults.Load;

/// <summary>kill -9.</summary>
public sealed class KillTests : LoadTests
{
    private protected override int Rounds => Form.Of(200, 3);

    private protected override Task StrikeAsync(Func<Task> die) => die();
}
