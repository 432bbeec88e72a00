"""`python -m training grpo`: recipes are checked, a killed run goes on, and ends in a candidate and its evaluation."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText, PreTrainedConfig, Qwen2_5_VLConfig, Qwen3VLConfig

from model.errors import BadInput, SandboxUnavailable
from training import newborn
from training.grpo import Stage
from training.masters import MasterAdamW
from training.recipe import read_recipe
from training.reinforce import checked, grpo_config, measure, train
from training.trainers import last_whole

CONFIGS = Path(__file__).resolve().parent.parent / "training" / "configs"
TINY = newborn.Size(vision_layers=1, vision_width=32, text_layers=1, text_width=32, heads=2)
RECIPE = """
model = "{folder}/start"
out = "{out}"
seed = 1
save_steps = 1
[[stage]]
kind = "shared"
steps = {shared}
charts = 2
samples = 2
parts = 2
most_tokens = 24
learning_rate = 1e-3
least_spread = 0.0
[[stage]]
kind = "full"
steps = 1
charts = 2
samples = 2
parts = 1
most_tokens = 24
{more}
[sandbox]
workers = 1
[evaluation]
folder = "{folder}/charts"
turns = 1
hints = false
[trainer]
use_cpu = true
bf16 = false
gradient_checkpointing = false
"""
BARS = "import matplotlib.pyplot as plt\nplt.figure(figsize=(2, 2))\nplt.bar([0, 1], [3, 5])\n"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained tiny model of the built-in kind, and one chart to be measured on."""
    folder = tmp_path_factory.mktemp("reinforce")
    newborn.build(folder / "start", ["bar line 0123456789"], TINY)
    (folder / "charts").mkdir()
    Image.new("RGB", (200, 200), "white").save(folder / "charts" / "bars.png")
    (folder / "charts" / "bars.py").write_text(BARS)
    (folder / "published").mkdir()
    shutil.copy(folder / "charts" / "bars.png", folder / "published")
    (folder / "published" / "bars.json").write_text("{}")
    shutil.copytree(folder / "charts", folder / "ChartMimic-dev")
    return folder


def written(ground: Path, out: str, shared: int = 2, more: str = "") -> Path:
    path = ground / f"{out}.toml"
    path.write_text(RECIPE.format(folder=ground, out=ground / out, shared=shared, more=more))
    return path


def test_both_stages_end_in_a_candidate_and_its_evaluation(ground: Path) -> None:
    recipe = read_recipe(written(ground, "whole", shared=1))
    candidate = train(recipe)
    assert candidate == ground / "whole" / "candidate"
    assert {"model.safetensors", "chartloop.json", "processor_config.json"} <= {
        path.name for path in candidate.iterdir()
    }
    for folder in ("1-shared", "2-full"):
        (line,) = (ground / "whole" / folder / "log.jsonl").read_text().splitlines()
        log = json.loads(line)
        assert log["step"] == 1
        assert {"turn1/score", "turn2/score", "improved", "regressed", "repeated", "turn2/executed"} <= log.keys()
        assert {"entropy", "completions/mean_length", "turn2/missing", "groups_dropped"} <= log.keys()
        assert {f"seconds/{phase}" for phase in ("sampling", "running", "scoring", "updating")} <= log.keys()
    document = measure(recipe, candidate)
    assert document is not None and document["n"] == 1
    assert (ground / "whole" / "evaluation" / "report.json").is_file()


def test_a_killed_run_goes_on_where_it_was(ground: Path) -> None:
    """Killed as hard as can be after its first step; it goes on with the second, and passes over a torn checkpoint."""
    path = written(ground, "killed")
    command = [sys.executable, "-m", "training", "grpo", str(path)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    run = subprocess.Popen(command, cwd=CONFIGS.parent.parent, stdout=subprocess.PIPE, text=True, env=environment)
    assert run.stdout is not None
    first = ground / "killed" / "1-shared"
    for line in run.stdout:
        if last_whole(first):
            run.send_signal(signal.SIGKILL)
            break
        assert "Traceback" not in line
    run.wait()
    assert last_whole(first) is not None and not (ground / "killed" / "candidate").exists()
    done = int(Path(str(last_whole(first))).name.rpartition("-")[2])
    (first / "checkpoint-99").mkdir()
    train(read_recipe(path))
    steps = [json.loads(line)["step"] for line in (first / "log.jsonl").read_text().splitlines()]
    assert steps[-1] == 2 and steps.count(done + 1) in (1, 2) and steps[0] == 1
    assert (ground / "killed" / "candidate" / "model.safetensors").is_file()


def test_an_adapter_is_trained_through_both_stages(ground: Path) -> None:
    more = '[lora]\nr = 2\ntarget_modules = ".*text_model.*(q_proj|v_proj)"'
    recipe = read_recipe(written(ground, "adapter", shared=1, more=more))
    candidate = train(recipe)
    weights = load_file(candidate / "adapter_model.safetensors")
    assert weights and all("text_model" in name for name in weights)
    assert measure(recipe, candidate) is not None


@pytest.mark.parametrize("name", [path.name for path in sorted(CONFIGS.glob("*.toml"))])
def test_the_recipes_of_the_project_pass_a_dry_run(name: str) -> None:
    said = checked(read_recipe(CONFIGS / name), CONFIGS / name)
    assert "stage 1, shared" in said and "stage 2, full" in said and "reward at 100%" in said
    assert ("vLLM (server)" in said and "6 processes" in said) == ("8gpu" in name)


@pytest.mark.parametrize(
    ("name", "architecture"),
    [("qwen2.5-vl-7b-8gpu.toml", Qwen2_5_VLConfig), ("qwen3-vl-8b-8gpu.toml", Qwen3VLConfig)],
)
def test_the_recipes_for_gpus_fit_their_models(name: str, architecture: type[PreTrainedConfig]) -> None:
    """The vision half is frozen and nothing else; vLLM serves the model that is trained, with room for two pictures."""
    recipe = read_recipe(CONFIGS / name)
    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(architecture())
    frozen = {name for name, _ in model.named_parameters() if any(part in name for part in recipe.frozen)}
    assert frozen == {f"model.visual.{name}" for name, _ in model.model.visual.named_parameters()} != set()
    told = (CONFIGS / name).read_text()
    assert (
        f"vllm serve {recipe.model} " in told
        and '"image": 2' in told
        and f"training grpo training/configs/{name}" in told
    )


def test_a_recipe_names_the_cluster_that_runs_its_programs(ground: Path) -> None:
    """A dry run says so, and a run that cannot reach it says that and does not run them here."""
    path = written(ground, "cluster")
    path.write_text(path.read_text().replace("workers = 1", 'workers = 16\nray = "127.0.0.1:1"'))
    recipe = read_recipe(path)
    assert "programs run by Ray 2." in (said := checked(recipe, path)) and "at 127.0.0.1:1, 16 on each node" in said
    with pytest.raises(SandboxUnavailable, match=r"no Ray cluster answers at 127\.0\.0\.1:1"):
        train(recipe)


def test_curriculum_and_charts_run_through_both_stages(ground: Path) -> None:
    recipe = read_recipe(written(ground, "span", shared=3))
    assert recipe.span(0) == (0.0, 0.75) and recipe.span(1) == (0.75, 1.0)
    assert [one.kind for one in recipe.stage] == [Stage.SHARED, Stage.FULL]
    args = grpo_config(recipe, 0)
    assert (args.per_device_train_batch_size, args.steps_per_generation, args.num_generations) == (2, 2, 2)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seed = 1", "sead = 1", "no setting called sead"),
        ("seed = 1", 'seed = "one"', "seed should be of the type int"),
        ('kind = "full"', 'kind = "half"', "there are shared, full"),
        ("parts = 2", "parts = 3", "cannot be cut into 3 parts"),
        ("samples = 2", "samples = 1", "at least 2 samples"),
        ("bf16 = false", "bf61 = false", "not what trl.GRPOConfig takes"),
        ("bf16 = false", "beta = 1.0", "should not set beta"),
        ("[sandbox]", '[charts]\nfolder = "FOLDER/charts"\n[sandbox]', "cannot be trained on"),
        ("[sandbox]", '[charts]\nfolder = "FOLDER/published"\n[sandbox]', "is a benchmark, which is measured on"),
        ("[sandbox]", '[charts]\nfolder = "FOLDER/ChartMimic-dev"\n[sandbox]', "is a benchmark, which is measured on"),
        ("[sandbox]", "[reward.textual]\ntext = -1\n[sandbox]", "should not be negative"),
    ],
)
def test_a_wrong_recipe_is_refused_with_its_place(ground: Path, old: str, new: str, said: str) -> None:
    path = written(ground, "wrong")
    path.write_text(path.read_text().replace(old, new.replace("FOLDER", str(ground)), 1))
    with pytest.raises(BadInput, match=said):
        checked(read_recipe(path), path)


def test_masters_keep_what_bf16_loses(tmp_path: Path) -> None:
    """A thousand steps of 1e-5 from 1.0; plain bf16 stays at 1.0 for ever. Saved and loaded, it goes on the same."""
    weight = torch.nn.Parameter(torch.ones(4, dtype=torch.bfloat16))
    optimizer = MasterAdamW([weight], lr=1e-5, weight_decay=0.0)
    for _ in range(1000):
        optimizer.zero_grad()
        weight.sum().backward()
        optimizer.step()
    assert weight.dtype == torch.bfloat16 and float(weight[0]) == pytest.approx(0.99, abs=0.004)
    torch.save(optimizer.state_dict(), tmp_path / "optimizer.pt")
    other = torch.nn.Parameter(torch.ones(4, dtype=torch.bfloat16))
    resumed = MasterAdamW([other], lr=1e-5, weight_decay=0.0)
    resumed.load_state_dict(torch.load(tmp_path / "optimizer.pt", weights_only=True))
    assert other.equal(weight)
    for parameter, one in ((weight, optimizer), (other, resumed)):
        one.zero_grad()
        parameter.sum().backward()
        one.step()
    assert torch.equal(optimizer.state_dict()["masters"][0], resumed.state_dict()["masters"][0])


def test_the_candidate_replaces_an_older_one(ground: Path) -> None:
    recipe = read_recipe(written(ground, "whole", shared=1))
    (ground / "whole" / "candidate" / "stale.txt").write_text("old")
    train(recipe)  # both stages are done
    assert not (ground / "whole" / "candidate" / "stale.txt").exists()
    shutil.rmtree(ground / "whole")
