namespace Defms.Gateway.Imap.Wire;

/// <summary>The octets of one mail from the server, with the room that they take from the budget; disposing gives the room back.</summary>
internal sealed class MailLiteral(byte[]? octets, long size, OctetBudget budget, long leased) : IDisposable
{
    private bool isDisposed;

    /// <summary>Exactly as sent; null where the mail is larger than the limit and was read over.</summary>
    public byte[]? Octets { get; } = octets;

    /// <summary>Its length by the server's word.</summary>
    public long Size { get; } = size;

    public void Dispose()
    {
        if (isDisposed)
            return;
        isDisposed = true;
        budget.Return(leased);
    }
}
