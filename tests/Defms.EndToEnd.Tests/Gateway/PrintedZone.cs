using System.Globalization;
using System.Net;
using Defms.Gateway.Tests.Dns;

namespace Defms.EndToEnd.Tests.Gateway;

/// <summary>A name server for the records that <c>defms-gateway dns</c> prints, with the names of servers at this machine.</summary>
internal sealed class PrintedZone : IAsyncDisposable
{
    private const int Address = 1;
    private const int Exchange = 15;
    private const int Text = 16;

    /// <summary>In seconds; no test takes as long.</summary>
    private const uint Lifetime = 3600;

    private readonly Dictionary<string, List<(int Type, byte[] Content)>> records = new(StringComparer.OrdinalIgnoreCase);
    private readonly LoopbackDns server;

    public PrintedZone() => server = LoopbackDns.Start(Answer);

    public IPEndPoint Place => server.Address;

    /// <summary>Takes lines of a zone file: MX and TXT records; others and comments are passed over.</summary>
    public void Add(string zone)
    {
        lock (records)
        {
            foreach (string[] words in zone.Split('\n').Select(line => line.Split(' ', 4)))
            {
                if (words is [var name, "IN", "MX" or "TXT", var content])
                    Add(name.TrimEnd('.'), words[2], content);
            }
        }
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private void Add(string name, string type, string content)
    {
        if (type == "TXT")
        {
            // What stands between an odd quote and the next.
            Add(name, Text, Wire.Text([.. content.Split('"').Where((_, index) => index % 2 == 1)]));
            return;
        }
        string[] words = content.Split(' ');
        Add(name, Exchange, [0, byte.Parse(words[0], CultureInfo.InvariantCulture), .. Wire.Name(words[1].TrimEnd('.'))]);
        Add(words[1].TrimEnd('.'), Address, IPAddress.Loopback.GetAddressBytes());
    }

    private void Add(string name, int type, byte[] content)
    {
        if (!records.TryGetValue(name, out List<(int, byte[])>? here))
            records.Add(name, here = []);
        here.Add((type, content));
    }

    private byte[] Answer(byte[] query)
    {
        lock (records)
        {
            if (!records.TryGetValue(Wire.NameIn(query), out List<(int Type, byte[] Content)>? here))
                return Wire.To(query, Wire.NameError).Soa(Lifetime, Lifetime).ToArray();
            Wire answer = Wire.To(query);
            foreach ((_, byte[] content) in here.Where(record => record.Type == Wire.TypeIn(query)))
                answer.Answer(Wire.TypeIn(query), Lifetime, content);
            return answer.ToArray();
        }
    }
}
