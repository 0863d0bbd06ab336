using Defms.Core;
using Defms.Gateway.Imap.Wire;

namespace Defms.Gateway.Imap.Commands;

/// <summary>From the greeting to the authenticated state: STARTTLS (RFC 3501, 6.2.1), CAPABILITY, the login, ENABLE (RFC 5161).</summary>
internal static class Opening
{
    /// <summary>Makes the connection safe, logs in, and asks for the extensions that Defms uses.</summary>
    public static async Task RunAsync(ImapConnection connection, RandomSource random)
    {
        if (connection.Account.Security == ImapSecurity.Tls)
            await connection.EncryptAsync();
        bool isLetIn = await GreetAsync(connection);
        if (connection.Account.Security == ImapSecurity.StartTls)
            await StartTlsAsync(connection);
        if (!isLetIn)
        {
            await LearnAsync(connection);
            int before = connection.TimesLearned;
            await Login.RunAsync(connection, random);
            // Much is offered only to those who are let in; servers that do not say it with their OK are asked.
            if (connection.TimesLearned == before)
                connection.ForgetCapabilities();
        }
        await LearnAsync(connection);
        await EnableAsync(connection);
    }

    /// <summary>Whether the server let us in without a login, for it knows who we are by other means.</summary>
    private static async Task<bool> GreetAsync(ImapConnection connection)
    {
        Response greeting = await connection.ReadAsync();
        if (greeting.Kind != ResponseKind.Status || greeting.Status is not (StatusWord.Ok or StatusWord.Preauth))
            throw connection.BadAnswer("did not greet as an IMAP server does");
        bool isLetIn = greeting.Status == StatusWord.Preauth;
        if (isLetIn && connection.Account.Security == ImapSecurity.StartTls)
            throw new ImapException(ImapFault.Unsafe, $"{connection.Account.Host} lets everybody in before STARTTLS, so somebody in between could be speaking for it.");
        return isLetIn;
    }

    private static async Task StartTlsAsync(ImapConnection connection)
    {
        await LearnAsync(connection);
        if (!connection.Offers("STARTTLS"))
            throw new ImapException(ImapFault.Unsafe, $"{connection.Account.Host} does not offer STARTTLS; nothing was sent to it.");
        Response response = await connection.RunAsync("STARTTLS");
        if (response.Status != StatusWord.Ok)
            throw new ImapException(ImapFault.Unsafe, $"{connection.Account.Host} refuses STARTTLS: {response.ShownText}");
        await connection.EncryptAsync();
    }

    private static async Task LearnAsync(ImapConnection connection)
    {
        if (!connection.KnowsCapabilities)
            await connection.RequireAsync("CAPABILITY", "say what it can do");
        if (!connection.KnowsCapabilities)
            throw connection.BadAnswer("did not say what it can do");
    }

    private static async Task EnableAsync(ImapConnection connection)
    {
        connection.TellsVanished = connection.Offers("QRESYNC");
        connection.CountsChanges = connection.TellsVanished || connection.Offers("CONDSTORE");
        bool offersUtf8 = connection.Offers("UTF8=ACCEPT") || connection.Offers("UTF8=ONLY");
        if (!connection.Offers("ENABLE") || !(connection.CountsChanges || offersUtf8))
        {
            connection.TellsVanished = false;
            return;
        }
        var enabled = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        string wishes = (connection.TellsVanished ? " QRESYNC" : connection.CountsChanges ? " CONDSTORE" : "") + (offersUtf8 ? " UTF8=ACCEPT" : "");
        await connection.RunAsync("ENABLE" + wishes, response => Collect(response, enabled));
        connection.TellsVanished &= enabled.Contains("QRESYNC");
        connection.SpeaksUtf8 = enabled.Contains("UTF8=ACCEPT");
    }

    private static void Collect(Response response, HashSet<string> enabled)
    {
        TokenCursor cursor = response.Cursor;
        if (response.Kind != ResponseKind.Data || !cursor.TryWord("ENABLED"u8))
            return;
        while (cursor.TryAtom(out ReadOnlySpan<byte> word))
            enabled.Add(System.Text.Encoding.Latin1.GetString(word));
    }
}
