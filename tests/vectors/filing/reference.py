"""Filing written a second time from docs/formats (filing, mime, genesis, message, root) alone.

Running it checks every vector beside it and says how many agree. Of mime.md it knows as much as the vectors need.
"""

import hashlib
import hmac
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "threads"))

import reference as threads  # noqa: E402  (the reference of the thread vectors)
from reference import Person, Raw, agree_on_object, cbor, cid_of, identities, link, same, sealing, tree  # noqa: E402

FIELDS = ["from", "sender", "reply-to", "to", "cc", "date", "subject", "message-id", "content-type", "content-transfer-encoding"]


def split(octets):
    """Fields as (name in lower case, value), and the body."""
    end = b"\n" if b"\n" in octets else b"\r"
    fields, at = [], 0
    while at < len(octets):
        stop = octets.find(end, at)
        stop = len(octets) if stop < 0 else stop + 1
        line = octets[at:stop]
        if line.strip(b"\r\n") == b"":
            return fields, octets[stop:]
        name = re.match(rb"([!-9;-~]+)[ \t]*:", line)
        if line[:1] in b" \t" and fields:
            fields[-1][1] += line
        elif name:
            fields.append([name[1].decode("latin-1").lower(), line[name.end():]])
        elif not line.startswith(b"From "):
            return fields, octets[at:]
        at = stop
    return fields, b""


def identifiers(value):
    runs = [run.rsplit(b"<", 1)[-1] for run in re.findall(rb"<([^>]*)>", value)]
    found = [kept for run in runs if len(run) <= 998 and (kept := bytes(c for c in run if c > 32 and c != 127))]
    if not found:
        words = [word.strip(b"<>") for word in re.split(rb"[ \t\r\n,;]", value.strip(b" \t\r\n"))]
        found = [word for word in words if word and (b"@" in word or not re.search(rb"[ \t\r\n]", value.strip(b" \t\r\n")))]
    return [text_of(each) for each in found]


def text_of(octets):
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("windows-1252", "replace")


def answered(value):
    named = b"<" in value or not re.search(rb"[ \t\r\n]", value.strip(b" \t\r\n"))
    return identifiers(value)[-1:] if named else []


def filing_id(octets):
    fields, _ = split(octets)
    first = {name: value for name, value in reversed(fields)}
    for found in (identifiers(first.get("references", b""))[:1], answered(first.get("in-reply-to", b"")), identifiers(first.get("message-id", b""))[:1]):
        if found:
            return "mid:" + found[0]
    return "sha256:" + hashlib.sha256(octets).hexdigest()


def content_hash(octets):
    fields, body = split(octets)
    text = b""
    for wanted in FIELDS:
        for name, value in fields:
            if name == wanted:
                text += name.encode() + b":" + re.sub(rb"[ \t\r\n]+", b" ", value).strip(b" ") + b"\r\n"
    body = body.rstrip(b"\r\n")
    lines = re.split(rb"\r\n|\n|\r", body) if body else []
    return hashlib.sha256(text + b"\r\n" + b"".join(line + b"\r\n" for line in lines)).hexdigest()


def expanded(secret, label, id_):
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, label + b"\0" + id_.encode() + b"\1", "sha256")


def filed(row):
    octets = row["octets"].encode("latin-1")
    owner = Person(b"\xa1" * 32, row["epoch"])
    secret = identities.derived(owner.seed, f"defms/1 epoch {row['epoch']} filing")
    id_ = filing_id(octets)
    salt, key = expanded(secret, b"defms/1 filing salt", id_), expanded(secret, b"defms/1 filing key", id_)
    check = sealing.sub_key(key, salt, b"defms/1 check")
    record = {"creator": owner.root, "parties": [{"v": 1, "kind": "defms/card", "certificate": owner.certificate}]}
    record |= {"signature": owner.sign("defms/1 genesis", salt, check, record)}
    genesis = cbor({"v": 1, "kind": "defms/genesis", "salt": salt, "check": check, "sealed": sealing.seal(key, salt, "defms/genesis", cbor(record))})
    name = cid_of(genesis)
    message = {"hash": hashlib.sha256(octets).digest(), "size": len(octets), "author": owner.root, "octets": octets}
    message |= {"signature": owner.sign("defms/1 message", link(name), message, [])}
    block = cbor({"v": 1, "body": [], "kind": "defms/message", "genesis": link(name), "sealed": sealing.seal(key, salt, "defms/message", cbor(message))})
    return id_, key, genesis, block, cid_of(tree([cid_of(block)], name)[-1])


def agreements():
    for row in threads.read("filing.json", HERE)["filed"]:
        id_, key, genesis, message, root = filed(row)
        yield same(row["name"], (row["id"], row["key"], row["root"]), (id_, key.hex(), root))
        yield agree_on_object(row["name"], row["genesis"], genesis, HERE) + agree_on_object(row["name"], row["message"], message, HERE)
    for row in threads.read("content.json", HERE)["same"]:
        for octets in row["octets"]:
            yield same(row["name"], row["content"], content_hash(octets.encode("latin-1")))


if __name__ == "__main__":
    print(f"{sum(agreements())} values agree")
