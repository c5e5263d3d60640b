# SPDX-License-Identifier: GPL-2.0-or-later
"""Words about attributes, and their layout, for header and reference."""

import textwrap

WIDTH = 96


def sentence(text):
    text = " ".join(text.split())
    return text if not text or text[-1] in ".!?" else text + "."


def about(spec, attribute):
    """Type, byte order, range: 'u16, 1 to 1024'."""
    if attribute.type == "pad":
        return "filler that aligns 64-bit numbers; ignored"
    if attribute.nested:
        inner = spec.space(attribute.nested)
        what = f"nest of enum {inner.enum}"
        return what + "; may repeat" if attribute.many else what
    what = attribute.c_type()
    low, high = attribute.sizes()
    unit = " octets" if attribute.type in ("binary", "string") else ""
    if attribute.enum:
        definition = spec.definition(attribute.enum)
        bits = "bits of " if definition.type == "flags" else ""
        return f"{what}, {bits}enum {definition.enum}"
    if low is not None and low == high:
        return f"{what}, exactly {low}{unit}"
    if low is not None and high is not None:
        return f"{what}, {low} to {high}{unit}"
    if low is not None:
        return f"{what}, at least {low}{unit}"
    if high is not None:
        return f"{what}, at most {high}{unit}" if unit else f"{what}, 0 to {high}"
    return what


def meaning(attribute):
    only = " Replies only." if attribute.reply_only else ""
    return (sentence(attribute.doc) + only).strip()


def wrapped(first, text, rest, width=WIDTH):
    """Lines of text, the first after @first, the others after @rest (tabs count eight)."""
    lines = textwrap.wrap(text, width - len(rest.expandtabs(8)), break_long_words=False,
                          break_on_hyphens=False,
                          initial_indent=" " * max(0, len(first) - len(rest.expandtabs(8))))
    out = [first + (lines[0].lstrip() if lines else "")]
    return [line.rstrip() for line in out + [rest + line for line in lines[1:]]]


def paragraphs(text, prefix):
    out = []
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            out.append(prefix.rstrip())
        out += wrapped(prefix, " ".join(paragraph.split()), prefix)
    return out
