using System.Text;
using Defms.Core;
using Defms.Gateway.Imap.Sasl;
using Defms.Gateway.Imap.Wire;

namespace Defms.Gateway.Imap.Commands;

/// <summary>Chooses how to log in, and LOGIN (RFC 3501, 6.2.3), which comes last.</summary>
internal static class Login
{
    private const int NonceOctets = 18;

    /// <summary>Logs in by the best way that the server offers.</summary>
    public static async Task RunAsync(ImapConnection connection, RandomSource random)
    {
        ImapAccount account = connection.Account;
        string secret = await account.Secret.ReadAsync(connection.Cancel);
        connection.Account.RequireUsable(secret);
        ISaslExchange? exchange = Choose(connection, secret, random);
        if (exchange is not null)
            await Authenticate.RunAsync(connection, exchange);
        else if (account.Login == ImapLogin.Password && !connection.Offers("LOGINDISABLED"))
            await SendAsync(connection, account.User, secret);
        else
            throw new ImapException(ImapFault.NotLetIn, $"{account.Host} offers no way to log in with a {(account.Login == ImapLogin.Token ? "token" : "password")}.");
    }

    public static ImapException NotLetIn(ImapConnection connection, Response response) =>
        new(ImapFault.NotLetIn, $"{connection.Account.Host} does not let the account {connection.Account.Name} in: {response.ShownText}");

    private static ISaslExchange? Choose(ImapConnection connection, string secret, RandomSource random)
    {
        ImapAccount account = connection.Account;
        if (account.Login == ImapLogin.Token)
        {
            return connection.Offers("AUTH=OAUTHBEARER") ? new OAuthBearerExchange(account.User, secret, account.Host, account.Port)
                : connection.Offers("AUTH=XOAUTH2") ? new XOAuth2Exchange(account.User, secret)
                : null;
        }
        return connection.Offers("AUTH=SCRAM-SHA-256") ? new ScramSha256Exchange(account.User, secret, Convert.ToBase64String(random.Bytes(NonceOctets)))
            : connection.Offers("AUTH=PLAIN") ? new PlainExchange(account.User, secret)
            : null;
    }

    private static async Task SendAsync(ImapConnection connection, string user, string password)
    {
        string line = "LOGIN";
        string? tag = null;
        foreach (string part in new[] { user, password })
        {
            if (Ascii.IsValid(part))
            {
                line += " " + ImapConnection.Quote(part);
                continue;
            }
            // Anything beyond ASCII goes as a literal, once the server asks for it.
            byte[] octets = Encoding.UTF8.GetBytes(part);
            tag = await SendLineAsync(connection, tag, $"{line} {{{octets.Length}}}");
            await ReadUntilAsync(connection, tag, isAsked: true);
            line = Encoding.Latin1.GetString(octets);
        }
        tag = await SendLineAsync(connection, tag, line);
        await ReadUntilAsync(connection, tag, isAsked: false);
    }

    private static async ValueTask<string> SendLineAsync(ImapConnection connection, string? tag, string line)
    {
        if (tag is null)
            return await connection.SendAsync(line);
        await connection.WriteAsync(line + "\r\n");
        return tag;
    }

    /// <summary>Reads until the server asks for more, or else until it lets us in.</summary>
    private static async Task ReadUntilAsync(ImapConnection connection, string tag, bool isAsked)
    {
        while (true)
        {
            Response response = await connection.ReadAsync();
            if (isAsked && response.Kind == ResponseKind.Continuation)
                return;
            if (!connection.IsEndOf(response, tag))
                continue;
            if (response.Status != StatusWord.Ok || isAsked)
                throw NotLetIn(connection, response);
            return;
        }
    }

    private static void RequireUsable(this ImapAccount account, string secret)
    {
        if (account.User.Any(char.IsControl) || secret.Any(char.IsControl))
            throw new ImapException(ImapFault.NotLetIn, $"The user or the secret of the account {account.Name} holds a control character.");
    }
}
