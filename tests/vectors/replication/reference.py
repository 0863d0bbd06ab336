"""Replication's objects written a second time from docs/formats (announcement, receipt, requests) alone.

Running it checks every vector beside it and says how many agree. A sealed box is random, so boxes are taken from boxes.json, and opened
where libsodium is there.
"""

import base64
import ctypes
import ctypes.util
import hashlib
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "threads"))

import reference as threads  # noqa: E402  (the reference of the thread vectors)
from reference import Person, Raw, agree_on_object, cbor, cid_of, link, same, without_nothing  # noqa: E402

BOXES = {name: bytes.fromhex(text) for name, text in threads.read("boxes.json", HERE).items() if name != "about"}
DIDS = {row["did"]: Person(bytes.fromhex(row["seedByte"]) * 32) for row in threads.read("people.json")["people"]}


def announcement(row):
    sender = DIDS[row["sender"]]
    return cbor(sender.signed("defms/1 announcement", {
        "v": 1, "id": bytes.fromhex(row["id"]), "kind": "defms/announcement", "root": link(row["root"]), "time": row["time"],
        "epoch": row["epoch"], "sealed": BOXES["announcement"], "thread": link(row["thread"]), "recipient": DIDS[row["recipient"]].root,
        "certificate": sender.certificate,
    }))


def receipt(row):
    signer = Person(DIDS[row["signer"]].seed, row["signerEpoch"])
    return cbor(signer.signed("defms/1 receipt", without_nothing({
        "v": 1, "card": BOXES["receipt"] if row["card"] else None, "kind": "defms/receipt", "time": row["time"], "reason": row["reason"],
        "sender": DIDS[row["sender"]].root, "missing": [link(name) for name in row["missing"]] or None, "verdict": row["verdict"],
        "recipient": DIDS[row["recipient"]].root, "certificate": signer.certificate, "announcement": bytes.fromhex(row["announcement"]),
    })))


def header(row, body):
    sender, to, nonce = DIDS[row["from"]], DIDS[row["to"]].root, bytes.fromhex(row["nonce"])
    statement = ["defms/1 request", row["method"], row["path"], hashlib.sha256(body).digest(), to, sender.root, row["time"], nonce]
    fields = {"to": to, "time": row["time"], "nonce": nonce, "signature": sender.sign(*statement), "certificate": sender.certificate}
    return base64.urlsafe_b64encode(cbor(fields)).decode().rstrip("=")


def sync_request(row):
    return cbor(without_nothing({
        "full": True if row["full"] else None, "wait": row["wait"] or None, "device": bytes.fromhex(row["device"]),
        "cursor": bytes.fromhex(row["cursor"]) if row["cursor"] else None,
    }))


def sync_head(row):
    return cbor(without_nothing({
        "v": 1, "kind": "defms/sync", "more": True if row["more"] else None, "items": [link(name) for name in row["items"]],
        "roots": [[link(thread), link(root)] for thread, root in row["roots"]] or None, "cursor": bytes.fromhex(row["cursor"]),
    }))


def want_list(row):
    return cbor({"want": [link(name) for name in row["want"]], "thread": link(row["thread"])})


def opened(box, person):
    """What libsodium finds in a box, or None where there is no libsodium."""
    if not (name := ctypes.util.find_library("sodium")):
        return None
    secret = threads.identities.derived(person.seed, f"defms/1 epoch {person.epoch} sealing")
    plain = ctypes.create_string_buffer(len(box) - 48)
    found = ctypes.CDLL(name).crypto_box_seal_open(plain, box, ctypes.c_ulonglong(len(box)), person.certificate["sealing"], secret)
    assert found == 0, "the box does not open"
    return plain.raw


def agree_on_box(what, name, person, expected):
    found = opened(BOXES[name], person)
    if found is None:
        print(f"libsodium is missing: {what} was left out")
        return 0
    return same(what, expected, found)


def agreements():
    for row in threads.read("announcement.json", HERE)["announcements"]:
        yield agree_on_object("announcement", row["cid"], announcement(row), HERE)
        opening = cbor({"key": bytes.fromhex(row["key"]), "card": Raw(threads.object_(row["card"], HERE))})
        yield agree_on_box("the box of the announcement", "announcement", DIDS[row["recipient"]], opening)
    for row in threads.read("receipts.json", HERE)["receipts"]:
        yield agree_on_object(row["name"], row["cid"], receipt(row), HERE)
        if row["card"]:
            yield agree_on_box("the box of the receipt", "receipt", DIDS[row["sender"]], threads.object_(row["card"], HERE))
    for row in threads.read("requests.json", HERE)["requests"]:
        yield same("header", row["header"], header(row, threads.object_(row["body"], HERE)))
    sync = threads.read("sync.json", HERE)
    yield sum(agree_on_object(row["name"], row["object"], sync_request(row), HERE) for row in sync["requests"])
    yield sum(agree_on_object(row["name"], row["cid"], sync_head(row), HERE) for row in sync["heads"])
    yield sum(agree_on_object("want list", row["object"], want_list(row), HERE) for row in sync["wants"])
    for file in sorted((HERE / "refused").glob("*.json")):
        for row in threads.read(file.name, file.parent)["refused"]:
            if "cid" in row:
                yield same(row["why"], row["cid"], cid_of(threads.object_(row["cid"], file.parent)))


if __name__ == "__main__":
    print(f"{sum(agreements())} values agree")
