namespace Defms.Core.Storage;

/// <summary>
/// The step that adds the full-text index. FTS5 keeps words and places only (the texts are in the blocks, and their beginnings beside it). Its tokenizer "ascii" takes every
/// character beyond ASCII for a letter: the texts come with such characters folded, cut and separated (SearchTableText), and so the index means the
/// same under every version of SQLite. Rows are numbered in the order of the messages' dates, so that the newest hits are read first and no
/// others; a day of mail is a range of rows.
/// </summary>
internal static class SchemaFullText
{
    internal const string Script = """
        CREATE VIRTUAL TABLE search USING fts5(
          subject, sender, recipients, copies, body, attachments, list,
          content = '', tokenize = 'ascii');

        -- Bulk import writes batches of many megabytes of words: fewer, larger pieces are merged less often.
        INSERT INTO search(search, rank) VALUES('hashsize', 16777216);
        INSERT INTO search(search, rank) VALUES('automerge', 8);

        -- Which row of the index is which message. It forbids letting go a message whose words are still in the index.
        CREATE TABLE searched(
          id INTEGER PRIMARY KEY,
          message INTEGER NOT NULL UNIQUE REFERENCES messages(id)
        ) STRICT;

        -- How the texts begin: a list of results shows lines of them without opening the mails.
        CREATE TABLE searched_texts(
          id INTEGER PRIMARY KEY REFERENCES searched(id) ON DELETE CASCADE,
          text TEXT NOT NULL,
          whole INTEGER NOT NULL
        ) STRICT;
        """;
}
