namespace Defms.Core.Network;

/// <summary>
/// Names that both sides of a request use (docs/formats/requests.md). Paths stand below an endpoint's URL and are what is signed.
/// </summary>
public static class PeerProtocol
{
    public const string AnnouncementsPath = "/defms/v1/announcements";
    public const string ReceiptsPath = "/defms/v1/receipts";
    public const string SyncPath = "/defms/v1/sync";
    public const string BlocksPath = "/defms/v1/blocks";
    public const string HostingPath = "/defms/v1/hosting";
    public const string ShowCardPath = "/defms/v1/card";
    public const string PairingPath = "/defms/v1/pairing";
    public const string CardPath = "/.well-known/defms/card";
    public const string AddressCardPath = "/.well-known/defms/address/";

    public const string CarType = "application/vnd.ipld.car";
    public const string DagCborType = "application/vnd.ipld.dag-cbor";

    /// <summary>Response field: Unix milliseconds by the answering machine's clock, where only the clocks disagree.</summary>
    public const string TimeHeader = "Defms-Time";

    /// <summary>A receipt with <see cref="Replication.Receipt.MaxMissing"/> names, a card and their frames stays below it.</summary>
    public const int MaxReceiptLength = 64 * 1024;

    /// <summary>A want list of <see cref="Replication.WantList.MaxBlocks"/> names stays below it.</summary>
    public const int MaxWantListLength = 64 * 1024;

    /// <summary>A device, a cursor, two flags and digests of 2 KiB.</summary>
    public const int MaxSyncRequestLength = 4096;

    /// <summary>A token, <see cref="Replication.Hosting.HostingRequest.MaxSnapshots"/> ids and their frames.</summary>
    public const int MaxHostingRequestLength = 2 * 1024;

    /// <summary>Seven small values.</summary>
    public const int MaxHostingAnswerLength = 1024;

    /// <summary>A card in its text form and white space around it.</summary>
    public const int MaxCardTextLength = 16 * 1024;

    /// <summary>Words of a refusal, in characters.</summary>
    public const int MaxReasonLength = 200;
}
