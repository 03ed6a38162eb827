"""Writes OTLP JSON lines as OTLP protobuf, each message behind its length in four bytes, the first one first.

usage: protobuf.py LINES MESSAGES

Fields and numbers: opentelemetry/proto/trace/v1/trace.proto, resource.proto and common.proto. Knows what
scripts/generate-run writes: no arrays, maps and links; a member it does not know ends it.
"""
import json
import struct
import sys


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value & 0xFFFFFFFFFFFFFFFF) if value else b""


def chunk(field, data):
    return varint(field << 3 | 2) + varint(len(data)) + data


def text(field, value):
    return chunk(field, value.encode()) if value else b""


def fixed64(field, value):
    return varint(field << 3 | 1) + struct.pack("<Q", int(value))


def attribute(item, known={}):
    (kind, value), = item["value"].items()
    key = (item["key"], kind, value)
    made = known.get(key)
    if made is None:
        if kind == "stringValue":
            content = chunk(1, value.encode())
        elif kind == "boolValue":
            content = varint(2 << 3) + varint(int(value))
        elif kind == "intValue":
            content = varint(3 << 3) + varint(int(value) & 0xFFFFFFFFFFFFFFFF)
        elif kind == "doubleValue":
            content = varint(4 << 3 | 1) + struct.pack("<d", value)
        else:
            sys.exit("protobuf.py: no value " + kind)
        made = text(1, item["key"]) + chunk(2, content)
        if len(known) < 100_000:
            known[key] = made
    return made


def event(item):
    attributes = b"".join(chunk(3, attribute(pair)) for pair in item["attributes"])
    return fixed64(1, item["timeUnixNano"]) + text(2, item["name"]) + attributes


SPAN = {
    "traceId": lambda value: chunk(1, bytes.fromhex(value)),
    "spanId": lambda value: chunk(2, bytes.fromhex(value)),
    "parentSpanId": lambda value: chunk(4, bytes.fromhex(value)),
    "name": lambda value: text(5, value),
    "kind": lambda value: number(6, value),
    "startTimeUnixNano": lambda value: fixed64(7, value),
    "endTimeUnixNano": lambda value: fixed64(8, value),
    "attributes": lambda value: b"".join(chunk(9, attribute(item)) for item in value),
    "events": lambda value: b"".join(chunk(11, event(item)) for item in value),
    "status": lambda value: chunk(15, text(2, value.get("message", "")) + number(3, value.get("code", 0))),
    "flags": lambda value: varint(16 << 3 | 5) + struct.pack("<I", value),
}


def span(item):
    return b"".join(SPAN[key](value) for key, value in item.items())


def message(item):
    out = []
    for resource in item["resourceSpans"]:
        attributes = resource.get("resource", {}).get("attributes", [])
        parts = [chunk(1, b"".join(chunk(1, attribute(pair)) for pair in attributes))]
        for scope in resource["scopeSpans"]:
            spans = [chunk(1, text(1, scope.get("scope", {}).get("name", "")))]
            spans += [chunk(2, span(one)) for one in scope["spans"]]
            parts.append(chunk(2, b"".join(spans)))
        out.append(chunk(1, b"".join(parts)))
    return b"".join(out)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as lines, open(sys.argv[2], "wb") as messages:
        for line in lines:
            made = message(json.loads(line))
            messages.write(struct.pack(">I", len(made)) + made)


main()
