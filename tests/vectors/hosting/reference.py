#!/usr/bin/env python3
"""Computes the objects of tests/vectors/hosting a second time from docs/formats/requests.md."""

import base64
import hashlib
import json
import pathlib

HERE = pathlib.Path(__file__).parent


def head(major, value):
    for bits, size in ((24, 0), (1 << 8, 1), (1 << 16, 2), (1 << 32, 4), (1 << 64, 8)):
        if value < bits:
            break
    if size == 0:
        return bytes([major << 5 | value])
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[size]]) + value.to_bytes(size, "big")


def cbor(value):
    """Strict DAG-CBOR of what these objects hold: keys by length, then by bytes; shortest integers."""
    if value is True:
        return b"\xf5"
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    pairs = sorted(value.items(), key=lambda pair: (len(pair[0]), pair[0]))
    return head(5, len(pairs)) + b"".join(cbor(key) + cbor(item) for key, item in pairs)


def cid(data):
    digest = b"\x01\x71\x12\x20" + hashlib.sha256(data).digest()
    return "b" + base64.b32encode(digest).decode().lower().rstrip("=")


def request(row):
    fields = {}
    if row["keep"]:
        fields["keep"] = [bytes.fromhex(name) for name in row["keep"]]
    if row["leave"]:
        fields["leave"] = True
    if row["token"]:
        fields["token"] = bytes.fromhex(row["token"])
    return cbor(fields)


def answer(row):
    fields = {"v": 1, "kind": "defms/hosting", **{name: row[name] for name in ("days", "used", "items", "quota")}}
    if row["keep"]:
        fields["keep"] = True
    return cbor(fields)


def agreements():
    vectors = json.loads((HERE / "hosting.json").read_text())
    for encode, rows in ((request, vectors["requests"]), (answer, vectors["answers"])):
        for row in rows:
            data = encode(row)
            assert cid(data) == row["object"], row["name"]
            assert data == (HERE / (row["object"] + ".cbor")).read_bytes(), row["name"]
            yield 1
    token = base64.b32decode(vectors["token"].upper() + "=" * (-len(vectors["token"]) % 8))
    assert hashlib.sha256(token).hexdigest() == vectors["hash"]
    yield 1


if __name__ == "__main__":
    print(f"{sum(agreements())} values agree")
