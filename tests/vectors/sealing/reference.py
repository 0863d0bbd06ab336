"""Sealing written a second time, slowly and from docs/formats/sealing.md alone; only Python's own library is used.

Running it writes seal.json and refused.json beside itself. The vectors are frozen: a run must change nothing.
"""

import hashlib
import hmac
import json
import pathlib
import struct

# XChaCha20-Poly1305: RFC 8439 sections 2.3 to 2.8, draft-irtf-cfrg-xchacha-03 section 2.


def rotated(word, bits):
    return (word << bits | word >> (32 - bits)) & 0xFFFFFFFF


def quarter_round(s, a, b, c, d):
    for x, y, z, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        s[x] = (s[x] + s[y]) & 0xFFFFFFFF
        s[z] = rotated(s[z] ^ s[x], bits)


def permuted(state):
    s = list(state)
    for _ in range(10):
        for column in range(4):
            quarter_round(s, column, column + 4, column + 8, column + 12)
        for i in range(4):
            quarter_round(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return s


def initial(key, last16):
    return struct.unpack("<16I", b"expand 32-byte k" + key + last16)


def hchacha20(key, nonce16):
    s = permuted(initial(key, nonce16))
    return struct.pack("<8I", *s[:4], *s[12:])


def key_stream(key, nonce12, first_block, length):
    stream = b""
    for counter in range(first_block, first_block + (length + 63) // 64):
        state = initial(key, struct.pack("<I", counter) + nonce12)
        stream += struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(state, permuted(state))))
    return stream[:length]


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    sum_ = 0
    for at in range(0, len(message), 16):
        sum_ = (sum_ + int.from_bytes(message[at:at + 16] + b"\1", "little")) * r % ((1 << 130) - 5)
    return ((sum_ + int.from_bytes(key[16:], "little")) % (1 << 128)).to_bytes(16, "little")


def to_16(data):
    return data + bytes(-len(data) % 16)


def xchacha20_poly1305(key, nonce, plaintext, associated):
    inner_key, inner_nonce = hchacha20(key, nonce[:16]), bytes(4) + nonce[16:]
    stream = int.from_bytes(key_stream(inner_key, inner_nonce, 1, len(plaintext)), "little")
    ciphertext = (int.from_bytes(plaintext, "little") ^ stream).to_bytes(len(plaintext), "little")
    lengths = struct.pack("<QQ", len(associated), len(ciphertext))
    one_time_key = key_stream(inner_key, inner_nonce, 0, 32)
    return ciphertext + poly1305(one_time_key, to_16(associated) + to_16(ciphertext) + lengths)


# docs/formats/sealing.md


def sub_key(key, salt, label):
    extracted = hmac.digest(salt, key, "sha256")
    return hmac.digest(extracted, label + b"\1", "sha256")


def associated_data(kind, salt):
    head = bytes([0x60 + len(kind)]) if len(kind) < 24 else bytes([0x78, len(kind)])
    return b"\x82" + head + kind.encode() + b"\x58\x20" + salt


def varint(number):
    encoded = b""
    while number >= 0x80:
        encoded += bytes([number & 0x7F | 0x80])
        number >>= 7
    return encoded + bytes([number])


def padme(length):
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    free_bits = exponent - exponent.bit_length()
    return -(-length >> free_bits) << free_bits


def padded(plaintext):
    content = varint(len(plaintext)) + plaintext
    return content + bytes(padme(len(content)) - len(content))


def nonce_of(key, salt, kind, p):
    ad = associated_data(kind, salt)
    return hashlib.blake2b(struct.pack("<Q", len(ad)) + ad + p, key=sub_key(key, salt, b"defms/1 nonce"), digest_size=24).digest()


def sealed_with(key, salt, kind, p, nonce):
    return nonce + xchacha20_poly1305(sub_key(key, salt, b"defms/1 seal"), nonce, p, associated_data(kind, salt))


def seal_padded(key, salt, kind, p):
    return sealed_with(key, salt, kind, p, nonce_of(key, salt, kind, p))


def seal(key, salt, kind, plaintext):
    return seal_padded(key, salt, kind, padded(plaintext))


# The vectors.

KEY = hashlib.sha256(b"defms test vector: thread key").digest()
SALT = hashlib.sha256(b"defms test vector: salt").digest()
LETTER = b"From: alice@example.org\r\nTo: bob@example.net\r\nSubject: Sealed\r\n\r\nOnly you can read this.\r\n"


def pattern(length):
    return bytes(i * 31 % 251 for i in range(length))


def seal_case(kind, plaintext):
    p = padded(plaintext)
    return {"kind": kind, "plaintext": plaintext.hex(), "associated": associated_data(kind, SALT).hex(),
            "padded": p.hex(), "sealed": seal_padded(KEY, SALT, kind, p).hex()}


def pattern_case(kind, length):
    sealed = seal(KEY, SALT, kind, pattern(length))
    return {"kind": kind, "patternLength": length, "sealedLength": len(sealed),
            "nonce": sealed[:24].hex(), "sealedSha256": hashlib.sha256(sealed).hexdigest()}


def refused_case(why, sealed, kind="defms/message"):
    return {"why": why, "kind": kind, "sealed": sealed.hex()}


def refused_cases():
    kind = "defms/message"
    good, p = seal(KEY, SALT, kind, LETTER), padded(LETTER)
    content = len(varint(len(LETTER))) + len(LETTER)
    yield refused_case("empty", b"")
    yield refused_case("shorter than nonce, tag and one byte", good[:40])
    yield refused_case("nothing inside nonce and tag", seal_padded(KEY, SALT, kind, b""))
    yield refused_case("last byte missing", good[:-1])
    yield refused_case("one byte appended", good + b"\0")
    yield refused_case("a bit of the nonce flipped", bytes([good[0] ^ 1]) + good[1:])
    yield refused_case("a bit of the ciphertext flipped", good[:30] + bytes([good[30] ^ 0x80]) + good[31:])
    yield refused_case("a bit of the tag flipped", good[:-1] + bytes([good[-1] ^ 1]))
    yield refused_case("sealed as another kind", seal(KEY, SALT, "defms/genesis", LETTER))
    yield refused_case("sealed under another salt", seal(KEY, bytes(32), kind, LETTER))
    yield refused_case("sealed under another key", seal(bytes(32), SALT, kind, LETTER))
    yield refused_case("right key, a nonce of zeros", sealed_with(KEY, SALT, kind, p, bytes(24)))
    yield refused_case("right key, a nonce hashed without the associated data", sealed_with(
        KEY, SALT, kind, p, hashlib.blake2b(p, key=sub_key(KEY, SALT, b"defms/1 nonce"), digest_size=24).digest()))
    yield refused_case("no padding", seal_padded(KEY, SALT, kind, p[:content]))
    yield refused_case("padded to the next but one length", seal_padded(KEY, SALT, kind, p + bytes(padme(len(p) + 1) - len(p))))
    yield refused_case("last padding byte not zero", seal_padded(KEY, SALT, kind, p[:-1] + b"\1"))
    yield refused_case("first padding byte not zero", seal_padded(KEY, SALT, kind, p[:content] + b"\1" + p[content + 1:]))
    yield refused_case("length in two bytes where one serves", seal_padded(KEY, SALT, kind, b"\x85\0hello"))
    yield refused_case("length in three bytes where one serves", seal_padded(KEY, SALT, kind, b"\x85\x80\0hello"))
    yield refused_case("length without an end", seal_padded(KEY, SALT, kind, b"\xff" * 8))
    yield refused_case("length one more than there is", seal_padded(KEY, SALT, kind, b"\6hello"))
    yield refused_case("length one less than there is", seal_padded(KEY, SALT, kind, b"\5hello!"))
    yield refused_case("length far beyond the end", seal_padded(KEY, SALT, kind, b"\xff\xff\x7fhello"))


def main():
    assert xchacha20_poly1305(  # draft-irtf-cfrg-xchacha-03 appendix A.3.1
        bytes(range(0x80, 0xA0)), bytes(range(0x40, 0x58)),
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
        bytes.fromhex("50515253c0c1c2c3c4c5c6c7"))[-16:].hex() == "c0875924c1c7987947deafd8780acf49"
    folder = pathlib.Path(__file__).parent
    lengths = (127, 128, 4096, 16383, 16384, 65536, 262144, 1032189)
    seals = {
        "about": "Sealing, docs/formats/sealing.md. Bytes are hex. A pattern's byte i is i * 31 mod 251.",
        "key": KEY.hex(), "salt": SALT.hex(), "check": sub_key(KEY, SALT, b"defms/1 check").hex(),
        "nonceKey": sub_key(KEY, SALT, b"defms/1 nonce").hex(), "sealKey": sub_key(KEY, SALT, b"defms/1 seal").hex(),
        "seals": [seal_case("defms/message", b""), seal_case("defms/message", b"\0"), seal_case("defms/message", LETTER),
                  seal_case("defms/genesis", LETTER), seal_case("defms/body", pattern(200)),
                  seal_case("k" * 23, b"23"), seal_case("k" * 24, b"24"), seal_case("k" * 64, b"64")],
        "patterns": [pattern_case("defms/body", length) for length in lengths],
        "padme": [[length, padme(length)] for length in (0, 1, 2, 3, 7, 8, 9, 10, 15, 16, 17, 31, 33, 100, 127, 129, 255, 257, 1000,
                  1025, 4098, 5000, 65539, 70000, 262147, 1000000, 1032191, 1032192, 1032193)],
    }
    refused = {"about": "Sealed bytes that a reader refuses under this key and salt.", "key": KEY.hex(), "salt": SALT.hex(),
               "refused": list(refused_cases())}
    for name, value in (("seal.json", seals), ("refused.json", refused)):
        (folder / name).write_text(json.dumps(value, indent=2) + "\n")


main()
