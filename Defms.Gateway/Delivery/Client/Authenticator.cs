using System.Text;
using Defms.Core;

namespace Defms.Gateway.Delivery.Client;

/// <summary>
/// AUTH (RFC 4954) with the safest mechanism that the server offers. A refusal is a reply; the caller has made sure of TLS.
/// </summary>
internal sealed class Authenticator(SmtpWire wire, SessionTerms terms, Credentials credentials, RandomSource random)
{
    private static readonly EnhancedCode NotAuthenticated = new(4, 7, 8);

    /// <summary>Null when the server has let us in.</summary>
    public async Task<RemoteReply?> RunAsync(ServerFeatures features, CancellationToken cancel)
    {
        RemoteReply? last = features.Mechanisms switch
        {
            var offered when offered.Contains("SCRAM-SHA-256") => await ScramAsync(cancel),
            var offered when offered.Contains("PLAIN") => await AskAsync("AUTH PLAIN " + Base64($"\0{credentials.User}\0{credentials.Password}"), cancel),
            var offered when offered.Contains("LOGIN") => await LoginAsync(cancel),
            _ => wire.Break(RemoteReply.Fault("the server offers none of SCRAM-SHA-256, PLAIN and LOGIN", NotAuthenticated)),
        };
        return last.Code == 235 ? null : last;
    }

    private async Task<RemoteReply> ScramAsync(CancellationToken cancel)
    {
        var scram = new ScramSha256(credentials, Convert.ToBase64String(random.Bytes(18)));
        RemoteReply first = await AskAsync("AUTH SCRAM-SHA-256 " + Base64(scram.First), cancel);
        if (first.Code != 334)
            return first;
        if (scram.Prove(Challenge(first)) is not { } proof)
            return wire.Break(RemoteReply.Fault("the server's SCRAM challenge cannot be accepted", NotAuthenticated));
        RemoteReply final = await AskAsync(Base64(proof), cancel);
        if (final.IsFault || final.Code >= 400)
            return final;
        bool hasProved = scram.IsProof(final.Code == 334 ? Challenge(final) : Decode(LastWord(final)));
        if (!hasProved)
            return wire.Break(RemoteReply.Fault("the server did not prove that it knows the password", NotAuthenticated));
        return final.Code == 334 ? await AskAsync("", cancel) : final;
    }

    private async Task<RemoteReply> LoginAsync(CancellationToken cancel)
    {
        RemoteReply first = await AskAsync("AUTH LOGIN", cancel);
        RemoteReply second = first.Code == 334 ? await AskAsync(Base64(credentials.User), cancel) : first;
        return second.Code == 334 ? await AskAsync(Base64(credentials.Password), cancel) : second;
    }

    private async Task<RemoteReply> AskAsync(string line, CancellationToken cancel)
    {
        await wire.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), terms.Timeouts.Hello, cancel);
        return await wire.ReadAsync(terms.Timeouts.Hello, cancel);
    }

    private static string Challenge(RemoteReply reply) => Decode(reply.Lines[^1].Trim());

    /// <summary>Some servers put the last message behind 235 and an enhanced code.</summary>
    private static string LastWord(RemoteReply reply) => reply.Lines[^1].Split(' ')[^1];

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Decode(string base64)
    {
        byte[] octets = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, octets, out int length) ? Encoding.UTF8.GetString(octets, 0, length) : "";
    }
}
