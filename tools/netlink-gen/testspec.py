# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/module/lib/nl_spec.h: the contract as tables, for requests made up at random."""

from policy import commands, limits
from schema import SCALARS
from spec import c_lower

HEAD = """/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generated from uapi/{0}.yaml by `make generate`: change that, not this. */
#ifndef KSRTP_TEST_NL_SPEC_H
#define KSRTP_TEST_NL_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/{0}.h>

/**
 * struct spec_attr - an attribute; a table ends with one of type 0
 * @size: octets of a number; 0 for octets, which are @min to @max
 * @nest: what is inside
 */
struct spec_attr {{
	uint16_t type;
	uint8_t size;
	bool required, reply_only, address;
	uint64_t min, max;
	const struct spec_attr *nest;
}};

struct spec_command {{
	uint8_t cmd;
	bool doit, dumpit;
	const struct spec_attr *request;
}};
"""


def row(spec, a):
    low, high = limits(spec, a)
    bits = SCALARS.get(a.type, 0)
    fields = [f".type = {a.c}"]
    if a.enum and high is None:
        high = 16
    if bits:
        fields.append(f".size = {bits // 8}")
    if a.nested:
        fields.append(f".nest = spec_{c_lower(a.nested)}")
    else:
        most = high if high is not None else (1 << bits) - 1 if bits else 64
        fields.append(f".min = {low or 0}, .max = 0x{most:x}")
    for name, holds in (("required", a.doc.startswith("Required") or " Required." in a.doc),
                        ("reply_only", a.reply_only), ("address", a.name.endswith("-addr"))):
        if holds:
            fields.append(f".{name} = true")
    return "\t{ " + ", ".join(fields) + " },"


def table(spec, name, attributes):
    lines = [f"static const struct spec_attr {name}[] = {{"]
    lines += [row(spec, a) for a in attributes if a.type != "pad"]
    return lines + ["\t{ .type = 0 },", "};", ""]


def render(spec):
    lines = HEAD.format(spec.name).split("\n")
    for space in spec.nests_first(*spec.in_requests()):
        lines += table(spec, f"spec_{c_lower(space.name)}", space.attributes)
    for op in commands(spec):
        space = spec.space(op.space)
        lines += table(spec, f"spec_{op.lower}_request", [space.find(n) for n in op.request()])
    lines.append("static const struct spec_command spec_commands[] = {")
    for op in commands(spec):
        has = [f".{what} = true" for what, half in (("doit", op.do), ("dumpit", op.dump))
               if half is not None]
        lines.append(f"\t{{ .cmd = {op.c}, {', '.join(has)}, "
                     f".request = spec_{op.lower}_request }},")
    return "\n".join(lines + ["};", "", "#endif", ""])
