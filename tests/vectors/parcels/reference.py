"""Parcels written a second time from docs/formats (parcel, message, sealing) alone.

Running it checks every vector beside it and says how many agree.
"""

import hashlib
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "threads"))

import reference as threads  # noqa: E402  (the reference of the thread vectors)
from reference import BY_DID, Raw, agree_on_object, cbor, cid_of, cut, link, object_, octets_of, same, sealing, without_nothing  # noqa: E402


def origin(row, digest):
    gateway = BY_DID[row["gateway"]]
    fields = {key: row[key] for key in ("to", "spf", "dkim", "from", "host", "time", "dmarc")}
    fields |= {key: True for key in ("card", "sent") if row[key]}
    return fields | {"signature": gateway.sign("defms/1 origin", digest, fields), "certificate": gateway.certificate}


def mail(row, key, salt):
    octets = octets_of(row["octets"])
    digest, lengths, chunks, at = hashlib.sha256(octets).digest(), list(cut(octets)) if len(octets) > 65536 else [], [], 0
    for length in lengths:
        chunks.append(cid_of(sealing.seal(key, salt, "defms/body", octets[at:at + length]), 0x55))
        at += length
    fields = {"hash": digest, "size": len(octets), "chunks": lengths or None, "octets": None if lengths else octets}
    return fields, chunks, digest


def several(row):
    octets = row["octets"].encode()
    digest = hashlib.sha256(octets).digest()
    return without_nothing({"hash": digest, "flags": row["flags"] or None, "octets": octets, "origin": origin(row["origin"], digest)})


def content(row, key, salt):
    if row["type"] == "report":
        fates = [without_nothing(fate) for fate in row["recipients"]]
        return {"submission": link(row["submission"]), "recipients": fates}, []
    if row["type"] == "deliveries":
        return {"mails": [several(each) for each in row["mails"]]}, []
    fields, chunks, digest = mail(row, key, salt)
    if row["type"] == "delivery":
        return fields | {"flags": row["flags"] or None, "origin": origin(row["origin"], digest)}, chunks
    dsn = row["dsn"] and {name: value for name, value in row["dsn"].items() if value}
    card = row["card"] and Raw(object_(row["card"], HERE))
    return fields | {"to": row["to"], "from": row["from"], "dsn": dsn, "card": card}, chunks


def parcel(row):
    key, salt, sender = bytes.fromhex(row["key"]), bytes.fromhex(row["salt"]), BY_DID[row["sender"]]
    check = sealing.sub_key(key, salt, b"defms/1 check")
    fields, chunks = content(row, key, salt)
    record = without_nothing(fields) | {
        "time": row["time"], "type": row["type"], "sender": sender.certificate, "recipient": BY_DID[row["recipient"]].root}
    body = [link(name) for name in chunks]
    record |= {"signature": sender.sign("defms/1 parcel", salt, check, record, body)}
    sealed = sealing.seal(key, salt, "defms/parcel", cbor(record))
    return chunks, cbor({"v": 1, "body": body, "kind": "defms/parcel", "salt": salt, "check": check, "sealed": sealed})


def agreements():
    for row in threads.read("parcels.json", HERE)["parcels"]:
        chunks, block = parcel(row)
        yield same(row["name"], row["chunks"], chunks)
        yield agree_on_object(row["name"], row["cid"], block, HERE)
    for row in threads.read("parcels.json", HERE / "refused")["refused"]:
        yield same(row["why"], row["cid"], cid_of(object_(row["cid"], HERE / "refused")))


if __name__ == "__main__":
    print(f"{sum(agreements())} values agree")
