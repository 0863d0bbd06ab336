"""What Python's email package reads in each message of the folders given: one JSON object a line. Oracle of PythonEmailTests."""
import email, email.header, email.utils, json, os, re, sys


def text_of(value):
    """Unfolded value with encoded words decoded, white space runs as one space."""
    # Left folded, a line that ends in a parenthesis would be joined to an encoded word on the next one without a space.
    value = re.sub(r"\r?\n(?=[ \t])", "", str(value))
    try:
        shown = str(email.header.make_header(email.header.decode_header(value)))
    except Exception:
        shown = str(value)
    return " ".join(shown.split())


def addresses(msg, name):
    pairs = email.utils.getaddresses([str(v) for v in msg.get_all(name, [])])
    return [[text_of(n), a] for n, a in pairs if a]


def date(msg):
    try:
        return email.utils.parsedate_to_datetime(str(msg["Date"])).timestamp()
    except Exception:
        parsed = email.utils.parsedate_tz(str(msg["Date"]))
        return None if parsed is None else email.utils.mktime_tz(parsed)


def tree(part):
    # These three have no message inside; Python reads their header-like bodies as if they had.
    if part.is_multipart() and part.get_content_type() not in LEAVES:
        return [part.get_content_type(), [tree(p) for p in part.get_payload()]]
    return [part.get_content_type(), []]


LEAVES = ("message/delivery-status", "message/external-body", "message/disposition-notification", "message/partial", "message/feedback-report")


def leaves(part):
    if part.get_content_type() in LEAVES:
        return
    if part.is_multipart():
        for p in part.get_payload():
            yield from leaves(p)
    elif part.get_content_maintype() == "text":
        octets = part.get_payload(decode=True) or b""
        charset = part.get_content_charset() or "us-ascii"
        try:
            shown = octets.decode(charset, "replace")
        except LookupError:
            shown = octets.decode("utf-8", "replace")
        yield shown.replace("\r\n", "\n").replace("\r", "\n")


def read(path, octets):
    msg = email.message_from_bytes(octets)
    return {
        "path": path,
        "headers": [[k, text_of(v)] for k, v in msg.items()],
        "from": addresses(msg, "From"), "to": addresses(msg, "To"), "cc": addresses(msg, "Cc"),
        "date": date(msg),
        "references": ["".join(i.split()) for i in re.findall("<([^<>]+)>", " ".join(str(v) for v in msg.get_all("References", [])[:1]))],
        "tree": tree(msg),
        "texts": list(leaves(msg)),
    }


for folder in sys.argv[1:]:
    for base, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if name.endswith((".json", ".md", ".asc", ".key")) or name in ("LICENSE", "COPYING"):
                continue
            path = os.path.join(base, name)
            with open(path, "rb") as file:
                octets = file.read()
            try:
                print(json.dumps(read(path, octets)))
            except RecursionError:
                print(json.dumps({"path": path, "error": "nested too deep for Python"}))
