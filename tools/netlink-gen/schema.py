# SPDX-License-Identifier: GPL-2.0-or-later
"""Is a specification what the kernel's Documentation/netlink/genetlink-legacy.yaml allows,
do its references resolve, and does it say what the generator needs?"""

import re

INT, TEXT, BOOL, ANY = (int,), (str,), (bool,), (int, str)
SCALARS = {"u8": 8, "u16": 16, "u32": 32, "u64": 64}
TYPES = set(SCALARS) | {
    "unused", "pad", "flag", "binary", "bitfield32", "uint", "sint", "s32", "s64", "string",
    "nest", "array-nest", "nest-type-value"}
SERVED = set(SCALARS) | {"pad", "binary", "string", "nest"}
NAME = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*-?$")

NAMES = {"attributes": [TEXT]}
HALF = {"request": NAMES, "reply": NAMES, "pre": TEXT, "post": TEXT}
# Keys that an object may have, "!" before those it must have, and what each holds.
SCHEMA = {
    "!name": TEXT, "!doc": TEXT, "protocol": TEXT, "uapi-header": TEXT, "c-family-name": TEXT,
    "c-version-name": TEXT, "max-by-define": BOOL, "kernel-policy": TEXT, "version": INT,
    "definitions": [{
        "!name": TEXT, "!type": TEXT, "header": TEXT, "doc": TEXT, "value": ANY,
        "value-start": ANY, "render-max": BOOL, "enum-name": TEXT, "name-prefix": TEXT,
        "entries": [{"!name": TEXT, "value": INT, "doc": TEXT}],
    }],
    "!attribute-sets": [{
        "!name": TEXT, "name-prefix": TEXT, "enum-name": TEXT, "doc": TEXT, "subset-of": TEXT,
        "attr-cnt-name": TEXT, "attr-max-name": TEXT,
        "!attributes": [{
            "!name": TEXT, "type": TEXT, "doc": TEXT, "value": INT, "byte-order": TEXT,
            "multi-attr": BOOL, "nested-attributes": TEXT, "enum": TEXT, "enum-as-flags": BOOL,
            "checks": {"flags-mask": TEXT, "min": INT, "max": INT, "min-len": INT,
                       "max-len": INT, "exact-len": INT},
            "sub-type": TEXT, "display-hint": TEXT, "name-prefix": TEXT, "struct": TEXT,
        }],
    }],
    "!operations": {
        "enum-model": TEXT, "name-prefix": TEXT, "enum-name": TEXT, "async-prefix": TEXT,
        "async-enum": TEXT, "fixed-header": TEXT,
        "!list": [{
            "!name": TEXT, "!doc": TEXT, "value": INT, "attribute-set": TEXT, "flags": [TEXT],
            "dont-validate": [TEXT], "do": HALF, "dump": HALF, "notify": TEXT, "event": NAMES,
            "mcgrp": TEXT,
        }],
    },
    "mcast-groups": {"!list": [{"!name": TEXT, "c-define-name": TEXT, "flags": [TEXT]}]},
}


def shape(value, want, where):
    """Complaints about keys that are unknown or missing, and values of a wrong type."""
    if isinstance(want, dict):
        if not isinstance(value, dict):
            yield f"{where}: has to have keys and values"
            return
        known = {key.lstrip("!"): inner for key, inner in want.items()}
        for key in value:
            if key not in known:
                yield f"{where}: the schema has no '{key}' here"
            else:
                yield from shape(value[key], known[key], f"{where}.{key}")
        for key in want:
            if key.startswith("!") and key[1:] not in value:
                yield f"{where}: '{key[1:]}' is missing"
    elif isinstance(want, list):
        if not isinstance(value, list):
            yield f"{where}: has to be a list"
            return
        for number, inner in enumerate(value):
            name = inner.get("name", number) if isinstance(inner, dict) else number
            yield from shape(inner, want[0], f"{where}[{name}]")
    elif not isinstance(value, want) or (isinstance(value, bool) and bool not in want):
        yield f"{where}: {value!r} is not of type {' or '.join(t.__name__ for t in want)}"
    elif isinstance(value, int) and not isinstance(value, bool) and value < 0:
        yield f"{where}: {value} is negative"


def words(raw):
    """Values that come from a list of words."""
    def check(value, allowed, where):
        if value is not None and value not in allowed:
            yield f"{where}: '{value}' is none of {', '.join(sorted(allowed))}"

    yield from check(raw.get("protocol"), {"genetlink-legacy"}, "protocol")
    yield from check(raw.get("kernel-policy"), {"per-op"}, "kernel-policy")
    for d in raw.get("definitions", []):
        yield from check(d["type"], {"const", "enum", "flags"}, d["name"])
    for s in raw["attribute-sets"]:
        for a in s["attributes"]:
            where = f"{s['name']}.{a['name']}"
            yield from check(a.get("type"), TYPES, where)
            yield from check(a.get("type"), SERVED, f"{where}, for this generator")
            yield from check(a.get("byte-order"), {"big-endian", "little-endian"}, where)
    for o in raw["operations"]["list"]:
        for flag in o.get("flags", []):
            yield from check(flag, {"admin-perm", "uns-admin-perm"}, o["name"])
        for flag in o.get("dont-validate", []):
            yield from check(flag, {"strict", "dump", "dump-strict"}, o["name"])


def twice(names, where):
    seen = set()
    for name in names:
        if name in seen:
            yield f"{where}: '{name}' is there twice"
        if not NAME.match(name):
            yield f"{where}: '{name}' is not lower case with dashes"
        seen.add(name)


def attribute(a, s, sets, definitions):
    where = f"{s['name']}.{a['name']}"
    kind = a.get("type")
    checks = a.get("checks", {})
    if kind is None:
        yield f"{where}: has no type"
    if (kind == "nest") != ("nested-attributes" in a):
        yield f"{where}: a nest, and only a nest, has nested-attributes"
    if a.get("nested-attributes", s["name"]) not in sets:
        yield f"{where}: no set '{a['nested-attributes']}'"
    if "enum" in a and definitions.get(a["enum"]) not in ("enum", "flags"):
        yield f"{where}: no enum '{a['enum']}'"
    if "byte-order" in a and kind not in ("u16", "u32"):
        yield f"{where}: only a u16 or u32 has a byte order here"
    for check, value in checks.items():
        if check in ("min", "max"):
            if kind not in SCALARS or value >= 1 << SCALARS[kind]:
                yield f"{where}: {check} {value} is none of a {kind}"
        elif kind not in ("binary", "string"):
            yield f"{where}: {check} is for octets, not for a {kind}"
    for low, high in (("min", "max"), ("min-len", "max-len")):
        if low in checks and high in checks and checks[low] > checks[high]:
            yield f"{where}: {low} is above {high}"


def references(raw):
    sets = {s["name"]: s for s in raw["attribute-sets"]}
    definitions = {d["name"]: d["type"] for d in raw.get("definitions", [])}
    groups = {g["name"] for g in raw.get("mcast-groups", {}).get("list", [])}
    yield from twice([d["name"] for d in raw.get("definitions", [])], "definitions")
    yield from twice([s["name"] for s in raw["attribute-sets"]], "attribute-sets")
    yield from twice([o["name"] for o in raw["operations"]["list"]], "operations")
    for d in raw.get("definitions", []):
        yield from twice([e["name"] for e in d.get("entries", [])], d["name"])
        if (d["type"] == "const") != ("value" in d):
            yield f"{d['name']}: a const, and only a const, has a value"
    for s in raw["attribute-sets"]:
        names = [a["name"] for a in s["attributes"]]
        yield from twice(names, s["name"])
        if "subset-of" in s:
            whole = sets.get(s["subset-of"], {"attributes": []})
            missing = set(names) - {a["name"] for a in whole["attributes"]}
            if missing or s["name"] != s["subset-of"] + "-reply-only":
                yield f"{s['name']}: is no subset of '{s['subset-of']}': {sorted(missing)}"
            continue
        if not ("name-prefix" in s and "enum-name" in s):
            yield f"{s['name']}: needs name-prefix and enum-name"
        for a in s["attributes"]:
            yield from attribute(a, s, sets, definitions)
    for o in raw["operations"]["list"]:
        space = sets.get(o.get("attribute-set"), {"attributes": []})
        names = {a["name"] for a in space["attributes"]}
        sides = [side for half in ("do", "dump") for side in o.get(half, {}).values()
                 if isinstance(side, dict)] + [o.get("event", {})]
        for side in sides:
            for name in side.get("attributes", []):
                if name not in names:
                    yield f"{o['name']}: its set has no '{name}'"
        if o.get("mcgrp", next(iter(groups), None)) not in groups:
            yield f"{o['name']}: no group '{o['mcgrp']}'"
        if not ({"do", "dump", "event"} & set(o)):
            yield f"{o['name']}: neither do nor dump nor event"
        if "event" not in o and o.get("flags") != ["uns-admin-perm"]:
            yield f"{o['name']}: is not for administrators only"


def complaints(raw):
    """What is wrong with a specification; nothing when it is right."""
    found = list(shape(raw, SCHEMA, raw.get("name", "specification")))
    if not found:
        found = list(words(raw)) + list(references(raw))
    return found
