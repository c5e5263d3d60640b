# SPDX-License-Identifier: GPL-2.0-or-later
"""kmod/netlink_policy.h and .c: what the kernel lets in."""

from schema import SCALARS
from spec import c_lower, c_name

NOTICE = "Generated from uapi/{}.yaml by `make generate`: change that, not this."
# Limits written into struct nla_policy itself are 16 bits with a sign.
INLINE = 32767
FLAGS = {"admin-perm": "GENL_ADMIN_PERM", "uns-admin-perm": "GENL_UNS_ADMIN_PERM"}


def nla_type(a):
    return "NLA_" + a.c_type().upper()


def limits(spec, a):
    """(least, most) that the policy has to check, either None."""
    low, high = a.sizes()
    if a.enum and not a.checks:
        definition = spec.definition(a.enum)
        # An enum with holes is for the code to judge.
        if definition.type == "enum" and definition.dense():
            high = definition.entries[-1].value
        elif definition.type == "flags":
            high = sum(e.value for e in definition.entries)
    return low or None, high


def range_name(a):
    return c_lower(a.c) + "_range"


def entry(spec, a):
    low, high = limits(spec, a)
    if a.reply_only:
        return ('{ .type = NLA_REJECT,\n\t\t'
                '.reject_message = "this attribute is only ever in replies" }')
    if a.nested:
        return f"NLA_POLICY_NESTED({spec.name}_{c_lower(a.nested)}_policy)"
    if max(low or 0, high or 0) > INLINE:
        return f"NLA_POLICY_FULL_RANGE({nla_type(a)}, &{range_name(a)})"
    if low is not None and high is not None:
        return f"NLA_POLICY_RANGE({nla_type(a)}, {low}, {high})"
    if low is not None:
        return f"NLA_POLICY_MIN({nla_type(a)}, {low})"
    if high is not None:
        return f"NLA_POLICY_MAX({nla_type(a)}, {high})"
    return f"{{ .type = {nla_type(a)} }}"


def table(spec, storage, name, top, attributes):
    lines = [f"{storage}const struct nla_policy {name}[{top} + 1] = {{"]
    for a in attributes:
        if a.type != "pad":
            lines.append(f"\t[{a.c}] = {entry(spec, a)},")
    return lines + ["};", ""]


def op_policy(spec, op):
    return f"{spec.name}_{op.lower}_request"


def handlers(spec, op):
    """(member of struct genl_ops, function, parameters)."""
    base = f"{spec.name}_nl_{op.lower}"
    if op.do is not None:
        yield "doit", f"{base}_doit", "struct sk_buff *skb, struct genl_info *info"
    if op.dump is not None:
        if "pre" in op.dump:
            yield "start", c_lower(op.dump["pre"]), "struct netlink_callback *cb"
        yield "dumpit", f"{base}_dumpit", "struct sk_buff *skb, struct netlink_callback *cb"
        if "post" in op.dump:
            yield "done", c_lower(op.dump["post"]), "struct netlink_callback *cb"


def commands(spec):
    return [op for op in spec.operations if op.event is None]


def resv_start_op(spec):
    own = [op.number for op in commands(spec) if op.own_validation]
    return next((op.c for op in spec.operations if op.number == max(own, default=0) + 1),
                f"(__{c_name(spec.op_prefix, 'max')})")


def render_header(spec):
    guard = f"_{spec.name.upper()}_NETLINK_POLICY_H"
    lines = [
        "/* SPDX-License-Identifier: GPL-2.0-only */",
        f"/* {NOTICE.format(spec.name)} */",
        f"#ifndef {guard}", f"#define {guard}", "", "#include <net/genetlink.h>", "",
        f"#include <{spec.raw['uapi-header']}>", "",
        "/* What the policies let in at most; sizes of buffers are held against these. */",
    ]
    for s in spec.in_requests():
        for a in s.attributes:
            high = limits(spec, a)[1]
            if high is not None and not a.enum and not a.reply_only:
                suffix = "max" if a.type in SCALARS else "max-len"
                lines.append(f"#define {c_name(a.c, '-', suffix)}\t{high}")
    lines += ["", "/* What may be in a nest. */"]
    for s in spec.in_requests():
        lines.append(f"extern const struct nla_policy {spec.name}_{c_lower(s.name)}_policy"
                     f"[{s.max} + 1];")
    lines += ["", "/* Requests that the command itself validates, so as to wipe them in any case. */"]
    for op in commands(spec):
        if op.own_validation:
            top = spec.space(op.space).max
            lines.append(f"extern const struct nla_policy {op_policy(spec, op)}[{top} + 1];")
    lines += ["", f"#define {spec.name.upper()}_N_OPS\t{len(commands(spec))}",
              "/* Below this, commands that validate by themselves may be. */",
              f"#define {spec.name.upper()}_RESV_START_OP\t{resv_start_op(spec)}",
              f"extern const struct genl_ops {spec.name}_ops[{spec.name.upper()}_N_OPS];", "",
              "/* The commands. */"]
    for op in commands(spec):
        for _, function, parameters in handlers(spec, op):
            lines.append(f"int {function}({parameters});")
    return "\n".join(lines + ["", f"#endif /* {guard} */", ""])


def render_source(spec):
    lines = [
        "// SPDX-License-Identifier: GPL-2.0-only",
        f"/* {NOTICE.format(spec.name)} */",
        '#include "netlink_policy.h"', "",
    ]
    for s in spec.in_requests():
        for a in s.attributes:
            low, high = limits(spec, a)
            if not a.reply_only and max(low or 0, high or 0) > INLINE:
                lines.append(f"static struct netlink_range_validation {range_name(a)} __ro_after_init = {{")
                lines += [f"\t.{end} = {value}," for end, value in (("min", low), ("max", high))
                          if value is not None]
                lines += ["};", ""]
    for s in spec.in_requests():
        lines += table(spec, "", f"{spec.name}_{c_lower(s.name)}_policy", s.max, s.attributes)
    for op in commands(spec):
        space = spec.space(op.space)
        storage = "" if op.own_validation else "static "
        lines += table(spec, storage, op_policy(spec, op), space.max,
                       [space.find(name) for name in op.request()])
    lines.append(f"const struct genl_ops {spec.name}_ops[{spec.name.upper()}_N_OPS] = {{")
    for op in commands(spec):
        lines += ["\t{", f"\t\t.cmd = {op.c},",
                  f"\t\t.flags = {' | '.join(FLAGS[f] for f in op.flags)},",
                  f"\t\t.maxattr = {spec.space(op.space).max},"]
        if op.own_validation:
            lines.append("\t\t.validate = GENL_DONT_VALIDATE_STRICT,")
        else:
            lines.append(f"\t\t.policy = {op_policy(spec, op)},")
        lines += [f"\t\t.{member} = {function}," for member, function, _ in handlers(spec, op)]
        lines.append("\t},")
    return "\n".join(lines + ["};", ""])
