namespace Defms.Cli;

/// <summary>What the program tells a script.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int NotFound = 3;

    /// <summary>Everything is safe here, but some delivery or peer failed.</summary>
    public const int Undelivered = 4;
}
