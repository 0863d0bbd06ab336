using System.Text;
using Defms.Core.Replication;

namespace Defms.Serving;

/// <summary>Where and how a server answers peers.</summary>
public sealed record ServerOptions
{
    /// <summary>At least one; those with https need <see cref="Certificate"/>.</summary>
    public required IReadOnlyList<ListenAddress> Listen { get; init; }

    /// <summary>For https; null where a proxy or nobody speaks it.</summary>
    public ServerCertificate? Certificate { get; init; }

    /// <summary>Whether <c>X-Forwarded-For</c> of private addresses is believed.</summary>
    public bool IsBehindProxy { get; init; }

    /// <summary>Where the owner is a gateway: who may hand mail to it. Null where no submissions are taken.</summary>
    public ISubmissionDesk? Submissions { get; init; }

    /// <summary>The card to show to anybody for an address, by the name that <see cref="Core.Network.AddressCard"/> gives it; null for no addresses.</summary>
    public Func<string, Core.Identities.Card?>? PublishedCard { get; init; }

    /// <summary>Adds the program's own figures to <c>/metrics</c>, in Prometheus' text format; called for every answer.</summary>
    public Action<StringBuilder>? MoreMetrics { get; init; }
}
