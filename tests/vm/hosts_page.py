"""docs/hosts.md: one table of all hosts, and a chapter for each, from what their runs left (tests/vm/matrix: `digest`).

Of a host that has no result here, because another machine ran it, the page keeps what it said before. A result that the
table "hosts" does not name gets its row and its chapter behind the others.
"""

import collections
import re

INTRODUCTION = """\
# Hosts: what is enforced where

<!-- Written by `make test-matrix` (tests/vm) and `make test-hosts` from their runs. Do not edit. -->

A host is an emulated machine with a kernel of Debian; "not run" is one that nobody has run since the page was begun.
*Tier* is what `usher doctor` finds by trying, and explains. *Attacks held*: of the attacks in tests/escapes that work on that
host without Usher and were tried with it, how many fail, by mechanism and user. Which tests a set has is in tests/vm/suites,
which of them a mechanism repeats in tests/vm/mechanisms, and what no emulated machine can show in tests/vm/left-out.

Hosts that are locked down in another way need no machine of their own: `make test-hosts` (tests/hosts) plays them on the running
kernel. They are the rows that begin with "played", and every run of the tests plays them too (`MechanismTest`, `ContainerTest`).
"""
COST = """
*Brokered open*: how many times as long an `openat` takes as without Usher, or as with the smallest loop (or tracer) that could answer it,
where the host's own filter makes every call slower. In an emulated machine times compare with each other and with nothing else;
docs/benchmarks.md has real ones.
"""

# What an open was timed against where nothing is native: its name in a result, in the table, and in a sentence.
BASELINES = {
    "openat/smallest-loop": ("the smallest loop", "the smallest loop that could answer it does"),
    "openat/smallest-tracer": ("the smallest tracer", "the smallest tracer that lets it pass does"),
}
HEAD = ["host", "kernel", "tier: user", "tier: root", "tests passed", "attacks held", "skipped", "failed"]
COST_HEAD = "brokered open"


def held(result):
    """Of the attacks that work on that host without Usher and were tried with it, how many fail; by mechanism and user."""
    parts = []
    for key in sorted(set(result["held"]) | set(result.get("escaped", {}))):
        working = set(result["alone"].get(key.split("/")[1], []))
        held_here = working & set(result["held"].get(key, []))
        tried = held_here | working & set(result.get("escaped", {}).get(key, []))
        parts.append(f"{key}: {len(held_here)} of {len(tried)}")
    return ", ".join(parts) or "none tried"


def tier(result, who):
    report = result["doctor"].get(who)
    return report["tier"] if report else "not played" if result["doctor"] else "no report"


def features(result, who, works):
    found = result["doctor"].get(who, {}).get("features", [])
    return [feature for feature in found if feature.get("works") is works]


def missing(result, who):
    return [f"{feature['feature']}: {feature['effect']}" for feature in features(result, who, False)]


def skips(result):
    """The reasons, the most frequent first, each with the tests that gave it."""
    reasons = collections.defaultdict(list)
    for line in result["skip"]:
        test, colon, reason = line.partition(": ")
        reasons[re.sub(r"\s+", " ", reason if colon else line)[:160].strip()].append(re.split("[/ ]", test)[-1])
    return sorted(reasons.items(), key=lambda found: -len(found[1]))


def cell(text):
    return str(text).replace("|", "\\|")


def line(fields):
    return "| " + " | ".join(cell(field) for field in fields) + " |"


def row(name, result, with_cost):
    kernel = result["host"].split(",")[0].split(" ")[0] or "no boot"
    failed = len(result["fail"]) or (f"ended with {result['code']}" if result["code"] else 0)
    fields = [name, kernel, tier(result, "user"), tier(result, "root"), result["ok"], held(result), len(result["skip"]), failed]
    if with_cost:
        against = {"openat": "", **{call: f" {short}" for call, (short, _) in BASELINES.items()}}
        cost = [f"{ratios[call]:.1f} ×{what} ({who})" for who, ratios in result["cost"].items()
                for call, what in against.items() if call in ratios]
        none = {"static": "none is brokered", "nothing": "nothing runs"}.get(tier(result, "user"), "not measured")
        fields.append(", ".join(cost) or none)
    return line(fields)


def chapter(name, result):
    lines = [f"## {name}", "", f"{result['host']}. Run on {result['date']}, the tests of the set `{result['set']}`.", ""]
    if result.get("settings"):
        lines += [f"Set: `{result['settings']}`.", ""]
    for who in ("user", "root"):
        lacks = missing(result, who)
        if who == "root" and lacks == missing(result, "user"):
            continue
        name = "a user" if who == "user" else "root"
        if sentence := result["doctor"].get(who, {}).get("sentence"):
            lines += [f"As {name}: {sentence}", ""]
        lines += [f"Not there for {name}" + (":" if lacks else ": nothing."), ""]
        lines += [f"- {lack}" for lack in lacks] + ([""] if lacks else [])
    for who, ratios in result["cost"].items():
        of = next((long for call, (_, long) in BASELINES.items() if call in ratios), "without it")
        lines += [f"A call under Usher takes so many times as long as {of}, as {who}: "
                  + ", ".join(f"{call.split('/')[0]} {ratio:.1f}" for call, ratio in sorted(ratios.items())) + ".", ""]
    if result["skip"]:
        lines += ["Skipped:", ""]
        lines += [f"- {len(tests)} × {reason}: {', '.join(dict.fromkeys(tests))}" for reason, tests in skips(result)] + [""]
    if result["fail"]:
        lines += ["Failed:", ""] + [f"- {failure}" for failure in result["fail"]] + [""]
    return "\n".join(lines)


def said_before(before):
    """The head of the table, the rows and the chapters of a page, the latter two by their host."""
    rows = {found[1]: found[0] for found in re.finditer(r"^\| ([^|]+) \|.*\|$", before, re.MULTILINE)}
    chapters = {part.split("\n", 1)[0]: "## " + part.rstrip() + "\n" for part in before.split("\n## ")[1:]}
    return rows.pop("host", ""), rows, chapters


def page(names, known, before):
    """The page, for the hosts `names` and whatever else is known, from `known` and the page as it was."""
    old_head, old_rows, old_chapters = said_before(before)
    with_cost = any(result["cost"] for result in known.values()) or old_head.endswith(f" {COST_HEAD} |")
    head = HEAD + ([COST_HEAD] if with_cost else [])
    if with_cost and old_head == line(HEAD):
        old_rows = {name: f"{old} not measured |" for name, old in old_rows.items()}
    elif old_head != line(head):
        old_rows = {}  # of other columns
    rows, chapters = [], []
    for name in list(names) + sorted((set(known) | set(old_chapters)) - set(names)):
        if name in known:
            rows.append(row(name, known[name], with_cost))
            chapters.append(chapter(name, known[name]))
        else:
            if name in old_rows or name in names:
                rows.append(old_rows.get(name) or line([name, "not run"] + [""] * (len(head) - 2)))
            chapters += [old_chapters[name]] if name in old_chapters else []
    table = "\n".join([line(head), "|" + "---|" * len(head)] + rows) + "\n"
    return "\n".join([INTRODUCTION + (COST if with_cost else ""), table] + chapters)
