using System.Globalization;
using System.Text;

namespace Defms.Core.Mailboxes.Search;

/// <summary>What a character is to somebody who looks for words.</summary>
internal enum LetterKind : byte
{
    /// <summary>Between words.</summary>
    Separator,

    /// <summary>Inside words, but no difference between them: soft hyphens, combining accents, points of Hebrew and Arabic.</summary>
    Invisible,

    /// <summary>A letter or digit of a script that puts spaces between words.</summary>
    Letter,

    /// <summary>A character of a script without spaces (Han, Kana, Hangul with its endings, Thai, Lao, Khmer, Burmese), or a pictograph.</summary>
    Unspaced,
}

/// <summary>
/// Which characters make words, and which letters are the same to a reader: letter case and diacritics do not count. Our own tables and not
/// SQLite's, so that an index means the same under every version of the library, and the words that are marked are those that were found.
/// </summary>
internal static class Letters
{
    /// <summary>Beyond it stand no letters that fold in another way than by case.</summary>
    private const int TableEnd = 0x2000;

    /// <summary>Each row a letter and the lower-case letters that are written as it with marks (Unicode's canonical decompositions, and ø, ł, đ, ħ, ŧ, ı, ς, ё).</summary>
    private static readonly string[] Marked =
    [
        "aàáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ",
        "bḃḅḇ",
        "cçćĉċčḉ",
        "dďḋḍḏḑḓđ",
        "eèéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ",
        "fḟ",
        "gĝğġģǧǵḡ",
        "hĥȟḣḥḧḩḫẖħ",
        "iìíîïĩīĭįǐȉȋḭḯỉịıİ",
        "jĵǰ",
        "kķǩḱḳḵ",
        "lĺļľḷḹḻḽł",
        "mḿṁṃ",
        "nñńņňǹṅṇṉṋ",
        "oòóôõöōŏőơǒǫǭǿȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợø",
        "pṕṗ",
        "rŕŗřȑȓṙṛṝṟ",
        "sśŝşšșṡṣṥṧṩẛſ",
        "tţťțṫṭṯṱẗŧ",
        "uùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự",
        "vṽṿ",
        "wŵẁẃẅẇẉẘ",
        "xẋẍ",
        "yýÿŷȳẏẙỳỵỷỹ",
        "zźżžẑẓẕ",
        "æǣǽ",
        "ʒǯ",
        "αάἀἁἂἃἄἅἆἇὰάᾀᾁᾂᾃᾄᾅᾆᾇᾰᾱᾲᾳᾴᾶᾷ",
        "βϐ",
        "εέἐἑἒἓἔἕὲέϵ",
        "ηήἠἡἢἣἤἥἦἧὴήᾐᾑᾒᾓᾔᾕᾖᾗῂῃῄῆῇ",
        "θϑ",
        "ιΐίϊἰἱἲἳἴἵἶἷὶίῐῑῒΐῖῗι",
        "κϰ",
        "μµ",
        "οόὀὁὂὃὄὅὸό",
        "πϖ",
        "ρῤῥϱ",
        "σς",
        "υΰϋύϓϔὐὑὒὓὔὕὖὗὺύῠῡῢΰῦῧϒ",
        "φϕ",
        "ωώὠὡὢὣὤὥὦὧὼώᾠᾡᾢᾣᾤᾥᾦᾧῲῳῴῶῷ",
        "её",
    ];

    private static readonly Lazy<char[]> Folds = new(MakeFolds);

    internal static LetterKind KindOf(int point)
    {
        if (point < 0x80)
            return char.IsAsciiLetterOrDigit((char)point) ? LetterKind.Letter : LetterKind.Separator;
        if (IsInvisible(point))
            return LetterKind.Invisible;
        if (IsUnspaced(point))
            return LetterKind.Unspaced;
        return IsWordCategory(CharUnicodeInfo.GetUnicodeCategory(point)) ? LetterKind.Letter : LetterKind.Separator;
    }

    /// <summary>The letter that stands for <paramref name="letter"/> in the index.</summary>
    internal static char Fold(char letter)
    {
        if (letter < 0x80)
            return char.ToLowerInvariant(letter);
        if (letter < TableEnd)
            return Folds.Value[letter];
        // Fullwidth forms of ASCII.
        if (letter is >= '\uFF01' and <= '\uFF5E')
            return char.ToLowerInvariant((char)(letter - 0xFEE0));
        return char.ToLowerInvariant(letter);
    }

    /// <summary>The character at <paramref name="index"/>; half a surrogate pair is U+FFFD, a separator.</summary>
    internal static int PointAt(ReadOnlySpan<char> text, int index, out int length)
    {
        char first = text[index];
        length = 1;
        if (!char.IsSurrogate(first))
            return first;
        if (!char.IsHighSurrogate(first) || index + 1 == text.Length || !char.IsLowSurrogate(text[index + 1]))
            return Rune.ReplacementChar.Value;
        length = 2;
        return char.ConvertToUtf32(first, text[index + 1]);
    }

    private static bool IsWordCategory(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => true,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => true,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => true,
        _ => false,
    };

    private static bool IsInvisible(int point) => point switch
    {
        0xAD or (>= 0x300 and <= 0x36F) => true,
        >= 0x591 and <= 0x5C7 => point is not (0x5BE or 0x5C0 or 0x5C3 or 0x5C6),
        (>= 0x610 and <= 0x61A) or 0x640 or (>= 0x64B and <= 0x65F) or 0x670 => true,
        >= 0x6D6 and <= 0x6ED => point is not (0x6DD or 0x6DE or 0x6E5 or 0x6E6 or 0x6E9),
        (>= 0x200B and <= 0x200F) or (>= 0x202A and <= 0x202E) or (>= 0x2060 and <= 0x2069) => true,
        (>= 0xFE00 and <= 0xFE0F) or 0xFEFF => true,
        _ => false,
    };

    private static bool IsUnspaced(int point) => point switch
    {
        < 0x0E00 => false,
        <= 0x0EFF => point is not (0x0E3F or 0x0E4F or 0x0E5A or 0x0E5B),
        >= 0x1000 and <= 0x104F => point < 0x104A,
        >= 0x1100 and <= 0x11FF => true,
        >= 0x1780 and <= 0x17FF => point is not (>= 0x17D4 and <= 0x17DB and not 0x17D7),
        >= 0x2600 and <= 0x27BF => true,
        0x3005 or 0x3007 or (>= 0x3040 and <= 0x30FF and not 0x30FB) or (>= 0x3105 and <= 0x318F) or (>= 0x31A0 and <= 0x31FF) => true,
        (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0xA4CF) or (>= 0xA960 and <= 0xA97C) or (>= 0xAC00 and <= 0xD7FB) => true,
        (>= 0xF900 and <= 0xFAFF) or (>= 0xFF66 and <= 0xFFDC) => true,
        (>= 0x1B000 and <= 0x1B16F) or (>= 0x1F000 and <= 0x1FAFF) or (>= 0x20000 and <= 0x3FFFF) => true,
        _ => false,
    };

    private static char[] MakeFolds()
    {
        var folds = new char[TableEnd];
        for (int i = 0; i < folds.Length; i++)
            folds[i] = char.ToLowerInvariant((char)i);
        foreach (string row in Marked)
        {
            foreach (char marked in row)
            {
                folds[marked] = row[0];
                folds[char.ToUpperInvariant(marked)] = row[0];
            }
        }
        return folds;
    }
}
