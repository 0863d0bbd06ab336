namespace Defms.Core.Tests.Identities;

/// <summary>Texts that a card cannot carry.</summary>
internal static class RefusedText
{
    internal static string[] HiddenCharacters =>
    [
        "\0", "\t", "\n", "\r", "\u001b", "\u007f", "\u0085", "\u009b", "\u00ad", "\u061c", "\u180e", "\u200b", "\u200e", "\u200f",
        "\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2060", "\u2066", "\u2067", "\u2068", "\u2069", "\u206a",
        "\u206f", "\ufeff", "\ufff9", "\ufffb", "\U000e0001", "\U000e007f",
    ];

    internal static string[] Addresses =>
    [
        "", "alice", "@example.org", "alice@", "alice@@example.org", "alice@b@example.org", "a lice@example.org", "Alice <alice@example.org>",
        "\"alice\"@example.org", "alice(home)@example.org", "alice@[192.0.2.1]", "alice@.example.org", "alice@example..org", "alice@example.org.",
        "alice@-example.org", "alice@example-.org", "alice@exam!ple.org", "alice,bob@example.org", "alice@example.org\n", "alice\r\n@example.org",
        "alice\u00a0@example.org", "alice\u200b@example.org", "alice\u200d@example.org", "alice\u202e@example.org", "alice@example\u3000.org",
        new string('a', 65) + "@example.org", $"a@{new string('b', 64)}.org", $"a@{string.Concat(Enumerable.Repeat("bcdefghij.", 25))}org",
    ];

    internal static string[] Multiaddresses =>
        ["", "ip4/192.0.2.1", "/ip4/192.0.2.1\n", "/dns/ex ample", "/dns/b\u00fccher.example", "/dns/\u202eexample", $"/dns/{new string('a', 196)}"];

    internal static string[] Urls =>
    [
        "", "https://", "https:///path", "https:h.example", "//h.example", "h.example", "ftp://h.example", "HTTPS://h.example", "file:///etc/passwd",
        "https://H.example", "https://h.example/", "https://h.example/a/", "https://h.example//a", "https://h.example/a//b",
        "https://h.example:443", "http://h.example:80", "https://h.example:", "https://h.example:0", "https://h.example:08443",
        "https://h.example:65536", "https://h.example:+1", "https://user@h.example", "https://user:word@h.example", "https://@h.example",
        "https://h.example?", "https://h.example?q=1", "https://h.example#", "https://h.example/a?q", "https://h.example/%61", "https://h.example/a%2fb",
        "https://h.example/a b", " https://h.example", "https://h.example ", "https://h.example\n", "https://h.example/\ta", "https://h.ex\u00adample",
        "https://b\u00fccher.example", "https://\u212a.example", "https://\uff11\uff12\uff17.0.0.1", "https://h\u3002example", "https://h.example/\u00fc",
        "https://h.example/.", "https://h.example/..", "https://h.example/a/../b", "https://h.example\\a", "https:\\\\h.example", "https://h.example/a;b",
        "https://.example", "https://h..example", "https://h.example.", "https://-h.example", "https://h-.example", "https://%68.example",
        "https://127.1", "https://0x7f.0.0.1", "https://2130706433", "https://0177.0.0.1", "https://1.2.3.4.5", "https://192.0.2.256", "https://a.0x1f",
        "https://[::1", "https://::1", "https://[0:0:0:0:0:0:0:1]", "https://[2001:DB8::1]", "https://[2001:0db8::1]", "https://[2001:db8::0:1]",
        "https://[2001:db8:0:1:1:1:1:1]x", "https://[fe80::1%25eth0]", "https://[::ffff:192.0.2.1]", "https://[::ffff:c000:201]", "https://[v1.a]",
        "https://[2001:db8:0:0:1::1]", "https://[]", $"https://{new string('a', 64)}.example", $"https://h.example/{new string('a', 183)}",
    ];
}
