# SPDX-License-Identifier: GPL-2.0-or-later
"""uapi/linux/srtp.h."""

from spec import c_name
from text import about, meaning, paragraphs, sentence, wrapped


def comment(kind, title, entries):
    lines = ["/**"] + wrapped(" * ", f"{kind} - {' '.join(title.split())}", " *\t")
    for name, text in entries:
        lines += wrapped(f" * @{name}: ", text, " *\t")
    return lines + [" */"]


def enum_of_definition(d):
    lines = comment(f"enum {d.enum}", d.doc, [(e.c, sentence(e.doc)) for e in d.entries])
    lines.append(f"enum {d.enum} {{")
    for e in d.entries:
        if d.type == "enum" and d.dense():
            lines.append(f"\t{e.c},")
        else:
            lines.append(f"\t{e.c} = 0x{e.value:04x}," if d.type == "enum" else
                         f"\t{e.c} = {e.value},")
    return lines + ["};", ""]


def numbered(enum, prefix, constants):
    """enum from UNSPEC = 0 up; constants are (name, number) and rise."""
    lines = [f"enum {enum} {{", f"\t{c_name(prefix, 'unspec')},"]
    expected = 1
    for name, number in constants:
        lines.append(f"\t{name}," if number == expected else f"\t{name} = {number},")
        expected = number + 1
    top = c_name(prefix, "max")
    return lines + ["", f"\t__{top},", f"\t{top} = __{top} - 1", "};", ""]


def request_and_reply(op):
    return " (sent by the kernel alone)" if op.event else ""


def render(spec):
    raw = spec.raw
    guard = "_UAPI_" + c_name(raw["uapi-header"].replace("/", "-").replace(".", "-"))
    lines = [
        "/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */",
        "/*",
        f' * The contract between {spec.name}.ko and user space: generic netlink family "{spec.name}".',
        f" * Generated from uapi/{spec.name}.yaml by `make generate`: change that, not this.",
        " *",
    ] + paragraphs(spec.doc, " * ") + [
        " */",
        f"#ifndef {guard}", f"#define {guard}", "", "#include <linux/types.h>", "",
        f'#define {c_name(raw["c-family-name"])}\t\t"{spec.name}"',
        f'#define {c_name(raw["c-version-name"])}\t{spec.version}',
    ]
    lines += [f'#define {c_name(g["c-define-name"])}\t"{g["name"]}"' for g in spec.groups] + [""]
    for d in spec.definitions:
        if d.type == "const":
            lines += [f"/** {sentence(d.doc)} */", f"#define {d.c}\t{d.value}", ""]
    lines += comment(f"enum {spec.op_enum}", "commands of the family",
                     [(o.c, sentence(o.doc)) for o in spec.operations])
    lines += numbered(spec.op_enum, spec.op_prefix, [(o.c, o.number) for o in spec.operations])
    for s in spec.spaces:
        entries = [(a.c, f"{about(spec, a)}. {meaning(a)}".rstrip()) for a in s.attributes]
        lines += comment(f"enum {s.enum}", s.doc, entries)
        lines += numbered(s.enum, s.prefix, [(a.c, a.number) for a in s.attributes])
    for d in spec.definitions:
        if d.entries:
            lines += enum_of_definition(d)
    return "\n".join(lines + [f"#endif /* {guard} */", ""])
