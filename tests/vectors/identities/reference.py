"""Identities written a second time, slowly and from docs/formats (recovery-code, card, identity-file) alone.

Running it checks every vector beside it and says how many agree. Only Python's own library is used; the one locked identity file
needs libsodium as well and is left out, with a word, where that is missing.
"""

import base64
import ctypes
import ctypes.util
import hashlib
import hmac
import json
import pathlib

HERE = pathlib.Path(__file__).parent

# Curves: RFC 7748 section 5, RFC 8032 section 5.1.

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def x25519_public(secret):
    scalar = int.from_bytes(secret, "little") & ~7 & (2**255 - 1) | 2**254
    x1, x2, z2, x3, z3, swap = 9, 1, 0, 9, 1, 0
    for t in reversed(range(255)):
        bit = scalar >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        e, da, cb = a * a - b * b, d * a, c * b
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = a * a * b * b % P, e * (a * a + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, -1, P) % P).to_bytes(32, "little")


def added(p, q):
    (x1, y1), (x2, y2) = p, q
    k = D * x1 * x2 * y1 * y2
    return (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P


def multiple(n, point):
    result = (0, 1)
    while n:
        if n & 1:
            result = added(result, point)
        point, n = added(point, point), n >> 1
    return result


def x_of(y, odd):
    square = (y * y - 1) * pow(D * y * y + 1, -1, P)
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return x if x & 1 == odd else P - x


ORDER = 2**252 + 27742317777372353535851937790883648493
BASE = x_of(4 * pow(5, -1, P) % P, 0), 4 * pow(5, -1, P) % P


def packed(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def sha512(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def ed25519(seed):
    half = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(half[:32], "little") & ~7 & (2**255 - 1) | 2**254
    return scalar, half[32:], packed(multiple(scalar, BASE))


def signed(seed, message):
    scalar, prefix, public = ed25519(seed)
    r = sha512(prefix, message) % ORDER
    point = packed(multiple(r, BASE))
    return point + ((r + sha512(point, public, message) * scalar) % ORDER).to_bytes(32, "little")


# Encodings.


def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    size = next(i for i in range(4) if n < 1 << (8 << i))
    return bytes([major << 5 | 24 + size]) + n.to_bytes(1 << size, "big")


def cbor(value):
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    keys = sorted(value, key=lambda key: (len(key), key))
    return head(5, len(value)) + b"".join(cbor(key) + cbor(value[key]) for key in keys)


def base32(data):
    return base64.b32encode(data).decode().lower().rstrip("=")


def cid(data):
    return "b" + base32(b"\x01\x71\x12\x20" + hashlib.sha256(data).digest())


def base58(data):
    n, text = int.from_bytes(data, "big"), ""
    while n:
        n, digit = divmod(n, 58)
        text = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[digit] + text
    return text


def did(public):
    return "did:key:z" + base58(b"\xed\x01" + public)


def did_key(text):
    n = 0
    for c in text.removeprefix("did:key:z"):
        n = n * 58 + "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".index(c)
    return n.to_bytes(34, "big")[2:]


# Identities.


def recovery_code(seed):
    number = int.from_bytes(seed + hashlib.sha256(b"defms/1 recovery" + seed).digest()[:3], "big")
    text = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> 5 * i & 31] for i in reversed(range(56)))
    return "-".join(text[i:i + 4] for i in range(0, 56, 4))


def derived(seed, label):
    extracted = hmac.digest(bytes(32), seed, "sha256")
    return hmac.digest(extracted, label.encode() + b"\x01", "sha256")


def certificate(seed, epoch):
    root = derived(seed, "defms/1 root")
    fields = {
        "epoch": epoch,
        "identity": ed25519(root)[2],
        "sealing": x25519_public(derived(seed, f"defms/1 epoch {epoch} sealing")),
        "signing": ed25519(derived(seed, f"defms/1 epoch {epoch} signing"))[2],
    }
    return fields | {"signature": signed(root, cbor(["defms/1 certificate", fields]))}


def card(seed, epoch, profile):
    fields = {"v": 1, "kind": "defms/card", "certificate": certificate(seed, epoch)}
    if profile is None:
        return cbor(fields)
    kept = {key: value for key, value in profile.items() if value not in ([], None)}
    if "endpoints" in kept:
        kept["endpoints"] = [{"url": e["url"], "identity": did_key(e["identity"])} for e in kept["endpoints"]]
    statement = cbor(["defms/1 profile", fields["certificate"]["identity"], epoch, kept])
    return cbor(fields | {"profile": kept | {"signature": signed(derived(seed, f"defms/1 epoch {epoch} signing"), statement)}})


def secrets(seed, current):
    return cbor({
        "epochs": [{use: derived(seed, f"defms/1 epoch {epoch} {use}") for use in ("filing", "sealing")} for epoch in range(current + 1)],
        "signing": derived(seed, f"defms/1 epoch {current} signing"),
        "certificate": certificate(seed, current),
    })


def locked_file(sodium, found, data, row):
    """The file of the vector with its salt and nonce, which are random, and everything else computed."""
    def after(key, length):
        at = found.index(cbor(key) + head(2, length)) + len(cbor(key) + head(2, length))
        return found[at:at + length]
    salt, nonce = after("salt", 16), after("nonce", 24)
    passphrase = row["passphrase"].encode()
    key, locked = ctypes.create_string_buffer(32), ctypes.create_string_buffer(len(data) + 16)
    bound = cbor(["defms/identity", row["memory"], row["passes"]])
    ull, size = ctypes.c_ulonglong, ctypes.c_size_t
    assert sodium.crypto_pwhash(key, ull(32), passphrase, ull(len(passphrase)), salt, ull(row["passes"]), size(row["memory"]), 2) == 0
    assert sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(locked, None, data, ull(len(data)), bound, ull(len(bound)), None, nonce, key) == 0
    return cbor({"v": 1, "kind": "defms/identity", "salt": salt, "nonce": nonce, "locked": locked.raw, "memory": row["memory"], "passes": row["passes"]})


def read(name):
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def same(name, expected, found):
    assert expected == found, f"{name}: {found} instead of {expected}"
    return 1


def agree_on_object(data, name):
    return same(name, name, cid(data)) + same(name, (HERE / f"{name}.cbor").read_bytes(), data)


def agreements():
    counting = bytes(range(32))
    for row in read("derivation.json")["seeds"]:
        seed = bytes.fromhex(row["seed"])
        yield same("code", row["code"], recovery_code(seed))
        yield same("did", row["did"], did(ed25519(derived(seed, "defms/1 root"))[2]))
        for epoch in row["epochs"]:
            label = f"defms/1 epoch {epoch['epoch']} "
            encoded = certificate(seed, epoch["epoch"])
            for field, use in (("signingSeed", "signing"), ("sealingSecret", "sealing"), ("filing", "filing")):
                yield same(field, epoch[field], derived(seed, label + use).hex())
            for field in ("signing", "sealing"):
                yield same(field, epoch[field], encoded[field].hex())
            yield same("certificate", epoch["certificate"], cbor(encoded).hex())
            yield agree_on_object(cbor(encoded), epoch["certificateCid"])
    for row in read("cards.json")["cards"]:
        data = card(counting, row["epoch"], row["profile"])
        yield agree_on_object(data, row["cid"]) + same("text", row["text"], "defms:" + base32(data))
    data = secrets(counting, 2)
    for row in read("identity-files.json")["files"]:
        if "passphrase" not in row:
            yield agree_on_object(cbor({"v": 1, "kind": "defms/identity", "check": hashlib.sha256(data).digest(), "secrets": data}), row["cid"])
        elif name := ctypes.util.find_library("sodium"):
            yield agree_on_object(locked_file(ctypes.CDLL(name), (HERE / f"{row['cid']}.cbor").read_bytes(), data, row), row["cid"])
        else:
            print("libsodium is missing: the locked identity file was left out")
    for row in read("refused/cards.json")["refused"]:
        yield same(row["why"], row["cid"], cid((HERE / "refused" / f"{row['cid']}.cbor").read_bytes()))


if __name__ == "__main__":
    print(f"{sum(agreements())} values agree")
