using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Defms.Gateway.Delivery.Routes;

namespace Defms.Gateway.Tests.Delivery.Fixtures;

/// <summary>Servers at addresses, reached without a socket: each new connection plays the address's script.</summary>
internal sealed class ScriptedNetwork : IDialer
{
    private readonly ConcurrentDictionary<IPAddress, Func<ScriptedServer, Task>> scripts = [];
    private int open;

    /// <summary>The addresses that were dialed, in order.</summary>
    public ConcurrentQueue<string> Dialed { get; } = [];

    /// <summary>Conversations; awaiting them shows what went wrong in a script.</summary>
    public ConcurrentQueue<Task> Conversations { get; } = [];

    /// <summary>The most that the client had open at one time.</summary>
    public int MostOpen { get; private set; }

    public ScriptedNetwork At(string address, Func<ScriptedServer, Task> script)
    {
        scripts[IPAddress.Parse(address)] = script;
        return this;
    }

    public ValueTask<Stream> ConnectAsync(IPEndPoint target, CancellationToken cancel)
    {
        Dialed.Enqueue(target.Address.ToString());
        if (!scripts.TryGetValue(target.Address, out Func<ScriptedServer, Task>? script))
            throw new SocketException((int)SocketError.ConnectionRefused);
        lock (scripts)
            MostOpen = Math.Max(MostOpen, ++open);
        var connection = new MemoryConnection(closed: Closed);
        Conversations.Enqueue(Task.Run(() => ServeAsync(connection.Server, script), CancellationToken.None));
        return ValueTask.FromResult(connection.Client);
    }

    private void Closed()
    {
        lock (scripts)
            open--;
    }

    private static async Task ServeAsync(Stream connection, Func<ScriptedServer, Task> script)
    {
        await using var server = new ScriptedServer(connection);
        await script(server);
    }
}
