"""`python -m training COMMAND`: the commands that make a better model.

evaluate   figures with intervals and a gallery for a model on a folder of charts (training/evaluate.py)
sft        supervised training of the built-in model (training/sft.py)
"""

from __future__ import annotations

import sys

from training import evaluate, sft

COMMANDS = {"evaluate": evaluate.main, "sft": sft.main}


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        return 2
    COMMANDS[sys.argv[1]](sys.argv[2:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
