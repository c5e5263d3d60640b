# SPDX-License-Identifier: GPL-2.0-or-later
"""uapi/srtp.yaml as objects: what has which name in C, and which number."""

import yaml

REPLY_ONLY = "-reply-only"


def c_name(*parts):
    return "".join(parts).replace("-", "_").upper()


def c_lower(*parts):
    return c_name(*parts).lower()


class Entry:
    """One value of an enum, or one bit of flags."""

    def __init__(self, prefix, raw, value):
        self.name = raw["name"]
        self.c = c_name(prefix, self.name)
        self.value = value
        self.doc = raw.get("doc", "").strip()


class Definition:
    def __init__(self, family, raw):
        self.name = raw["name"]
        self.type = raw["type"]
        self.doc = raw.get("doc", "").strip()
        self.value = raw.get("value")
        self.c = c_name(family, "-", self.name)
        self.enum = c_lower(raw.get("enum-name", ""))
        self.entries = []
        value = 0
        for number, entry in enumerate(raw.get("entries", [])):
            value = entry.get("value", 1 << number if self.type == "flags" else value)
            self.entries.append(Entry(raw.get("name-prefix", ""), entry, value))
            value += 1

    def dense(self):
        """Are the values 0, 1, 2 ... without a hole?"""
        return [e.value for e in self.entries] == list(range(len(self.entries)))


class Attribute:
    def __init__(self, space, raw, number):
        self.space = space
        self.name = raw["name"]
        self.c = c_name(space.prefix, self.name)
        self.number = number
        self.type = raw["type"]
        self.doc = raw.get("doc", "").strip()
        self.nested = raw.get("nested-attributes")
        self.enum = raw.get("enum")
        self.many = raw.get("multi-attr", False)
        self.big_endian = raw.get("byte-order") == "big-endian"
        self.checks = raw.get("checks", {})
        self.reply_only = False

    def c_type(self):
        """As people and the frozen list say it: u32, be16, nest, ..."""
        return self.type.replace("u", "be") if self.big_endian else self.type

    def sizes(self):
        """Range of the value, or of the octets of a binary: (least or None, most or None)."""
        if "exact-len" in self.checks:
            return self.checks["exact-len"], self.checks["exact-len"]
        low, high = ("min-len", "max-len") if self.type in ("binary", "string") else ("min", "max")
        return self.checks.get(low), self.checks.get(high)


class Space:
    """An attribute set that is an enum of its own."""

    def __init__(self, raw):
        self.name = raw["name"]
        self.prefix = raw["name-prefix"]
        self.enum = c_lower(raw["enum-name"])
        self.doc = raw.get("doc", "").strip()
        self.max = c_name(self.prefix, "max")
        self.attributes = []
        number = 1
        for attribute in raw["attributes"]:
            number = attribute.get("value", number)
            self.attributes.append(Attribute(self, attribute, number))
            number += 1

    def find(self, name):
        return next(a for a in self.attributes if a.name == name)


class Operation:
    def __init__(self, prefix, raw, number):
        self.name = raw["name"]
        self.c = c_name(prefix, self.name)
        self.lower = c_lower(self.name)
        self.number = number
        self.doc = raw["doc"].strip()
        self.space = raw.get("attribute-set")
        self.flags = raw.get("flags", [])
        self.own_validation = "strict" in raw.get("dont-validate", [])
        self.do = raw.get("do")
        self.dump = raw.get("dump")
        self.event = raw.get("event")

    @staticmethod
    def listed(half, side):
        return (half or {}).get(side, {}).get("attributes", [])

    def request(self):
        """Attributes that a request may have, do and dump together."""
        names = self.listed(self.do, "request")
        return names + [n for n in self.listed(self.dump, "request") if n not in names]


class Spec:
    def __init__(self, raw):
        self.raw = raw
        self.name = raw["name"]
        self.doc = raw["doc"].strip()
        self.version = raw.get("version", 1)
        self.definitions = [Definition(self.name, d) for d in raw["definitions"]]
        self.spaces = [Space(s) for s in raw["attribute-sets"] if "subset-of" not in s]
        for subset in raw["attribute-sets"]:
            if subset["name"].endswith(REPLY_ONLY):
                for attribute in subset["attributes"]:
                    self.space(subset["subset-of"]).find(attribute["name"]).reply_only = True
        ops = raw["operations"]
        self.op_enum = c_lower(ops["enum-name"])
        self.op_prefix = ops["name-prefix"]
        self.operations = []
        number = 1
        for op in ops["list"]:
            number = op.get("value", number)
            self.operations.append(Operation(self.op_prefix, op, number))
            number += 1
        self.groups = raw["mcast-groups"]["list"]

    def space(self, name):
        return next(s for s in self.spaces if s.name == name)

    def definition(self, name):
        return next(d for d in self.definitions if d.name == name)

    def numbers(self):
        """Every number of the contract: {(enum, constant): "number type"}."""
        out = {}
        for d in self.definitions:
            for e in d.entries:
                out[d.enum, e.c] = str(e.value)
            if d.type == "const":
                out["const", d.c] = str(d.value)
        for s in self.spaces:
            for a in s.attributes:
                out[s.enum, a.c] = f"{a.number} {a.c_type()}"
        for o in self.operations:
            out[self.op_enum, o.c] = str(o.number)
        out["const", c_name(self.raw["c-version-name"])] = str(self.version)
        return out

    def in_requests(self):
        """Sets that can be in a request, in the order of the specification."""
        found = set()

        def add(attribute):
            if attribute.nested and not attribute.reply_only and attribute.nested not in found:
                found.add(attribute.nested)
                for inner in self.space(attribute.nested).attributes:
                    add(inner)

        for op in self.operations:
            for name in op.request():
                add(self.space(op.space).find(name))
        return [s for s in self.spaces if s.name in found]

    def nests_first(self, *spaces):
        """These sets and what is nested in them, each behind its nests."""
        found = []

        def add(space):
            for attribute in space.attributes:
                if attribute.nested:
                    add(self.space(attribute.nested))
            if space not in found:
                found.append(space)

        for space in spaces:
            add(space)
        return found


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)
