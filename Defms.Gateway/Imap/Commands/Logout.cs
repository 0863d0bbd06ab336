namespace Defms.Gateway.Imap.Commands;

/// <summary>LOGOUT (RFC 3501, 6.1.3).</summary>
internal static class Logout
{
    /// <summary>Says goodbye, and does not wait to hear it: nothing depends on it.</summary>
    public static async Task SendAsync(ImapConnection connection)
    {
        try
        {
            await connection.SendAsync("LOGOUT");
        }
        catch (ImapException e) when (e.Fault == ImapFault.Lost)
        {
            // The server was faster.
        }
    }
}
