"""Asking many questions at once, and the exam that two versions sit: tiny real models, a real sandbox, real figures."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.generators import Sampling
from model.generators.transformers import TransformersGenerator
from model.records import Answer, Chart, Conversation, Execution, Feedback, Outcome, Score
from model.repair import picture_judge, reaction
from model.sandbox import Sandbox
from model.scoring import score_picture
from tests.judged_store import picture
from tests.tiny_llava import build_tiny_llava
from tests.tiny_model import build_tiny_model
from training import exam
from training.answers import Draft, ask, tried
from training.loaded import Loaded, Source, load

BUILDERS: dict[str, Callable[[Path], Path]] = {"idefics3": build_tiny_model, "llava": build_tiny_llava}
DRAWS = "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2])\nplt.title('Sales')"


@pytest.fixture(scope="module", params=BUILDERS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = BUILDERS[request.param](tmp_path_factory.mktemp("model"))
    config = json.loads((made / "generation_config.json").read_text())
    (made / "generation_config.json").write_text(json.dumps({**config, "max_new_tokens": 12}))
    return made


@pytest.fixture(scope="module")
def loaded(folder: Path) -> Loaded:
    return load(Source(str(folder)))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as sandbox:
        yield sandbox


def chart(number: int) -> Chart:
    return Chart(f"{number}", f"chart {number}", picture(number))


def test_greedy_answers_are_those_that_the_application_gets(loaded: Loaded, folder: Path) -> None:
    again = ((Answer("", "x = 1"), Feedback(pixels=picture(7))),)
    conversations = [Conversation(chart(1)), Conversation(chart(2), again), Conversation(chart(3))]
    generator = TransformersGenerator(folder, device="cpu")
    for conversation, drafts in zip(conversations, ask(loaded, conversations), strict=True):
        *_, last = generator.stream(conversation, Sampling(max_new_tokens=12), threading.Event())
        (draft,) = drafts
        assert last.completion is not None
        assert draft.answer.raw == last.completion.answer.raw
        assert (draft.tokens, draft.cut_off) == (len(last.completion.token_ids), last.completion.finish == "length")
    generator.close()


def test_drawn_answers_differ_are_counted_and_come_again_by_seed(loaded: Loaded) -> None:
    def draw() -> list[tuple[str, int]]:
        (drafts,) = ask(loaded, [Conversation(chart(1))], 6, 1.0, seed=3)
        return [(draft.answer.raw, draft.copies) for draft in drafts]

    first, again = draw(), draw()
    assert first == again
    assert sum(copies for _, copies in first) == 6 and len(first) > 1


def test_a_second_question_tells_what_the_loop_tells(sandbox: Sandbox) -> None:
    """Of an answer that was cut off, that it was, and not only the error of its half program."""
    half = Draft(Answer("", "x = ("), 12, cut_off=True)
    (first,) = tried([(chart(1), half)], sandbox, score_picture)
    asked = exam._again(chart(1), first, picture_judge())
    assert asked.history == ((half.answer, reaction(chart(1), first.execution, picture_judge(), cut_off=True)[1]),)
    assert asked.history[0][1].error != first.execution.error


def test_answers_are_run_and_scored(sandbox: Sandbox) -> None:
    codes = [DRAWS, "", "nonsense("]
    drafts = [(chart(1), Draft(Answer("", code), 3, cut_off=False)) for code in codes]
    found = tried(drafts, sandbox, score_picture)
    assert [one.execution.outcome for one in found] == [Outcome.OK, Outcome.ERROR, Outcome.ERROR]
    assert found[0].score.execution == 1.0 and found[1].score == Score(execution=0.0)


def charts_folder(folder: Path) -> Path:
    folder.mkdir()
    for number, name in enumerate(("bars", "more")):
        Image.fromarray(picture(number)).save(folder / f"{name}.png")
        (folder / f"{name}.py").write_text(DRAWS)
    return folder


class NoReader:
    """Stands for OCR, whose networks take seconds to load; it must be asked once for each chart."""

    def __init__(self) -> None:
        self.asked = 0

    def read(self, pixels: np.ndarray) -> tuple[()]:
        self.asked += 1
        return ()


def test_what_was_read_of_frozen_charts_is_kept(tmp_path: Path, sandbox: Sandbox) -> None:
    reader = NoReader()
    folder = charts_folder(tmp_path / "suite")
    first = exam.charts_suite(folder, sandbox, reader)  # type: ignore[arg-type]
    again = exam.charts_suite(folder, sandbox, reader)  # type: ignore[arg-type]
    assert reader.asked == 2 and first.name == again.name
    assert [item.family for item in again.items] == ["bar", "bar"] and again.items[0].chart.hints.paints
    (folder / "more.png").unlink()
    assert exam.charts_suite(folder, sandbox, reader).name != first.name  # type: ignore[arg-type]


def test_an_exam_gives_figures_of_every_item(tmp_path: Path, loaded: Loaded, sandbox: Sandbox) -> None:
    suite = exam.charts_suite(charts_folder(tmp_path / "suite"), sandbox, NoReader())  # type: ignore[arg-type]
    figures = exam.sit(loaded, suite, sandbox, turns=2)
    assert set(figures) == {"bars", "more"}
    for one in figures.values():
        assert (one["family"], one["outcome"], one["quality"], one["second"]) == ("bar", "error", 0.0, 0.0)
        assert one["still_right"] is False and one["tokens"] == 12 and one["cut_off"]
    assert exam.summary(figures) == {"n": 2, "runs": 0.0, "quality": 0.0, "still_right": 0.0, "tokens": 12.0}


def test_a_program_judged_correct_is_still_right_and_another_is_not(sandbox: Sandbox) -> None:
    """The program that was judged correct, for a chart that looks otherwise: its picture is not what it is held to."""
    facts, other_look = sandbox.run(DRAWS).facts, np.zeros((240, 320, 3), np.uint8)
    item = exam.Item("c", Chart("c", "c", other_look), "bar", facts)
    for code, right in ((DRAWS, True), (DRAWS.replace("bar", "plot").replace("Sales", "x"), False)):
        draft = Draft(Answer("", code), 3, cut_off=False)
        (one,) = tried([(item.chart, draft)], sandbox, score_picture)
        assert exam.figures_of(item, one)["still_right"] is right


def test_divergence_is_nought_to_itself_and_positive_to_another(loaded: Loaded, folder: Path, tmp_path: Path) -> None:
    answers = [(chart(1), "x = 1"), (chart(2), "")]
    assert exam.divergence(loaded, loaded, answers) == pytest.approx(0.0, abs=1e-6)
    builder = build_tiny_model if "Idefics3" in type(loaded.model).__name__ else build_tiny_llava
    other = load(Source(str(builder(tmp_path / "other", seed=1))))
    assert exam.divergence(loaded, other, answers) > 1e-4


def test_executions_without_a_figure_score_nought() -> None:
    item = exam.Item("c", chart(1), "bar")
    draft = Draft(Answer("", "x"), 3, cut_off=False)
    one = exam.figures_of(item, tried_without_a_figure(draft))
    assert one["quality"] is None and one["still_right"] is None and one["flagged"] == []


def tried_without_a_figure(draft: Draft) -> exam.Tried:
    return exam.Tried(draft, Execution(Outcome.NO_FIGURE), Score(execution=0.0))
