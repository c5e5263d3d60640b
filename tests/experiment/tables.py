# SPDX-License-Identifier: GPL-2.0-or-later
"""The results for people: tables in Markdown, plots in SVG."""
import statistics

import plan

NAMES = {"none": "no identity", "classical": "classical", "one-provider": "one provider",
         "two-providers": "two providers", "split-providers": "split providers"}


def short(record):
    """A cell of the large table."""
    if record["observed"] != record["expected"]:
        return f"**{record['observed']}, not {record['expected']}**"
    heard = ", attacker heard " + " and ".join(record["attacker_heard"]) \
        if record.get("attacker_heard") else ""
    return f"{record['observed']}; {record['media_packets']} packets{heard}"


def matrix(records):
    schemes = [s for s in plan.SCHEMES if any(r["scheme"] == s for r in records)]
    rows = [f"| adversary | {' | '.join(NAMES[s] for s in schemes)} |",
            f"| --- |{' --- |' * len(schemes)}"]
    for adversary in plan.TABLE:
        cells = {r["scheme"]: r for r in records if r["adversary"] == adversary}
        if cells:
            rows.append(f"| {adversary} | " + " | ".join(
                short(cells[s]) if s in cells else "" for s in schemes) + " |")
    return "\n".join(rows) + "\n"


def details(records):
    """What the ends were told, and who refused what."""
    rows = ["| scheme | adversary | Alice is told | Bob is told | refused by |",
            "| --- | --- | --- | --- | --- |"]
    for r in records:
        if not r["adversary"].startswith("nobody") and r["told"]:
            rows.append(f"| {NAMES[r['scheme']]} | {r['adversary']} | "
                        + " | ".join(r["told"][who] or "nothing" for who in ("alice", "bob"))
                        + f" | {'<br>'.join(r['refused_by'] + r['notes'])} |")
    return "\n".join(rows) + "\n"


def set_up(times, records):
    """{scheme: {delay in ms each way: [calls]}} -> rows of medians and of round trips."""
    found = []
    for scheme, took in times.items():
        row = {"scheme": scheme}
        for delay, calls in took.items():
            for what in ("answer_ms", "media_ms"):
                values = [c[what] for c in calls]
                row[f"{what}@{delay}"] = {"median": round(statistics.median(values), 1),
                                          "least": round(min(values), 1),
                                          "most": round(max(values), 1)}
        honest = [r for r in records if r["scheme"] == scheme and r["adversary"] == "nobody"]
        if honest:
            row.update(messages=honest[0]["messages"], octets=honest[0]["sip"]["octets"],
                       kinds=honest[0]["sip"]["kinds"], first_ms=honest[0]["setup_ms"])
        found.append(row)
    return found


def set_up_table(rows):
    lines = ["| scheme | SIP messages | octets | answer, ms | media, ms | answer, slow links, ms | "
             "media, slow links, ms | first call of all, media, ms |",
             "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        delays = sorted({k.split("@")[1] for k in row if "@" in k}, key=int)
        cells = [f"{row[f'{what}@{d}']['median']:.0f} ({row[f'{what}@{d}']['least']:.0f} to "
                 f"{row[f'{what}@{d}']['most']:.0f})"
                 for d in delays for what in ("answer_ms", "media_ms")]
        lines.append(f"| {NAMES[row['scheme']]} | {row.get('messages')} | {row.get('octets')} | "
                     + " | ".join(cells) + f" | {row.get('first_ms') or 0:.0f} |")
    return "\n".join(lines) + "\n"


def kinds_table(rows):
    names = ("INVITE", "407 INVITE", "100 INVITE", "200 INVITE", "ACK", "UPDATE", "407 UPDATE",
             "200 UPDATE")
    more = sorted({k for row in rows for k in row.get("kinds", {})} - set(names))
    names += tuple(more)
    lines = [f"| scheme | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    for row in rows:
        lines.append(f"| {NAMES[row['scheme']]} | " + " | ".join(
            str(row.get("kinds", {}).get(name, 0)) for name in names) + " |")
    return "\n".join(lines) + "\n"


def throughput_table(providers):
    lines = ["| providers | processor time a request, us | requests a second of processor time | "
             "uneven by |", "| --- | --- | --- | --- |"]
    for p in providers:
        lines.append(f"| {p['providers']} | {p['us']['median']:.0f} ({p['us']['least']:.0f} to "
                     f"{p['us']['most']:.0f}) | {p['requests_per_cpu_second']['median']:.0f} | "
                     f"{p['uneven_percent']:.1f} % |")
    return "\n".join(lines) + "\n"


# ---- plots -------------------------------------------------------------------

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 760, 400, 80, 60, 50
COLOURS = ("#4878a8", "#d08a3c")


def _nice(most):
    """The ticks of an axis from 0 to `most`."""
    step = 10 ** (len(str(int(most))) - 1)
    for part in (0.2, 0.5, 1, 2):
        if most / (step * part) <= 6:
            step *= part
            break
    return [i * step for i in range(int(most / step) + 2)]


def bars(path, title, unit, groups, legend):
    """groups: [(name, [(median, least, most), ...])], one bar for each entry of `legend`."""
    ticks = _nice(max(bar[2] for _, some in groups for bar in some))
    plot_w, plot_h = WIDTH - LEFT - 20, HEIGHT - TOP - BOTTOM

    def y(value):
        return TOP + plot_h * (1 - value / ticks[-1])
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
           'font-family="sans-serif" font-size="13">',
           '<rect width="100%" height="100%" fill="white"/>',
           f'<text x="{WIDTH / 2}" y="22" text-anchor="middle" font-size="16">{title}</text>',
           f'<text x="18" y="{TOP + plot_h / 2}" text-anchor="middle" '
           f'transform="rotate(-90 18 {TOP + plot_h / 2})">{unit}</text>']
    for tick in ticks:
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" '
                   'stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    room = plot_w / len(groups)
    width = room * 0.7 / max(len(some) for _, some in groups)
    for i, (name, some) in enumerate(groups):
        start = LEFT + i * room + (room - width * len(some)) / 2
        for j, (median, least, most) in enumerate(some):
            x = start + j * width
            middle = x + width / 2
            out.append(f'<rect x="{x:.1f}" y="{y(median):.1f}" width="{width - 4:.1f}" '
                       f'height="{y(0) - y(median):.1f}" fill="{COLOURS[j]}"/>')
            out.append(f'<line x1="{middle:.1f}" x2="{middle:.1f}" y1="{y(least):.1f}" '
                       f'y2="{y(most):.1f}" stroke="black"/>')
            out.append(f'<text x="{middle:.1f}" y="{y(most) - 6:.1f}" text-anchor="middle">'
                       f'{median:.0f}</text>')
        out.append(f'<text x="{LEFT + (i + 0.5) * room:.1f}" y="{HEIGHT - BOTTOM + 20}" '
                   f'text-anchor="middle">{name}</text>')
    for j, text in enumerate(legend):
        x = LEFT + j * (plot_w / len(legend))
        out.append(f'<rect x="{x}" y="{HEIGHT - 24}" width="12" height="12" fill="{COLOURS[j]}"/>')
        out.append(f'<text x="{x + 18}" y="{HEIGHT - 13}">{text}</text>')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join([*out, "</svg>", ""]))


def plot_set_up(path, rows):
    delays = sorted({k.split("@")[1] for row in rows for k in row if "@" in k}, key=int)
    bars(path, "From dialling to media at both ends", "ms",
         [(NAMES[row["scheme"]], [tuple(row[f"media_ms@{d}"][k] for k in ("median", "least", "most"))
                                  for d in delays]) for row in rows],
         [f"{d} ms each way between a gateway and the rest" for d in delays])


def plot_throughput(path, providers):
    bars(path, "Signed requests by number of providers", "requests a second of processor time",
         [(f"{p['providers']} provider{'s' * (p['providers'] > 1)}",
           [tuple(p["requests_per_cpu_second"][k] for k in ("median", "least", "most"))])
          for p in providers], ["each provider on a processor of its own"])
