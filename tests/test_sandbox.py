"""How programs of good will behave in the sandbox: what comes back, which figure counts, what they may use.

Leaves out: the pool (test_sandbox_pool.py), attacks (test_sandbox_attacks.py), leaks (test_sandbox_leaks.py), what is
read from figures (test_facts.py).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from model.errors import BadInput
from model.records import Execution, Outcome
from model.sandbox import Sandbox, SandboxLimits
from tests.sandboxes import CHART, PLT, ok

LIMITS = SandboxLimits(timeout_s=30.0, memory_mb=512)
RED = "plt.figure(figsize=(2, 2), facecolor='#ff0000')\nplt.text(0.5, 0.5, 'red')\nplt.axis('off')\n"
BLUE = "plt.figure(figsize=(2, 2), facecolor='#0000ff')\nplt.text(0.5, 0.5, 'blue')\nplt.axis('off')\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(LIMITS, workers=1) as pool:
        yield pool


def corner(execution: Execution) -> tuple[int, ...]:
    assert execution.pixels is not None
    return tuple(int(value) for value in execution.pixels[0, 0])


def error_of(sandbox: Sandbox, code: str, outcome: Outcome = Outcome.ERROR) -> str:
    execution = sandbox.run(code)
    assert execution.outcome is outcome, execution
    assert execution.pixels is None and execution.facts is None
    return execution.error


# what comes back ------------------------------------------------------------------------------------------------------


def test_a_chart_comes_back_with_pixels_and_facts(sandbox: Sandbox) -> None:
    execution = ok(
        sandbox.run(PLT + "plt.figure(figsize=(4, 3), dpi=50)\nplt.bar(['a'], [1])\nplt.title('T')\nprint('done')")
    )
    assert execution.pixels is not None and execution.facts is not None
    assert execution.pixels.shape == (150, 200, 3) and execution.pixels.dtype == np.uint8
    assert (execution.facts.width_px, execution.facts.height_px) == (200, 150)
    assert execution.facts.strings() == ("T",) and execution.facts.types == {"bar": 1}
    assert execution.stdout == "done\n" and execution.seconds > 0


def test_the_pixels_are_those_that_matplotlib_draws(sandbox: Sandbox) -> None:
    import matplotlib.pyplot as plt
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    execution = ok(sandbox.run(CHART))
    with plt.style.context("default"):
        figure, axes = plt.subplots()
        axes.bar(["a", "b"], [1, 2])
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        plt.close(figure)
    assert execution.pixels is not None
    assert np.array_equal(execution.pixels, np.asarray(canvas.buffer_rgba())[..., :3])


def test_a_see_through_figure_is_shown_on_white(sandbox: Sandbox) -> None:
    code = PLT + "plt.figure(facecolor=(1, 0, 0, 0.5))\nplt.plot([1, 2])"
    assert corner(ok(sandbox.run(code))) == (255, 127, 127)


def test_an_error_shows_the_program_and_nothing_else(sandbox: Sandbox) -> None:
    code = PLT + "def draw(values):\n    plt.bar(['a', 'b', 'c'], values)\n\ndraw([1, 2])\n"
    lines = error_of(sandbox, code).splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1:4:2] == ['  File "program.py", line 5, in <module>', '  File "program.py", line 3, in draw']
    assert lines[4].strip() == "plt.bar(['a', 'b', 'c'], values)"
    assert lines[-1].startswith("ValueError: shape mismatch") and "site-packages" not in "".join(lines)


def test_a_syntax_error_shows_its_line(sandbox: Sandbox) -> None:
    text = error_of(sandbox, "x = 1\nplt.bar([1, 2\n")
    assert 'File "program.py", line 2' in text and "SyntaxError: '[' was never closed" in text


@pytest.mark.parametrize("code", ["x = '\\ud800'\nraise ValueError('\\udcff')", "\x00", "\ud800", "\ufeff1/0"])
def test_strange_characters_are_an_error_like_others(sandbox: Sandbox, code: str) -> None:
    assert "Error" in error_of(sandbox, code)


def test_an_error_while_drawing_belongs_to_the_program(sandbox: Sandbox) -> None:
    assert "ParseFatalException" in (text := error_of(sandbox, PLT + "plt.plot([1])\nplt.title(r'$\\alph$')")) or (
        "ValueError" in text
    )


@pytest.mark.parametrize("code", ["", "x = 1", "import matplotlib.pyplot", "print('no chart')"])
def test_no_figure(sandbox: Sandbox, code: str) -> None:
    assert "without making a figure" in error_of(sandbox, code, Outcome.NO_FIGURE)


@pytest.mark.parametrize(
    "how", ["plt.figure()", "plt.subplots(2, 2)", "plt.plot([1, 2]); plt.gcf().clear()", "plt.axes()"]
)
def test_blank(sandbox: Sandbox, how: str) -> None:
    execution = sandbox.run(PLT + how)
    assert execution.outcome is Outcome.BLANK and "drew nothing" in execution.error
    assert execution.pixels is not None


def test_a_white_line_on_white_is_blank(sandbox: Sandbox) -> None:
    code = PLT + "plt.plot([1, 2], color='white')\nplt.axis('off')"
    assert sandbox.run(code).outcome is Outcome.BLANK


# which figure counts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (RED + BLUE, (0, 0, 255)),  # the current one
        (RED + BLUE + "plt.figure(1)", (255, 0, 0)),
        (RED + "plt.savefig('a.png')\n" + BLUE, (255, 0, 0)),  # a saved one counts more
        (RED + "plt.savefig('a.png')\n" + BLUE + "plt.savefig('b.png')", (0, 0, 255)),  # the last saved
        (RED + "plt.show()\n" + BLUE + "plt.show()", (0, 0, 255)),
        (RED + "plt.savefig('a.png')\nplt.close()", (255, 0, 0)),
        (RED + "plt.close('all')", (255, 0, 0)),  # closed and never saved: still the only one
        (RED + "plt.show()\nplt.savefig('a.png')", (255, 0, 0)),  # saving after showing saves an empty figure
        (RED + "plt.savefig('a.png')\nplt.clf()", (255, 0, 0)),  # cleared after it was saved
        (RED + "plt.savefig('a.png')\nplt.cla()\nplt.gcf().set_facecolor('lime')", (255, 0, 0)),
        (RED + "fig = plt.gcf()\n" + BLUE + "fig.show()", (255, 0, 0)),
        (RED + "fig = plt.gcf()\n" + BLUE + "fig.savefig('a.pdf')", (255, 0, 0)),
        (RED + "plt.savefig('a.png')\nplt.gcf().set_facecolor('#00ff00')", (0, 255, 0)),  # the live figure is drawn
    ],
)
def test_the_figure_that_counts(sandbox: Sandbox, code: str, expected: tuple[int, ...]) -> None:
    assert corner(ok(sandbox.run(PLT + code))) == expected


def test_a_figure_without_pyplot(sandbox: Sandbox) -> None:
    code = (
        "from matplotlib.figure import Figure\nfigure = Figure()\nfigure.subplots().plot([1, 2])\n"
        "figure.savefig('a.png')"
    )
    ok(sandbox.run(code))


# saving and showing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [
        "plt.savefig('chart.png')",
        "plt.savefig('chart')",
        "plt.savefig('chart.pdf', bbox_inches='tight')",
        "plt.savefig('chart.svg', transparent=True, metadata={'Date': None})",
        "plt.savefig('chart.jpg', dpi=300, pil_kwargs={'quality': 90})",
        "plt.savefig('missing/folder/chart.png')",
        "plt.savefig('/somewhere/else/chart.png', dpi='figure')",
        "from pathlib import Path; plt.savefig(Path('chart.png'))",
        "import io; b = io.BytesIO(); plt.savefig(b, format='png'); assert b.getvalue()[1:4] == b'PNG'",
        "import io; b = io.BytesIO(); plt.savefig(b, format='svg'); assert b'<svg' in b.getvalue()",
        "plt.savefig('a.png'); import os; assert os.path.getsize('a.png') > 1000",
        "plt.savefig('a.png'); from PIL import Image; assert Image.open('a.png').size == (640, 480)",
        "plt.savefig('a.png'); assert plt.imread('a.png').shape == (480, 640, 4)",
        "plt.show(block=False)",
        "plt.ion(); plt.pause(0.01); plt.ioff()",
        "plt.draw(); plt.gcf().canvas.draw_idle()",
        "open('notes.csv', 'w').write('a,b'); import pandas; assert list(pandas.read_csv('notes.csv')) == ['a', 'b']",
    ],
)
def test_saving_and_showing_work(sandbox: Sandbox, how: str) -> None:
    ok(sandbox.run(CHART + how))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("plt.savefig('chart.xyz')", "Format 'xyz' is not supported"),
        ("plt.savefig('chart.png', quality=3)", "quality"),
        ("plt.savefig()", "fname"),
    ],
)
def test_saving_fails_where_it_would_fail(sandbox: Sandbox, how: str, message: str) -> None:
    assert message in error_of(sandbox, CHART + how)


# what programs use ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "import seaborn as sns, pandas as pd\nsns.set_theme()\n"
        "d = pd.DataFrame({'x': [1, 2, 3], 'y': [3, 1, 2], 'k': list('aba')})\n"
        "sns.lineplot(data=d, x='x', y='y', hue='k')",
        "import seaborn as sns, numpy as np\nsns.heatmap(np.eye(3), annot=True)",
        "import seaborn as sns\nsns.histplot([1, 2, 2, 3], kde=True)",
        "import pandas as pd\npd.DataFrame({'a': [1, 2], 'b': [2, 1]}).plot(kind='bar')",
        "import pandas as pd\npd.Series([1, 2], index=pd.date_range('2024', periods=2)).plot()",
        "import networkx as nx\nnx.draw(nx.cycle_graph(4), with_labels=True)",
        "import squarify\nsquarify.plot([3, 2, 1], label=list('abc'))",
        "from scipy import stats\nimport numpy as np\nx = np.linspace(0, 1)\nplt.plot(x, stats.norm.pdf(x))",
        "from scipy.cluster.hierarchy import dendrogram, linkage\ndendrogram(linkage([[0.0], [1.0], [3.0]]))",
        "plt.style.use('ggplot')\nplt.plot([1, 2])",
        "with plt.style.context('seaborn-v0_8'):\n    plt.plot([1, 2])",
        "with plt.xkcd():\n    plt.plot([1, 2])",
        "plt.rcParams['font.family'] = 'No Such Font'\nplt.title('x')\nplt.plot([1, 2])",
        "plt.rcParams.update({'axes.unicode_minus': False})\nplt.plot([-1, 2])\nplt.title('数据 данные')",
        "ax = plt.figure().add_subplot(projection='3d')\nax.plot([1, 2], [1, 2], [1, 2])",
        "ax = plt.subplot(projection='polar')\nax.plot([0, 1], [1, 2])",
        "fig, axes = plt.subplot_mosaic('ab;cc')\naxes['c'].imshow([[1, 2]])\nfig.tight_layout()",
        "from matplotlib.animation import FuncAnimation\nline, = plt.plot([1, 2])\n"
        "a = FuncAnimation(plt.gcf(), lambda i: [line], frames=2)\na.save('a.gif', writer='pillow')",
        "from mpl_toolkits.axes_grid1.inset_locator import inset_axes\nplt.plot([1, 2])\n"
        "inset_axes(plt.gca(), 1, 1).plot([2, 1])",
        "import matplotlib\nmatplotlib.use('Agg')\nplt.plot([1, 2])",
        "import matplotlib\nmatplotlib.use('pdf')\nplt.plot([1, 2])\nplt.savefig('a.pdf')",
        "import sys\nplt.plot([1, 2])\nsys.exit()",
        "import sys\nplt.plot([1, 2])\nsys.exit(0)",
        "if __name__ == '__main__':\n    plt.plot([1, 2])",
        "import time, datetime, random, math, statistics, itertools, collections, csv, json, textwrap\n"
        "plt.plot([1, random.random()])",
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 1\nplt.plot([A().x, 2])",
        "import pickle\nclass B: pass\npickle.dumps(B())\nplt.plot([1, 2])",
        "import os, tempfile\nos.makedirs('out', exist_ok=True)\n"
        "with tempfile.NamedTemporaryFile() as f: f.write(b'x')\nplt.plot([1, 2])",
        "import shutil\nopen('a', 'w').write('x')\nshutil.copy('a', 'b')\nshutil.copy2('a', 'c')\nplt.plot([1, 2])",
        "import warnings, logging\nwarnings.warn('careful')\nlogging.warning('hm')\nplt.plot([1, 2])",
        "from sklearn.cluster import KMeans\nimport numpy as np\nKMeans(2, n_init=1).fit(np.eye(4))\nplt.plot([1, 2])",
    ],
)
def test_usual_programs_run(sandbox: Sandbox, code: str) -> None:
    ok(sandbox.run(PLT + code))


def test_a_missing_font_is_silent(sandbox: Sandbox) -> None:
    assert ok(sandbox.run(PLT + "plt.title('x', family='No Such Font')\nplt.plot([1, 2])")).stdout == ""


def test_random_numbers_without_a_seed_repeat_for_the_same_program(sandbox: Sandbox) -> None:
    code = "import random, numpy as np\nprint(random.random(), np.random.rand(), {'a', 'b', 'c'})"
    first, second, other = (sandbox.run(text).stdout for text in (code, code, code + "\n"))
    assert first == second != other


@pytest.mark.parametrize(
    ("code", "outcome", "words"),
    [
        ("import matplotlib\nmatplotlib.use('TkAgg')", Outcome.ERROR, "no screen"),
        (PLT + "plt.switch_backend('QtAgg')", Outcome.ERROR, "no screen"),
        ("import pandas as pd\npd.read_csv('sales.csv')", Outcome.ERROR, "no files but those"),
        ("import pandas as pd\npd.read_csv('https://example.org/sales.csv')", Outcome.FORBIDDEN, "no network"),
        ("import seaborn as sns\nsns.load_dataset('tips')", Outcome.FORBIDDEN, "no network"),
        ("x = input('How many? ')", Outcome.ERROR, "Nobody can answer"),
        ("import plotly_of_the_future", Outcome.ERROR, "No module named"),
        ("import sys\nsys.exit('no data')", Outcome.ERROR, "no data"),
        ("open('/tmp/x.csv', 'w')", Outcome.FORBIDDEN, "only in its own folder"),
        ("raise KeyboardInterrupt", Outcome.ERROR, "KeyboardInterrupt"),
        ("class E(Exception):\n    def __str__(self): raise ValueError\nraise E", Outcome.ERROR, "E"),
    ],
)
def test_what_the_sandbox_lacks_is_said_plainly(sandbox: Sandbox, code: str, outcome: Outcome, words: str) -> None:
    assert words in error_of(sandbox, code, outcome)


def test_a_program_may_be_long_but_not_endless(sandbox: Sandbox) -> None:
    ok(sandbox.run(CHART + "#" * 200_000))
    assert "at most" in error_of(sandbox, "#" * 300_000, Outcome.FORBIDDEN)


def test_processor_time_is_limited_too() -> None:
    with Sandbox(SandboxLimits(timeout_s=60, cpu_s=1), workers=1) as pool:
        text = error_of(pool, "while True: pass", Outcome.TIMEOUT)
    assert text == "The program used more than 1 s of processor time."


# export ---------------------------------------------------------------------------------------------------------------


def test_export(sandbox: Sandbox) -> None:
    assert b"<svg" in sandbox.export(CHART, "svg")
    assert sandbox.export(CHART, "pdf").startswith(b"%PDF")
    png = sandbox.export(CHART, "png", dpi=50)
    assert png.startswith(b"\x89PNG") and png[16:24] == (320).to_bytes(4, "big") + (240).to_bytes(4, "big")


def test_export_of_what_gives_no_figure(sandbox: Sandbox) -> None:
    with pytest.raises(BadInput, match="ZeroDivisionError"):
        sandbox.export("1/0", "svg")
    with pytest.raises(BadInput, match="without making a figure"):
        sandbox.export("x = 1", "svg")
    with pytest.raises(BadInput, match="dpi"):
        sandbox.export(CHART, "png", dpi=10_000)
