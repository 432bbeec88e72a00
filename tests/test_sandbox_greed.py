"""Attacks on resources, on the channel of the result and on what reads the figure; see test_sandbox_attacks.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from model.records import Outcome
from model.sandbox import Sandbox
from tests.sandboxes import CHART, HASTY, LIMITS, Family, denied, ok


@pytest.fixture(scope="module")
def family() -> Family:
    return Family()


@pytest.fixture(scope="module")
def sandbox(family: Family) -> Iterator[Sandbox]:
    with Sandbox(LIMITS, workers=1) as pool:
        ok(pool.run(CHART))
        yield pool


@pytest.fixture(scope="module")
def hasty(family: Family) -> Iterator[Sandbox]:
    """For programs that would never end. The wall clock is short, and no other program runs on it."""
    with Sandbox(HASTY, workers=1) as pool:
        pool.report()
        yield pool


@pytest.fixture(autouse=True)
def still_works_afterwards(family: Family, sandbox: Sandbox, hasty: Sandbox) -> Iterator[None]:
    """After every attack the next program runs as if nothing had been."""
    servers = family.pids()
    yield
    ok(sandbox.run(CHART))
    assert family.pids() == servers, "the fork server was replaced, or something was left running"


# resources ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["bytearray(2 << 30)", "__import__('numpy').ones(1 << 28)", "[0] * (1 << 28)"])
def test_takes_two_gigabytes(sandbox: Sandbox, how: str) -> None:
    assert sandbox.run(f"x = {how}").outcome is Outcome.OUT_OF_MEMORY


def test_takes_memory_bit_by_bit(sandbox: Sandbox) -> None:
    execution = sandbox.run("x = []\nwhile True:\n    x.append(bytes(1000))")
    assert execution.outcome is Outcome.OUT_OF_MEMORY


def test_never_ends(hasty: Sandbox) -> None:
    execution = hasty.run("while True: pass")
    assert execution.outcome is Outcome.TIMEOUT


def test_sleeps_for_ever(hasty: Sandbox) -> None:
    execution = hasty.run("import time\ntime.sleep(10**6)")
    assert execution.outcome is Outcome.TIMEOUT and "1.5 s" in execution.error


def test_ignores_signals_and_never_ends(hasty: Sandbox) -> None:
    code = (
        "import signal\nfor number in signal.valid_signals() - {9, 19}:\n"
        "    try: signal.signal(number, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    )
    assert hasty.run(code).outcome is Outcome.TIMEOUT


def test_never_ends_in_c_code(hasty: Sandbox) -> None:
    assert hasty.run("sum(iter(int, 1))").outcome is Outcome.TIMEOUT


def test_never_ends_after_its_end(hasty: Sandbox) -> None:
    code = CHART + "import atexit, time\natexit.register(time.sleep, 10**6)"
    assert hasty.run(code).outcome is Outcome.TIMEOUT


def test_prints_100_megabytes(sandbox: Sandbox) -> None:
    execution = sandbox.run(CHART + "for _ in range(100): print('x' * (1 << 20))")
    assert execution.outcome is Outcome.OK
    assert len(execution.stdout) < 17_000 and "dropped" in execution.stdout


def test_raises_an_error_with_a_huge_text(sandbox: Sandbox) -> None:
    execution = sandbox.run("raise ValueError('x' * 10_000_000)")
    assert execution.outcome is Outcome.ERROR and len(execution.error) < 10_000


def test_recurses_without_end(sandbox: Sandbox) -> None:
    execution = sandbox.run("def f(): f()\nf()")
    assert execution.outcome is Outcome.ERROR and "RecursionError" in execution.error


def test_crashes_the_interpreter(sandbox: Sandbox) -> None:
    execution = sandbox.run("import ctypes\nctypes.string_at(0)")
    assert execution.outcome is Outcome.ERROR and "SIGSEGV" in execution.error


def test_opens_many_files(sandbox: Sandbox) -> None:
    execution = sandbox.run("x = [open(str(i), 'w') for i in range(1000)]")
    assert execution.outcome is Outcome.ERROR and "Too many open files" in execution.error


def test_makes_a_huge_figure(sandbox: Sandbox) -> None:
    execution = sandbox.run("import matplotlib.pyplot as plt\nplt.figure(figsize=(1000, 1000))\nplt.plot([1, 2])")
    assert execution.outcome is Outcome.ERROR and "too large" in execution.error


def test_makes_a_large_figure_which_is_scaled(sandbox: Sandbox) -> None:
    execution = sandbox.run("import matplotlib.pyplot as plt\nplt.figure(figsize=(40, 20), dpi=300)\nplt.plot([1, 2])")
    assert execution.outcome is Outcome.OK and execution.pixels is not None and execution.facts is not None
    height, width, _ = execution.pixels.shape
    assert height * width <= LIMITS.max_pixels and abs(width / height - 2) < 0.01
    assert (execution.facts.height_px, execution.facts.width_px) == (height, width)


def test_draws_more_texts_than_can_be_told(sandbox: Sandbox) -> None:
    code = (
        "import matplotlib.pyplot as plt\nfor i in range(700):\n"
        "    plt.text(0, 0, chr(65 + i % 26), fontsize=1)\nplt.axis('off')"
    )
    execution = sandbox.run(code)
    assert execution.outcome is Outcome.OK and execution.facts is not None
    assert len(execution.facts.texts) == 600


# the result channel ---------------------------------------------------------------------------------------------------


def test_writes_to_every_descriptor(sandbox: Sandbox) -> None:
    code = (
        "import os\nfor fd in range(3, 1024):\n    for put in (os.write, os.pwrite):\n        try:\n"
        "            put(fd, b'CHLP' * 4096, *([0] if put is os.pwrite else []))\n            print('escaped', fd)\n"
        "        except OSError: pass\n"
    )
    execution = sandbox.run(CHART + code)
    assert execution.outcome is Outcome.OK and execution.stdout == ""


def test_leaves_before_it_can_be_read(sandbox: Sandbox) -> None:
    execution = sandbox.run(
        CHART + 'import os, sys\nsys.stdout.write(\'{"outcome": "ok"}\')\nsys.stdout.flush()\nos._exit(0)'
    )
    assert execution.outcome is Outcome.ERROR and "os._exit" in execution.error
    assert execution.pixels is None and execution.facts is None


def test_finds_nothing_in_the_frames_above(sandbox: Sandbox) -> None:
    code = (
        "import sys\nframe, names = sys._getframe(), set()\nwhile frame := frame.f_back:\n"
        "    names |= set(frame.f_locals) | set(frame.f_globals)\n"
        "print(sorted(name for name in names if name[0] != '_'))"
    )
    execution = sandbox.run(code)
    assert execution.stdout == "['errors', 'program', 'scope']\n"


def test_cannot_find_the_ending_among_all_objects(sandbox: Sandbox) -> None:
    code = (
        "import gc, types\nfound = [f for f in gc.get_objects() if isinstance(f, types.FunctionType) and "
        "f.__module__ and f.__module__.startswith('model.sandbox')]\nprint(len(found))"
    )
    assert sandbox.run(code).stdout == "0\n"


@pytest.mark.parametrize(
    "how",
    [
        "plt.Axes.bar.__globals__['Trace'].colours = lambda self: {'bar': ['#ffffff']}",
        "plt.Axes.bar.__globals__['_active'] = None",
        "plt.Figure.savefig.__globals__['facts'].collect = lambda trace: {'texts': ['forged']}",
        "plt.Figure.savefig.__globals__['Gallery'].read = lambda self: 1 / 0",
    ],
)
def test_replaces_what_reads_the_figure(sandbox: Sandbox, how: str) -> None:
    execution = sandbox.run(f"{CHART}{how}\n")
    denied(execution)
    assert "replaced" in execution.error


def test_replaces_the_writer_of_json(sandbox: Sandbox) -> None:
    code = "import json\njson.dumps = json.JSONEncoder.encode = json.encoder.c_make_encoder = lambda *_: '{}'\n"
    execution = sandbox.run(CHART + code)
    assert execution.outcome is Outcome.OK and execution.facts is not None and execution.facts.types == {"bar": 1}


def test_unregisters_the_ending(sandbox: Sandbox) -> None:
    execution = sandbox.run(CHART + "import atexit\natexit._clear()")
    assert execution.outcome is Outcome.ERROR and "before its figure could be read" in execution.error


def test_replaces_os_exit_and_the_streams(sandbox: Sandbox) -> None:
    code = "import os, sys\nos._exit = lambda code: print('escaped')\nsys.stdout = sys.stderr = None\n"
    assert sandbox.run(CHART + code).outcome is Outcome.OK


def test_draws_with_artists_that_attack(sandbox: Sandbox) -> None:
    code = (
        "import os\nfrom matplotlib.lines import Line2D\nclass Trap(Line2D):\n"
        "    def draw(self, renderer):\n        print(open('/etc/passwd').read())\n"
        "plt.gca().add_artist(Trap([0, 1], [0, 1]))\n"
    )
    execution = sandbox.run(CHART + code)
    denied(execution)
    assert "root:" not in execution.stdout


def test_programs_share_nothing(sandbox: Sandbox) -> None:
    sandbox.run(
        "import matplotlib, builtins\nbuiltins.left = 1\nmatplotlib.rcParams['figure.dpi'] = 7\nmatplotlib.left = 1"
    )
    execution = sandbox.run(
        "import matplotlib, builtins\nprint(hasattr(builtins, 'left'), hasattr(matplotlib, 'left'), "
        "matplotlib.rcParams['figure.dpi'])"
    )
    assert execution.stdout == "False False 100.0\n"
