# SPDX-License-Identifier: GPL-2.0-or-later
"""daemon/lib/nl_srtp_words.c: the contract's names, for what people read."""

from spec import c_lower, c_name

HEAD = """// SPDX-License-Identifier: GPL-2.0-or-later
/* Generated from uapi/{0}.yaml by `make generate`: change that, not this. */
#include "nl_{0}_impl.h"

#define WORD(table, i)								\\
	((size_t)(i) < sizeof(table) / sizeof((table)[0]) && (table)[i] ? (table)[i] : "?")
"""


def attribute_table(storage, name, space, nests):
    lines = [f"{storage}const struct nl_name {name}[] = {{"]
    for a in (a for a in space.attributes if a.type != "pad"):
        nest = f"{c_lower(a.nested)}_names" if a.nested in nests else "NULL"
        lines.append(f'\t{{ {a.c}, "{a.name}", {nest}, {str(a.many).lower()} }},')
    return lines + ["\t{ 0, NULL, NULL, false },", "};", ""]


def function(name, parameter, words):
    """What says the word of a value, and "?" for one that is none; words are (constant, word)."""
    value = parameter.split()[-1]
    return [f"const char *{name}({parameter})", "{", "\tstatic const char *const words[] = {",
            *(f'\t\t[{constant}] = "{word}",' for constant, word in words),
            "\t};", "", f"\treturn WORD(words, {value});", "}", ""]


def render(spec):
    top = spec.space(next(op.space for op in spec.operations if op.space))
    lines = HEAD.format(spec.name).split("\n")
    # A refusal is never about what is in a nest of replies.
    asked = [s for s in spec.nests_first(top) if s in spec.in_requests()]
    nests = [s.name for s in asked]
    for space in asked:
        lines += attribute_table("static ", f"{c_lower(space.name)}_names", space, nests)
    lines += attribute_table("", f"nl_{spec.name}_attr_names", top, nests)
    lines += function(f"nl_{spec.name}_cmd_name", "uint8_t cmd",
                      [(op.c, c_name(op.name)) for op in spec.operations])
    for d in spec.definitions:
        # Where there are holes the names are somebody else's: IANA's.
        if d.type == "enum" and d.dense():
            lines += function(f"nl_{d.enum}_name", f"enum {d.enum} {d.name}",
                              [(e.c, e.name) for e in d.entries])
    drop = spec.space("drop")
    lines += function(f"nl_{drop.enum}_name", f"enum {drop.enum} {drop.name}",
                      [(a.c, a.name) for a in drop.attributes if a.type != "pad"])
    return "\n".join(lines)
