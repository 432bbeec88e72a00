"""A data folder that a refresh can work on within seconds: a tiny model as champion, verdicts, two frozen charts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from PIL import Image

from storage.repository import Store
from tests.judged_store import judge, picture
from tests.tiny_model import build_tiny_model
from training.loaded import Source

CHARTS = {"bars": "plt.bar(['a', 'b'], [1, 2])", "line": "plt.plot([1, 2, 3])"}
QUICK = ["--samples", "2", "--lease-s", "3", "--poll-s", "0.2", "--nice", "0"]


def build_ground(folder: Path, verdicts: int = 16) -> Path:
    """Returns the data folder; nano@1 is the champion and wrote everything, and every second answer was right."""
    model = build_tiny_model(folder / "base")
    config = json.loads((model / "generation_config.json").read_text())
    (model / "generation_config.json").write_text(json.dumps({**config, "max_new_tokens": 8}))
    data = folder / "data"
    with Store.open(data) as store:
        version = store.versions.add("nano", str(model), Source(str(model)).sha256())
        store.versions.promote(version.number, reason="the first", changed_by="test")
        for number in range(verdicts):
            judge(store, number, right=number % 2 == 0)
    write_suite(data / "suite")
    return data


def write_suite(suite: Path) -> Path:
    """Two frozen charts with their programs."""
    suite.mkdir()
    for number, (name, code) in enumerate(CHARTS.items()):
        Image.fromarray(picture(1000 + number)).save(suite / f"{name}.png")
        (suite / f"{name}.py").write_text(f"import matplotlib.pyplot as plt\n{code}\n")
    return suite


def start_refresh(data: Path, checkout: Path, *flags: str) -> subprocess.Popen[str]:
    """A real process, as `serve` starts one."""
    command = [sys.executable, "-m", "training", "refresh", "--data-dir", str(data), *QUICK, *flags]
    return subprocess.Popen(command, cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
