"""How fast the sandbox is, and whether it leaks: `python -m benchmarks.sandbox [--rounds 15] [--programs 2000]`.

Runs the same charts in three ways, one after the other in each round: warm in the sandbox (facts, pixels and
confinement included), cold as `python file.py`, and bare in this process (exec and draw, no facts). Counts processor
time of all processes involved, kernel included, which a busy machine distorts little; wall time is shown beside it.
Then runs many programs of every kind and compares processes, descriptors, folders and memory before and after. Prints
figures; asserts nothing.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import psutil

from model.records import Outcome
from model.sandbox import Sandbox, SandboxLimits

CHARTS = {
    "grouped bars": """
import numpy as np
import matplotlib.pyplot as plt
x = np.arange(4)
fig, ax = plt.subplots(figsize=(8, 5))
ax.bar(x - 0.2, [23, 31, 28, 35], 0.4, label="2023")
ax.bar(x + 0.2, [25, 29, 34, 38], 0.4, label="2024")
ax.set_xticks(x, ["North", "South", "East", "West"])
ax.set_title("Sales by region")
ax.set_ylabel("Sales (k$)")
ax.legend()
plt.tight_layout()
plt.savefig("chart.png")
""",
    "lines": """
import numpy as np
import matplotlib.pyplot as plt
x = np.linspace(0, 10, 200)
plt.figure(figsize=(7, 4))
for shift in range(4):
    plt.plot(x, np.sin(x + shift), label=f"shift {shift}")
plt.xlabel("time (s)")
plt.title("Waves")
plt.grid(True)
plt.legend(loc="upper right")
plt.savefig("chart.png")
""",
    "scatter": """
import numpy as np
import matplotlib.pyplot as plt
rng = np.random.default_rng(0)
x, y = rng.normal(size=(2, 300))
plt.scatter(x, y, c=y, cmap="viridis", alpha=0.7)
plt.colorbar(label="value")
plt.title("Points")
plt.savefig("chart.png")
""",
    "pie": """
import matplotlib.pyplot as plt
plt.pie([40, 30, 20, 10], labels=["a", "b", "c", "d"], autopct="%1.1f%%")
plt.title("Shares")
plt.savefig("chart.png")
""",
    "four panels": """
import numpy as np
import matplotlib.pyplot as plt
rng = np.random.default_rng(0)
fig, axes = plt.subplots(2, 2, figsize=(10, 8))
axes[0, 0].hist(rng.normal(size=500), bins=20)
axes[0, 1].boxplot([rng.normal(size=50) for _ in range(3)])
axes[1, 0].imshow(rng.random((8, 8)))
axes[1, 1].barh(["a", "b", "c"], [1, 2, 3])
for number, ax in enumerate(axes.flat):
    ax.set_title(f"Panel {number}")
plt.tight_layout()
plt.savefig("chart.png")
""",
}
CHART = CHARTS["pie"]
KINDS = (
    (CHART, Outcome.OK),
    ("1/0", Outcome.ERROR),
    ("import os\nos._exit(0)", Outcome.ERROR),
    ("x = bytearray(4 << 30)", Outcome.OUT_OF_MEMORY),
    ("import os\nos.fork()", Outcome.FORBIDDEN),
    ("open('x', 'wb').write(bytes(1 << 20))", Outcome.NO_FIGURE),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="of each chart, in each way")
    parser.add_argument("--programs", type=int, default=2000, help="for the leak check")
    wanted = parser.parse_args()
    compare(wanted.rounds)
    look_for_leaks(wanted.programs)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one chart, in ms: processor time of all processes (mean), wall time (median)."""

    cpu_ms: float
    wall_ms: float


def compare(rounds: int) -> None:
    """What a chart costs in the three ways, and the ratios."""
    with Sandbox(workers=1) as sandbox, tempfile.TemporaryDirectory() as folder:
        ways: dict[str, Callable[[str], None]] = {
            "sandbox, warm": lambda code: warm(sandbox, code),
            "bare, in process": bare,
            "cold python file.py": lambda code: cold(Path(folder), code),
        }
        level = sandbox.report().level.name.lower()
        print(f"{rounds} rounds, sandbox level {level}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print("processor time per chart (wall time in brackets), in ms")
        print(f"{'chart':<14}" + "".join(f"{name:>22}" for name in ways))
        totals = dict.fromkeys(ways, 0.0)
        for name, code in CHARTS.items():
            costs = measure(ways, code, rounds)
            print(f"{name:<14}" + "".join(f"{cost.cpu_ms:>13.0f} ({cost.wall_ms:>6.0f})" for cost in costs.values()))
            totals = {way: totals[way] + cost.cpu_ms for way, cost in costs.items()}
    inside, bare_ms, cold_ms = totals.values()
    print(f"{'charts/s/core':<14}" + "".join(f"{1000 * len(CHARTS) / total:>22.1f}" for total in totals.values()))
    print(f"sandbox: {cold_ms / inside:.1f} times as fast as cold, {inside / bare_ms:.2f} times as long as bare")


def measure(ways: dict[str, Callable[[str], None]], code: str, rounds: int) -> dict[str, Cost]:
    cpu_s, wall_s = dict.fromkeys(ways, 0.0), {way: list[float]() for way in ways}
    for number in range(rounds + 1):
        for way, run in ways.items():
            cpu, wall = processor_s(), time.perf_counter()
            run(code)
            if number:  # the first round warms up
                cpu_s[way] += processor_s() - cpu
                wall_s[way].append(time.perf_counter() - wall)
    return {way: Cost(1000 * cpu_s[way] / rounds, 1000 * statistics.median(wall_s[way])) for way in ways}


def processor_s() -> float:
    """Of this process, of its children that have ended, and of those that live with theirs that have ended."""
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        used = resource.getrusage(who)
        total += used.ru_utime + used.ru_stime
    for process in psutil.Process().children(recursive=True):
        total += sum(process.cpu_times()[:4])
    return total


def warm(sandbox: Sandbox, code: str) -> None:
    execution = sandbox.run(code)
    assert execution.outcome is Outcome.OK, execution.error


def bare(code: str) -> None:
    """Execute and draw, saving left out: what any way of reading the figure has to do at least."""
    mpl.use("Agg")
    exec(compile(code.replace('plt.savefig("chart.png")', ""), "program.py", "exec"), {"__name__": "__main__"})
    plt.gcf().canvas.draw()
    plt.close("all")


def cold(folder: Path, code: str) -> None:
    path = folder / "file.py"
    path.write_text(code, encoding="utf-8")
    environment = {"MPLBACKEND": "Agg", "OPENBLAS_NUM_THREADS": "1", "HOME": str(folder), "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, path], cwd=folder, env=environment, check=True)


def look_for_leaks(programs: int) -> None:
    with Sandbox(SandboxLimits(timeout_s=20), workers=1) as sandbox:
        runtime = sandbox.runtime
        for code, _ in KINDS:
            sandbox.run(code)
        before, started = holdings(runtime), time.perf_counter()
        wrong = sum(
            sandbox.run(KINDS[number % len(KINDS)][0]).outcome is not KINDS[number % len(KINDS)][1]
            for number in range(programs)
        )
        seconds, after = time.perf_counter() - started, holdings(runtime)
    print(f"\n{programs} programs of {len(KINDS)} kinds in {seconds:.0f} s, {wrong} with an unexpected outcome")
    for name in before:
        print(f"{name:<28}{before[name]:>10} before {after[name]:>10} after")
    print(f"folder left after close: {runtime.exists()}")


def holdings(runtime: Path) -> dict[str, int]:
    host = psutil.Process()
    family = host.children(recursive=True)
    return {
        "processes": len(family),
        "descriptors of the host": host.num_fds(),
        "descriptors of the servers": sum(member.num_fds() for member in family),
        "files and folders": sum(1 for _ in runtime.rglob("*")),
        "memory of the host (MB)": host.memory_info().rss >> 20,
        "memory of the servers (MB)": sum(member.memory_info().rss for member in family) >> 20,
    }


if __name__ == "__main__":
    main()
