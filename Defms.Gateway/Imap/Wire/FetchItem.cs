using System.Text;

namespace Defms.Gateway.Imap.Wire;

/// <summary>What one FETCH answer says of a mail (RFC 3501, 7.4.2), as far as it says it.</summary>
internal readonly record struct FetchItem
{
    /// <summary>The flags of nearly all mail, so that they are one string each.</summary>
    private static readonly string[] CommonFlags = ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"];

    /// <summary>0 where it says none.</summary>
    public uint Uid { get; private init; }

    public IReadOnlyList<string>? Flags { get; private init; }

    public DateTimeOffset? Arrived { get; private init; }

    /// <summary>Whether the mail itself was in it: the response holds it, or it is empty.</summary>
    public bool HasMail { get; private init; }

    /// <summary>A mail that came not as a literal but in quotes, which servers do with an empty or tiny one.</summary>
    public byte[]? QuotedMail { get; private init; }

    /// <summary>Reads a FETCH answer; false where the response is none.</summary>
    /// <param name="isSound">False where it is one that cannot be read.</param>
    public static bool TryRead(Response response, out FetchItem item, out bool isSound)
    {
        (item, isSound) = (default, true);
        TokenCursor cursor = response.Cursor;
        if (response.Kind != ResponseKind.Data || !cursor.TryNumber(out _) || !cursor.TryWord("FETCH"u8))
            return false;
        isSound = cursor.TryOpen();
        while (isSound && !cursor.TryClose())
            isSound = TryAttribute(ref cursor, ref item);
        isSound &= cursor.AtEnd;
        return true;
    }

    private static bool TryAttribute(ref TokenCursor cursor, ref FetchItem item)
    {
        if (cursor.TryWord("UID"u8))
        {
            bool isUid = cursor.TryUid(out uint uid);
            item = item with { Uid = uid };
            return isUid;
        }
        if (cursor.TryWord("FLAGS"u8))
            return TryFlags(ref cursor, ref item);
        if (cursor.TryWord("INTERNALDATE"u8))
        {
            bool isText = cursor.TryString(out ReadOnlySpan<byte> date);
            item = item with { Arrived = InternalDate.Read(date) };
            return isText;
        }
        if (cursor.TryWord("BODY[]"u8))
            return TryMail(ref cursor, ref item);
        bool isNamed = cursor.TryAtom(out _);
        cursor.SkipValue();
        return isNamed;
    }

    private static bool TryMail(ref TokenCursor cursor, ref FetchItem item)
    {
        if (cursor.TryMail())
        {
            item = item with { HasMail = true };
            return true;
        }
        // NIL is what a server says that cannot get at the mail now.
        if (cursor.TryWord("NIL"u8))
            return true;
        bool isText = cursor.TryString(out ReadOnlySpan<byte> quoted);
        item = item with { HasMail = isText, QuotedMail = quoted.ToArray() };
        return isText;
    }

    private static bool TryFlags(ref TokenCursor cursor, ref FetchItem item)
    {
        var flags = new List<string>(2);
        if (!cursor.TryOpen())
            return false;
        while (cursor.TryAtom(out ReadOnlySpan<byte> flag))
        {
            if (!Ascii.EqualsIgnoreCase(flag, "\\Recent"u8))
                flags.Add(Flag(flag));
        }
        item = item with { Flags = flags };
        return cursor.TryClose();
    }

    private static string Flag(ReadOnlySpan<byte> wire)
    {
        foreach (string common in CommonFlags)
        {
            if (Ascii.EqualsIgnoreCase(wire, common))
                return common;
        }
        return Encoding.UTF8.GetString(wire);
    }
}
