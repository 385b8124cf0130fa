#!/usr/bin/python3
"""Answers the demo's questions where nobody sits at a terminal, and says what it was asked. The protocol: docs/howto/approver.md."""
import json
import os
import sys

YES = {"file.read": "notes.txt", "net.connect": "127.0.0.1:" + os.environ["DEMO_SERVICE"]}


def say(frame):
    print(json.dumps(frame), flush=True)


say({"v": 1, "type": "hello", "approver": "demo script"})
for line in sys.stdin:
    frame = json.loads(line)
    if frame["type"] != "request":
        continue
    wanted = YES.get(frame["kind"])
    option = "session" if wanted and frame["object"].endswith(wanted) and "session" in frame["options"] else "deny"
    print(f"  usher asks: {frame['kind']} {frame['object']}? the demo's script says: {option}", file=sys.stderr, flush=True)
    say({"v": 1, "type": "decision", "id": frame["id"], "option": option, "digest": frame["digest"]})
