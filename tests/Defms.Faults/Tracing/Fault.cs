using System.Globalization;

namespace Defms.Faults.Tracing;

/// <summary>What goes wrong, and where.</summary>
internal enum Harm
{
    /// <summary>The process dies before it makes the call.</summary>
    Kill,

    /// <summary>The disk is full from this call on.</summary>
    NoSpace,

    /// <summary>The disk fails from this call on.</summary>
    BadDisk,
}

/// <summary>One place to break an operation off: the <paramref name="Turn"/>-th time, from 1, that a thread makes a system call.</summary>
internal sealed record Fault(Harm Harm, string Call, int Turn)
{
    /// <summary>How strace is told.</summary>
    public string Injection => Harm switch
    {
        Harm.Kill => string.Create(CultureInfo.InvariantCulture, $"inject={Call}:signal=KILL:when={Turn}"),
        Harm.NoSpace => string.Create(CultureInfo.InvariantCulture, $"inject={Call}:error=ENOSPC:when={Turn}+"),
        _ => string.Create(CultureInfo.InvariantCulture, $"inject={Call}:error=EIO:when={Turn}+"),
    };

    public override string ToString() => $"{Harm} at {Call} {Turn}";
}
