"""Threads written a second time, slowly and from docs/formats (genesis, message, root) alone.

Running it checks every vector beside it and says how many agree. It takes sealing and signing from the references of those vectors and
needs only Python's own library; the large messages take some ten seconds.
"""

import hashlib
import json
import pathlib
import types

HERE = pathlib.Path(__file__).parent


def load(path, end=None):
    """A reference beside this one, up to the line where it begins to work on its own vectors."""
    module = types.ModuleType(path.parent.name)
    module.__file__ = str(path)
    exec(compile(path.read_text(encoding="utf-8").split(end)[0] if end else path.read_text(encoding="utf-8"), path, "exec"), module.__dict__)
    return module


identities = load(HERE.parent / "identities" / "reference.py")
sealing = load(HERE.parent / "sealing" / "reference.py", "# The vectors.")


class Raw(bytes):
    """DAG-CBOR that is there already."""


def binary(cid):
    text = cid[1:].upper()
    return identities.base64.b32decode(text + "=" * (-len(text) % 8))


def cid_of(data, codec=0x71):
    return "b" + identities.base32(bytes([1, codec, 0x12, 0x20]) + hashlib.sha256(data).digest())


def link(cid):
    return Raw(b"\xd8\x2a\x58\x25\x00" + binary(cid))


def cbor(value):
    if value is True:
        return b"\xf5"
    if isinstance(value, Raw):
        return bytes(value)
    if isinstance(value, list):
        return identities.head(4, len(value)) + b"".join(map(cbor, value))
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key), key))
        return identities.head(5, len(value)) + b"".join(identities.cbor(key) + cbor(value[key]) for key in keys)
    return identities.cbor(value)


def without_nothing(fields):
    return {key: value for key, value in fields.items() if value is not None}


class Person:
    def __init__(self, seed, epoch=0):
        self.seed, self.epoch = seed, epoch
        self.root = identities.ed25519(identities.derived(seed, "defms/1 root"))[2]
        self.certificate = identities.certificate(seed, epoch)

    def sign(self, *statement):
        return identities.signed(identities.derived(self.seed, f"defms/1 epoch {self.epoch} signing"), cbor(list(statement)))

    def signed(self, label, fields):
        return fields | {"signature": self.sign(label, fields)}


def read(name, folder=HERE):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def object_(cid, folder=HERE):
    return (folder / f"{cid}.cbor").read_bytes()


PEOPLE = {row["name"]: Person(bytes.fromhex(row["seedByte"]) * 32) for row in read("people.json")["people"]}
BY_DID = {row["did"]: PEOPLE[row["name"]] for row in read("people.json")["people"]}
THREADS = {row["cid"]: row for row in read("genesis.json")["geneses"]}


def genesis(row):
    key, salt = bytes.fromhex(row["key"]), bytes.fromhex(row["salt"])
    creator = BY_DID[row["creator"]]
    check = sealing.sub_key(key, salt, b"defms/1 check")
    record = without_nothing({
        "created": row["created"], "creator": creator.root, "parties": [Raw(object_(card)) for card in row["parties"]],
        "branchOf": row["branchOf"] and link(row["branchOf"]),
    })
    label = "defms/1 public genesis" if row["public"] else "defms/1 genesis"
    record |= {"signature": creator.sign(label, salt, check, record)}
    block = {"v": 1, "kind": "defms/genesis", "salt": salt, "check": check, "sealed": sealing.seal(key, salt, "defms/genesis", cbor(record))}
    return cbor(block | ({"key": key} if row["public"] else {}))


def octets_of(rule):
    return (rule["before"] + rule["line"] * rule["times"] + rule["after"]).encode()


def large_leaves(octets):
    """Enough of MIME for the vectors: a header, or one multipart with the boundary b."""
    header = octets.find(b"\r\n\r\n") + 4
    if header < 4:
        return
    if b"multipart/mixed" not in octets[:header]:
        yield header, len(octets)
        return
    at = octets.index(b"--b\r\n", header)
    while octets[at:at + 5] == b"--b\r\n":
        body = at + 7 if octets[at + 5:at + 7] == b"\r\n" else octets.index(b"\r\n\r\n", at) + 4
        end = octets.index(b"\r\n--b", body - 2)
        yield body, end
        at = end + 2


def cut(octets):
    edges = sorted(edge for start, end in large_leaves(octets) if end - start >= 65536 for edge in (start, end))
    start = 0
    for edge in edges + [len(octets)]:
        while edge > start:
            yield min(edge - start, 262144)
            start += min(edge - start, 262144)


def message(row):
    thread, author, octets = THREADS[row["thread"]], BY_DID[row["author"]], octets_of(row["octets"])
    key, salt = bytes.fromhex(thread["key"]), bytes.fromhex(thread["salt"])
    digest, lengths, chunks, at = hashlib.sha256(octets).digest(), [], [], 0
    if len(octets) > 65536:
        lengths = list(cut(octets))
    for length in lengths:
        chunks.append(sealing.seal(key, salt, "defms/body", octets[at:at + length]))
        at += length
    names = [cid_of(chunk, 0x55) for chunk in chunks]
    record = without_nothing({
        "hash": digest, "size": len(octets), "time": row["time"], "author": author.root,
        "chunks": lengths or None, "octets": None if lengths else octets, "origin": row["origin"] and origin(row["origin"], digest),
    })
    body = [link(name) for name in names]
    record |= {"signature": author.sign("defms/1 message", link(row["thread"]), record, body)}
    sealed = sealing.seal(key, salt, "defms/message", cbor(record))
    return lengths, names, cbor({"v": 1, "body": body, "kind": "defms/message", "sealed": sealed, "genesis": link(row["thread"])})


def origin(row, digest):
    gateway = BY_DID[row["gateway"]]
    fields = {key: row[key] for key in ("to", "spf", "dkim", "from", "host", "time", "dmarc")}
    return fields | {"signature": gateway.sign("defms/1 origin", digest, fields), "certificate": gateway.certificate}


def tree(messages, thread=None, depth=0):
    """The encoded nodes of the tree, children first, the one asked for last."""
    node, nodes = {"count": len(messages)}, []
    if thread:
        node |= {"v": 1, "kind": "defms/thread", "genesis": link(thread)}
    if len(messages) <= 1024:
        node["messages"] = [link(name) for name in sorted(messages, key=binary)]
        return [cbor(node)]
    shards = {}
    for name in messages:
        shards.setdefault(binary(name)[4 + depth], []).append(name)
    node["shards"] = []
    for digit in sorted(shards):
        below = tree(shards[digit], depth=depth + 1)
        nodes += below
        node["shards"].append([digit, link(cid_of(below[-1]))])
    return nodes + [cbor(node)]


def made_up(digest):
    return "b" + identities.base32(b"\x01\x71\x12\x20" + digest)


def counted(i):
    return hashlib.sha256(str(i).encode()).digest()


def sharded(i):
    digest = counted(i)
    return bytes([7, i % 2]) + digest[2:] if i < 1030 else bytes([8 if i < 1060 else 255]) + digest[1:]


def same(what, expected, found):
    assert expected == found, f"{what}: {found} instead of {expected}"
    return 1


def agree_on_object(what, name, data, folder=HERE):
    return same(what, name, cid_of(data)) + same(what, object_(name, folder), data)


def agreements():
    for row in read("people.json")["people"]:
        yield same(row["name"], row["did"], identities.did(PEOPLE[row["name"]].root))
        yield same(row["name"], row["card"], cid_of(object_(row["card"])))
    for row in THREADS.values():
        yield agree_on_object(row["name"], row["cid"], genesis(row))
    for row in read("messages.json")["messages"]:
        lengths, names, block = message(row)
        yield same(row["name"], [(c["length"], c["cid"]) for c in row["chunks"]], list(zip(lengths, names)))
        yield agree_on_object(row["name"], row["cid"], block)
    roots, private = read("roots.json"), next(iter(THREADS))
    for row in roots["counted"]:
        yield same(row["count"], row["root"], cid_of(tree([made_up(counted(i)) for i in range(row["count"])], private)[-1]))
    small = [row["cid"] for row in read("messages.json")["messages"] if row["thread"] == private]
    for row, messages in ((roots["small"], small), (roots["sharded"], [made_up(sharded(i)) for i in range(1100)])):
        nodes = tree(messages, private)
        yield same(row["set"], row["root"], cid_of(nodes[-1])) + same(row["set"], len(row["nodes"]), len(nodes))
        yield sum(agree_on_object(row["set"], cid_of(node), node) for node in nodes)
    for file in sorted((HERE / "refused").glob("*.json")):
        for row in read(file.name, file.parent)["refused"]:
            yield same(row["why"], row["cid"], cid_of(object_(row["cid"], file.parent)))


if __name__ == "__main__":
    print(f"{sum(agreements())} values agree")
