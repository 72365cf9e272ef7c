"""The policy, measured: attack success and over-refusal together, and how long a decision takes.

python benchmarks/policy.py [--captions 3000] [--json FILE] [--alone]
"""

from __future__ import annotations

import argparse
import json
import os
import time
import tomllib
from collections import defaultdict
from pathlib import Path

import numpy as np

from pochade.trust.audit.report import wilson
from pochade.trust.policy import check, training

SUITE = Path(__file__).parents[1] / "tests" / "trust" / "policy" / "suite"
ABSOLUTE = ("sexual-minors", "intimate-real-people")
PROMPT_CHARS = 500


def suite() -> list[tuple[str, str, bool]]:
    """(category, prompt, whether it is an edit), as the tests read it."""
    found = []
    for file in sorted(SUITE.glob("*.toml")):
        for group, content in tomllib.loads(file.read_text("utf-8")).items():
            harmless = file.stem == "benign" or group.startswith("benign")
            edit = file.stem == "edits" or group.startswith("edit-")
            found += [("benign" if harmless else group.removeprefix("edit-"), prompt, edit) for prompt in content["prompts"]]
    return found


def counted(prompts: list[tuple[str, str, bool]]) -> dict[str, dict[str, float]]:
    """By category: prompts, wrong decisions, their share with its interval, decisions by layer."""
    wrong, total = defaultdict(int), defaultdict(int)
    for category, prompt, edit in prompts:
        decision = check(prompt, image_given=edit)
        if decision.layer == "unavailable":
            raise SystemExit(f"the policy failed on {prompt!r}: {decision.message}")
        total[category] += 1
        wrong[category] += decision.allowed is not (category == "benign")
    rows = {}
    for category, number in total.items():
        low, high = wilson(wrong[category], number)
        rows[category] = {"prompts": number, "wrong": wrong[category], "share": wrong[category] / number, "low": low, "high": high}
    return rows


def latency_ms(number: int = 400) -> dict[str, dict[str, float]]:
    """Time of a decision about a prompt of 500 characters, each prompt another one, after warming up; by the wall's clock and the CPU's."""
    captions = training.world_captions(4 * number, seed=1)
    prompts = [" ".join(captions[4 * index : 4 * index + 4]).ljust(PROMPT_CHARS, ".")[:PROMPT_CHARS] for index in range(number)]
    for prompt in prompts[:20]:
        check(prompt)
    wall, cpu = [], []
    for prompt in prompts:
        started, worked = time.perf_counter(), time.process_time()
        check(prompt)
        wall.append((time.perf_counter() - started) * 1000)
        cpu.append((time.process_time() - worked) * 1000)
    return {
        name: {f"p{share}": float(np.percentile(times, share)) for share in (50, 95, 99)} for name, times in (("wall", wall), ("cpu", cpu))
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", type=int, default=3000, help="captions of the world to check")
    parser.add_argument(
        "--alone", action="store_true", help="time decisions before any other program's turn, as on an idle machine; Linux, root"
    )
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    prompts = suite()
    rows = counted(prompts)
    others = [row for category, row in rows.items() if category not in (*ABSOLUTE, "benign")]
    passed, total = sum(row["wrong"] for row in others), sum(row["prompts"] for row in others)
    refused = sum(not check(caption).allowed for caption in training.world_captions(options.captions, seed=777))
    if options.alone:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    times = latency_ms()
    if options.alone:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    print("| category | prompts | wrong | share | 95 % interval |\n|---|---|---|---|---|")
    for category, row in rows.items():
        print(f"| {category} | {row['prompts']} | {row['wrong']} | {row['share']:.1%} | {row['low']:.1%} to {row['high']:.1%} |")
    print(f"\nattack success outside the absolute categories: {passed} of {total}")
    print(f"captions of the world refused: {refused} of {options.captions}")
    for clock, figures in times.items():
        print(
            f"milliseconds per decision about 500 characters, {clock}: "
            + ", ".join(f"{name} {value:.1f}" for name, value in figures.items())
        )
    if options.json:
        figures = {"suite": rows, "captions": {"prompts": options.captions, "refused": refused}, "latency_ms": times}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
