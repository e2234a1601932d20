"""Sums what prism saw: python3 tests/peers/verdict.py VERDICTS. A violation that known.json does not explain is
printed; exits 1 when there is one, or when nothing was judged."""

import collections
import json
import os
import re
import sys


def explained(row, case, violation):
    return (re.search(row["message"], violation.get("message", "")) and re.search(row.get("path", ""), case["path"])
            and row.get("severity") in (None, violation.get("severity")))


def main(path):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "known.json"), encoding="utf-8") as source:
        known = json.load(source)
    judged, failed, used = 0, 0, collections.Counter()
    with open(path, encoding="utf-8") as source:
        for case in map(json.loads, source):
            judged += case.get("judged", 0)
            for violation in case.get("violations", []):
                row = next((row for row in known if explained(row, case, violation)), None)
                if row:
                    used[row["why"]] += 1
                    continue
                failed += 1
                place = "/".join(str(part) for part in violation.get("location", []))
                print(f"{case['method']} {case['path']} -> {case['status']}: {place}: {violation.get('message')}")
    for why, count in sorted(used.items()):
        print(f"known, {count} times: {why}")
    print(f"{judged} requests judged, {failed} violations")
    return 1 if failed or not judged else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
