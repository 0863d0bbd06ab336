"""A second computation of the vectors in this folder, from docs/formats alone, with Python's standard library.

    python3 reference.py            checks the files
    python3 reference.py --write    writes them
"""
import base64
import hashlib
import json
import pathlib
import random
import sys
import unicodedata

HERE = pathlib.Path(__file__).parent


def cid(codec, data):
    return bytes([1, codec, 0x12, 0x20]) + hashlib.sha256(data).digest()


def cid_text(name):
    return "b" + base64.b32encode(name).decode().lower().rstrip("=")


def digests(pairs):
    """docs/formats/own-machines.md, "Comparing"."""
    buckets = [b""] * 256
    for thread, root in sorted(pairs):
        buckets[thread[4]] += thread + root
    return b"".join(hashlib.sha256(bucket).digest()[:8] if bucket else bytes(8) for bucket in buckets)


def digest_vectors():
    cases = []
    for count in (0, 1, 2, 1000):
        pairs = [(cid(0x71, b"thread %d" % i), cid(0x71, b"root %d" % i)) for i in range(count)]
        cases.append({
            "threads": count,
            "pairs": [[cid_text(thread), cid_text(root)] for thread, root in pairs[:2]],
            "sha256": hashlib.sha256(digests(pairs)).hexdigest(),
        })
    return {
        "about": "thread i is the CID of a dag-cbor block with the ASCII bytes 'thread i', its root of 'root i'; sha256 is over the 2048 bytes",
        "cases": cases,
    }


RECORDS = [
    ["flags a", 5, "read"], ["flags a", 5, "flagged"], ["flags a", 4, "answered"],
    ["label b", 7, ""], ["label b", 6, "x"],
    ["label c", 90000000, "within a day of the clock"], ["label d", 90000001, "ahead"], ["label d", 1, "stands"],
]


def beats(one, other):
    """docs/formats/records.md, "What stands"."""
    return (one[1], cid(0x55, one[2].encode())) > (other[1], cid(0x55, other[2].encode()))


def record_vectors():
    now = 90000000 - 24 * 3600 * 1000
    standing = {}
    for record in RECORDS:
        if record[1] <= now + 24 * 3600 * 1000 and (record[0] not in standing or beats(record, standing[record[0]])):
            standing[record[0]] = record
    body = json.dumps({"v": 1, "records": RECORDS}, separators=(",", ":"))
    return {
        "octets": "MIME-Version: 1.0\r\nContent-Type: application/vnd.defms.record+json\r\nContent-Transfer-Encoding: binary\r\n\r\n" + body,
        "now": now,
        "stands": sorted(standing.values()),
    }


def key(label):
    """docs/formats/records.md, "Labels": the lower case of the upper case, one character for one."""
    def fold(letter):
        if letter in KEPT:
            return letter
        upper = letter.upper() if len(letter.upper()) == 1 else letter
        return upper.lower() if len(upper.lower()) == 1 else upper
    return "".join(map(fold, label))


KEPT = "\u0131\u017f"


def label_vectors():
    written = ["work", "Work", "To Do", "ÜBER", "\u1112\u1161\u11ab\u1100\u1173\u11af", "\u212bngstr\u00f6m", "e\u0301te\u0301", "a\u0302\u0323", "a\u0323\u0302", "\u03a3\u03c3\u03c2"]
    for first, last in ((0x41, 0x24F), (0x370, 0x52F), (0x531, 0x587), (0x1E00, 0x1FFF)):
        letters = [chr(point) for point in range(first, last + 1) if unicodedata.category(chr(point))[0] == "L"]
        written += ["".join(letters[at:at + 60]) for at in range(0, len(letters), 60)]
    chance = random.Random(5)
    marks = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030c\u0323\u0327\u0328\u031b\u0345\u0342"
    letters = "aAeEoOuUcCsSnNα\u03b1\u03c9\u1ea1\u00fc\u01d6\u1f80х\uac00\u1100\u1161\u11a8"
    written += ["".join(chance.choice(letters if chance.random() < 0.4 else marks) for _ in range(12)) for _ in range(300)]
    cases = []
    for label in written:
        text = unicodedata.normalize("NFC", label)
        cases.append({"written": label, "text": text, "key": key(text)})
    message = cid(0x71, b"message")
    return {
        "about": "text is the label as it is kept, key what it is compared by; message is the CID of a dag-cbor block with the ASCII bytes 'message'",
        "labels": cases,
        "refused": ["", " ", "-x", " -x", "a\tb", "a\nb", "a\u2028b", "a\"b", "x" * 65],
        "record": [f"label {cid_text(message)} to do", 1800000000000, "To Do"],
    }


def head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    size = next(n for n in (1, 2, 4, 8) if value < 1 << 8 * n)
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[size]]) + value.to_bytes(size, "big")


def cbor(value):
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    keys = sorted(value, key=lambda key: (len(key), key))
    return head(5, len(value)) + b"".join(cbor(key) + cbor(value[key]) for key in keys)


CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def pairing_vectors():
    # The public key is that of Alice in RFC 7748, section 6.1.
    key = bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
    device = bytes(range(16))
    request = cbor({"v": 1, "kind": "defms/pairing", "key": key, "name": "Laptop", "time": 1800000000000, "device": device})
    digest = hashlib.sha256(request).digest()
    bits = int.from_bytes(digest[:8], "big")
    check = "".join(CROCKFORD[bits >> (59 - 5 * i) & 31] for i in range(12))
    return {
        "key": key.hex(), "device": device.hex(), "name": "Laptop", "time": 1800000000000,
        "text": "DEFMS-PAIR:" + cid_text(request)[1:].upper(),
        "digest": digest.hex(),
        "check": "-".join(check[i:i + 4] for i in (0, 4, 8)),
    }


VECTORS = {"pairing.json": pairing_vectors, "digests.json": digest_vectors, "records.json": record_vectors, "labels.json": label_vectors}


def main():
    wrong = []
    for name, make in VECTORS.items():
        expected = json.dumps(make(), indent=1, ensure_ascii=False) + "\n"
        path = HERE / name
        if "--write" in sys.argv:
            path.write_text(expected, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != expected:
            wrong.append(name)
    if wrong:
        sys.exit("differ: " + ", ".join(wrong))


main()
