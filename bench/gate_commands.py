#!/usr/bin/python3
"""What the gate is worth: commands and single opens without Usher, with the gate as it is by default, with the
workspace in it, and with every open held.

    bench/gate_commands.py build/release/supervisor/usher [ROUNDS] [NAME...]

One process each stays in the four worlds and is told in turn to run the same command, so that a busy moment hits all
alike. Printed are medians of the ratios within a round; for opens, medians of many. Needs a repository of its own: it
makes one in a temporary directory. Calls that waited for Usher are from the receipts of single runs.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile

INSIDE = r"""
import os, subprocess, sys, time
def opens(name, count=4000):
    best = []
    for _ in range(9):
        start = time.perf_counter()
        for _ in range(count // 9): os.close(os.open(name, os.O_RDONLY))
        best.append((time.perf_counter() - start) / (count // 9))
    return sorted(best)[4]
for line in sys.stdin:
    what = eval(line)
    if isinstance(what, str):
        print(opens(what), flush=True)
        continue
    start = time.perf_counter()
    subprocess.run(what, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(time.perf_counter() - start, flush=True)
"""

COMMANDS = {
    "200 x true": ["/bin/bash", "-c", "for i in $(seq 200); do /bin/true; done"],
    "git status": ["/usr/bin/git", "status"],
    "grep -r": ["/usr/bin/grep", "-r", "zzz", "/usr/include"],
    "find": ["/usr/bin/find", "/usr/share/doc", "-name", "x"],
    "python": ["/usr/bin/python3", "-c", "import json,asyncio"],
    "node": ["/usr/bin/node", "-e", "1"],
    "gcc": ["/usr/bin/gcc", "hello.c", "-o", "hello"],
    "g++": ["/usr/bin/g++", "-O1", "hello.c", "-o", "hello"],
    "5 x cat": ["/bin/bash", "-c", "for i in 1 2 3 4 5; do cat hello.c; done"],
}
OPENS = {"open below the floor": "/usr/include/stdio.h", "open beyond the floor": "/proc/version"}
IN_THE_MEAN = ["git status", "grep -r", "find", "python", "node", "g++"]


def make_repository(directory):
    with open(directory + "/hello.c", "w") as source:
        source.write('#include <stdio.h>\nint main(void) { puts("hello"); }\n')
    for i in range(750):
        os.makedirs(f"{directory}/d{i % 40}", exist_ok=True)
        with open(f"{directory}/d{i % 40}/f{i}", "w") as file:
            file.write(str(i))
    git = ["git", "-C", directory, "-c", "user.email=a@example.test", "-c", "user.name=a"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run(git + words, check=True)


def held_calls(usher, directory, options, command):
    state = os.path.dirname(directory) + "/state"
    environment = dict(os.environ, USHER_STATE=state)
    subprocess.run([usher, "run", "-q", *options, "--", *command], cwd=directory, env=environment,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    runs = [state + "/runs/" + name for name in os.listdir(state + "/runs")]
    with open(max(runs, key=os.path.getmtime) + "/receipt.json") as receipt:
        return json.load(receipt)["predicate"]["usage"]["held_calls"]


def main():
    usher, rounds, names = os.path.abspath(sys.argv[1]), int((sys.argv + ["9"])[2]), sys.argv[3:]
    with tempfile.TemporaryDirectory() as root:
        directory = root + "/work"
        os.mkdir(directory)
        make_repository(directory)
        options = {"gate": ["--gate"], "wide": ["--gate=workspace"], "held": []}
        worlds = {"native": [], **{name: [usher, "run", "-q", *words, "--"] for name, words in options.items()}}
        inside = {
            name: subprocess.Popen(words + ["/usr/bin/python3", "-c", INSIDE], cwd=directory, text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for name, words in worlds.items()
        }

        def ask(world, what):
            inside[world].stdin.write(repr(what) + "\n")
            inside[world].stdin.flush()
            return float(inside[world].stdout.readline())

        print(f"{'':24}{'native':>12}{'gate':>9}{'wide':>9}{'held':>9}{'waited: gate':>15}{'wide':>8}{'held':>8}")
        means = {name: [] for name in options}
        for name, what in {**COMMANDS, **OPENS}.items():
            if names and name not in names:
                continue
            taken = [{world: ask(world, what) for world in worlds} for _ in range(rounds)]
            ratio = {w: statistics.median(one[w] / one["native"] for one in taken) for w in means}
            unit = 1e6 if name in OPENS else 1e3
            line = f"{name:24}{unit * statistics.median(one['native'] for one in taken):9.2f} "
            line += ("us" if name in OPENS else "ms") + "".join(f"{ratio[world]:9.3f}" for world in means)
            if name in COMMANDS:
                waited = [held_calls(usher, directory, words, what) for words in options.values()]
                line += f"{waited[0]:15}{waited[1]:8}{waited[2]:8}"
            print(line, flush=True)
            if name in IN_THE_MEAN:
                for world in means:
                    means[world].append(ratio[world])
        for world, ratios in means.items():
            if len(ratios) == len(IN_THE_MEAN):
                print(f"geometric mean of {', '.join(IN_THE_MEAN)}: {world} {statistics.geometric_mean(ratios):.3f}")
        for process in inside.values():
            process.stdin.close()
            process.wait()


if __name__ == "__main__":
    main()
