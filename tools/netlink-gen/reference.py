# SPDX-License-Identifier: GPL-2.0-or-later
"""The reference in docs/netlink.md, between two marks."""

from text import about, meaning, sentence

BEGIN = "<!-- generated from uapi/srtp.yaml by `make generate`: from here -->"
END = "<!-- to here -->"


def cell(text):
    return " ".join(text.split()).replace("|", "\\|")


def short(space, names):
    return ", ".join(f"`{space.find(n).c}`" for n in names) or "-"


def commands(spec):
    lines = ["| | command | request | reply | |", "| --- | --- | --- | --- | --- |"]
    for op in spec.operations:
        space = spec.space(op.space)
        if op.event:
            halves = [("", "", op.event.get("attributes", []))]
        else:
            halves = [(how, op.listed(half, "request"), op.listed(half, "reply"))
                      for how, half in (("", op.do), (", dump", op.dump)) if half is not None]
        for number, (how, request, reply) in enumerate(halves):
            lines.append(f"| {op.number} | `{op.c}`{how} | {short(space, request)} "
                         f"| {short(space, reply)} | {cell(sentence(op.doc)) if not number else ''} |")
    return lines


def attributes(spec, space):
    lines = ["", f"**`enum {space.enum}`**: {cell(space.doc)}", "", "| | attribute | type | |",
             "| --- | --- | --- | --- |"]
    for a in space.attributes:
        lines.append(f"| {a.number} | `{a.c}` | {cell(about(spec, a))} | {cell(meaning(a))} |")
    return lines


def values(definition):
    lines = ["", f"**`enum {definition.enum}`**: {cell(definition.doc)}", "", "| value | name | |",
             "| --- | --- | --- |"]
    for e in definition.entries:
        value = f"0x{e.value:04x}" if not definition.dense() and definition.type == "enum" else e.value
        lines.append(f"| {value} | `{e.c}` | {cell(sentence(e.doc))} |")
    return lines


def render(spec):
    lines = [BEGIN, ""] + commands(spec)
    for space in spec.spaces:
        lines += attributes(spec, space)
    for definition in spec.definitions:
        if definition.entries:
            lines += values(definition)
    for definition in spec.definitions:
        if definition.type == "const":
            lines += ["", f"`{definition.c}` is {definition.value}. {sentence(definition.doc)}"]
    return "\n".join(lines + ["", END])


def insert(text, spec):
    """The document with its reference made anew."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"docs/netlink.md has lost a mark: {BEGIN} ... {END}")
    return head + render(spec) + tail
