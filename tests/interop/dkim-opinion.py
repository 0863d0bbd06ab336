"""A second opinion on DKIM by Python's dkim (Debian: python3-dkim with python3-nacl).

verify ZONE                              a message on stdin, one word for each of its signatures: pass or fail
sign DOMAIN SELECTOR ALGORITHM FORM KEY  a message on stdin, the same with a signature on stdout

ZONE is a file of lines "name text"; KEY is a PEM file for rsa-sha256, or the base64 of a seed for ed25519-sha256; FORM is as in c=.
"""
import sys
import dkim


def verify(path):
    zone = {}
    with open(path, "rb") as lines:
        for line in lines:
            name, text = line.rstrip(b"\r\n").split(b" ", 1)
            zone[name + b"."] = text

    def look_up(name, timeout=5):
        return zone.get(name if isinstance(name, bytes) else name.encode())

    message = sys.stdin.buffer.read()
    count = message.count(b"DKIM-Signature:")
    for index in range(count):
        try:
            good = dkim.DKIM(message).verify(idx=index, dnsfunc=look_up)
        except dkim.DKIMException as fault:
            print(fault, file=sys.stderr)
            good = False
        print("pass" if good else "fail")


def sign(domain, selector, algorithm, form, path):
    with open(path, "rb") as file:
        key = file.read()
    message = sys.stdin.buffer.read()
    canonical = tuple(part.encode() for part in form.split("/"))
    signature = dkim.sign(message, selector.encode(), domain.encode(), key, canonicalize=canonical,
                          signature_algorithm=algorithm.encode())
    sys.stdout.buffer.write(signature + message)


if sys.argv[1] == "verify":
    verify(sys.argv[2])
else:
    sign(*sys.argv[2:])
