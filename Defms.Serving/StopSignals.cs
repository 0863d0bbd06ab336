using System.Runtime.InteropServices;

namespace Defms.Serving;

/// <summary>SIGTERM and SIGINT ask to stop.</summary>
public sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;

    /// <summary>From now on the signals ask and do not kill.</summary>
    public StopSignals()
    {
        registrations = [Register(PosixSignal.SIGTERM), Register(PosixSignal.SIGINT)];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>The signals kill again.</summary>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations)
            registration.Dispose();
        source.Dispose();
    }

    private PosixSignalRegistration Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        source.Cancel();
    });
}
