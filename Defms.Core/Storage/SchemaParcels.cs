namespace Defms.Core.Storage;

/// <summary>The step that adds parcels: what waits for gateways and comes from people to one.</summary>
internal static class SchemaParcels
{
    internal const string Script = """
        -- Parcels made here; kept says that their blocks are.
        CREATE TABLE parcels(
          cid BLOB NOT NULL PRIMARY KEY,
          recipient BLOB NOT NULL,
          type INTEGER NOT NULL,
          bytes INTEGER NOT NULL,
          state INTEGER NOT NULL,
          detail TEXT NOT NULL,
          updated INTEGER NOT NULL,
          reported INTEGER NOT NULL,
          kept INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX parcels_kept ON parcels(kept, updated);

        -- A delivery without an identity goes to the old world; this is the parcel that carries it to the gateway.
        ALTER TABLE deliveries ADD COLUMN submission BLOB;
        CREATE INDEX deliveries_submission ON deliveries(submission, address) WHERE submission IS NOT NULL;

        -- What people handed to this store's owner, a gateway. What is done has neither announcement nor next attempt.
        CREATE TABLE submissions(
          cid BLOB NOT NULL PRIMARY KEY,
          sender BLOB NOT NULL,
          announcement BLOB,
          taken INTEGER NOT NULL,
          next_attempt INTEGER,
          progress BLOB NOT NULL
        ) STRICT;
        CREATE INDEX submissions_due ON submissions(next_attempt) WHERE next_attempt IS NOT NULL;
        CREATE INDEX submissions_done ON submissions(taken) WHERE next_attempt IS NULL;
        """;
}
