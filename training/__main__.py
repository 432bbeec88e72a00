"""`python -m training COMMAND`: the commands that make a better model.

evaluate   figures with intervals and a gallery for a model on a folder of charts (training/evaluate.py)
glance     the small net that tells the built-in model what panels look like (training/glance.py)
grpo       reinforcement learning from a recipe: self-correction in two stages (training/reinforce.py)
refresh    verdicts become a candidate, and a gate decides on it: once, or as the periodic job (training/refresh.py)
sft        supervised training of the built-in model (training/sft.py)
snapshot   a frozen training set out of people's verdicts (training/snapshot.py)
"""

from __future__ import annotations

import importlib
import sys

MODULES = {"grpo": "reinforce"}  # of commands that are named otherwise
COMMANDS = ("evaluate", "glance", "grpo", "refresh", "sft", "snapshot")


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        return 2
    command = importlib.import_module(
        f"training.{MODULES.get(sys.argv[1], sys.argv[1])}"
    )  # alone: some take seconds to import
    command.main(sys.argv[2:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
