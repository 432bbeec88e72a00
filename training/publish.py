"""Puts a trained model into model/nano/, as what everybody gets who clones the project.

    python -m training.publish runs/sft/model

Weights stay in bf16 on disk (half the clone) and are loaded in float32: many laptops have no fast bf16, and the served
copy computes in float32 too. Leaves out: deciding whether the model is better (`chartloop eval` on both).
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

NANO = Path(__file__).resolve().parent.parent / "model" / "nano"
FILES = (
    "model.safetensors",
    "config.json",
    "generation_config.json",
    "processor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "chartloop.json",
)


def publish(source: Path, target: Path = NANO) -> None:
    """Copies the files of a model; raises FileNotFoundError before anything is written if one is missing."""
    missing = [name for name in FILES if not (source / name).is_file()]
    if missing:
        raise FileNotFoundError(f"{source} is not a whole model folder: {', '.join(missing)} missing")
    for name in FILES:
        shutil.copyfile(source / name, target / name)
    config = json.loads((target / "config.json").read_text())
    for part in (config, config["text_config"], config["vision_config"]):
        part["dtype"] = "float32"
    (target / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("source", type=Path)
    publish(parser.parse_args().source)
    print(f"published to {NANO.name}: {sum((NANO / name).stat().st_size for name in FILES) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
