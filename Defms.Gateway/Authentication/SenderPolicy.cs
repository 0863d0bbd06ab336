namespace Defms.Gateway.Authentication;

/// <summary>What the gateway does with what it finds out about a sender.</summary>
public enum SenderPolicy
{
    /// <summary>Nothing is looked up; all words are "none".</summary>
    Off,

    /// <summary>Everything is accepted, and the message's origin says what was found. The default.</summary>
    Mark,

    /// <summary>Mail that fails DMARC at a domain that asks for rejection is refused; where the DNS has no answer, the sender is asked to try again.</summary>
    Refuse,
}

/// <summary>What to answer at the end of DATA.</summary>
public enum SenderAction
{
    Accept,

    /// <summary>Refuse for good.</summary>
    Refuse,

    /// <summary>Refuse for now.</summary>
    Defer,
}

/// <summary>An answer to the sender: what to do, and the reply line where it is no acceptance (RFC 5321, 4.2 with RFC 3463).</summary>
public sealed record SenderDecision(SenderAction Action, string Reply)
{
    public static SenderDecision Accept { get; } = new(SenderAction.Accept, "");
}
