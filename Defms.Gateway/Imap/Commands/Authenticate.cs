using Defms.Gateway.Imap.Sasl;
using Defms.Gateway.Imap.Wire;

namespace Defms.Gateway.Imap.Commands;

/// <summary>AUTHENTICATE (RFC 3501, 6.2.2; initial response RFC 4959).</summary>
internal static class Authenticate
{
    /// <summary>No mechanism here takes more steps; a server could otherwise ask for ever.</summary>
    private const int MaxSteps = 4;

    public static async Task RunAsync(ImapConnection connection, ISaslExchange exchange)
    {
        string initial = Convert.ToBase64String(exchange.Initial());
        bool isInitialSent = connection.Offers("SASL-IR");
        string tag = await connection.SendAsync($"AUTHENTICATE {exchange.Mechanism}{(isInitialSent ? " " + initial : "")}");
        for (int step = 0; ;)
        {
            Response response = await connection.ReadAsync();
            if (connection.IsEndOf(response, tag))
            {
                End(connection, exchange, response);
                return;
            }
            if (response.Kind != ResponseKind.Continuation)
                continue;
            if (++step > MaxSteps)
                throw connection.BadAnswer("asks for more than the login has");
            await connection.WriteAsync((isInitialSent ? Next(connection, exchange, response) : initial) + "\r\n");
            isInitialSent = true;
        }
    }

    private static string Next(ImapConnection connection, ISaslExchange exchange, Response response)
    {
        byte[] challenge = new byte[response.Text.Length];
        return System.Buffers.Text.Base64.DecodeFromUtf8(response.Text, challenge, out _, out int length) == System.Buffers.OperationStatus.Done
            && exchange.Answer(challenge[..length]) is { } answer
            ? Convert.ToBase64String(answer)
            : throw new ImapException(ImapFault.Unsafe, $"{connection.Account.Host} did not keep to {exchange.Mechanism}, so it may not be who it says.");
    }

    private static void End(ImapConnection connection, ISaslExchange exchange, Response response)
    {
        if (response.Status != StatusWord.Ok)
            throw Login.NotLetIn(connection, response);
        // The server's proof may come with the OK itself only in other protocols; here it was a challenge.
        if (!exchange.MaySucceed)
            throw new ImapException(ImapFault.Unsafe, $"{connection.Account.Host} ended {exchange.Mechanism} without proving that it knows the password.");
    }
}
