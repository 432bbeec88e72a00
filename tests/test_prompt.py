"""Both halves of the conversation format: what a model is asked, and what is read from what it wrote."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from model.errors import BadInput
from model.prompt import (
    CORRECT,
    Message,
    Part,
    PlainCodec,
    codec_for,
    codec_named,
    hint_text,
    read_answer,
    write_answer,
)
from model.records import (
    Answer,
    Chart,
    Conversation,
    Difference,
    Feedback,
    Hints,
    Paint,
    Pixels,
    TextBox,
)

CODE = "import matplotlib.pyplot as plt\n\nplt.bar([1], [2])"
HINTS = Hints(
    texts=(TextBox("Sales", 10, 20, 60, 31.6), TextBox("k$", 1, 2, 9, 40, vertical=True)),
    paints=(Paint("#1f77b4", 900), Paint("#ff7f0e", 300)),
)


def picture(grey: int) -> Pixels:
    return np.full((4, 6, 3), grey, np.uint8)


def chart(hints: Hints = HINTS) -> Chart:
    return Chart("0" * 64, "sales.png", picture(255), hints)


@pytest.mark.parametrize(
    ("raw", "reading", "code"),
    [
        (f"<think>\nkind: bar\n</think>\n\n```python\n{CODE}\n```", "kind: bar", CODE),
        (f"```python\n{CODE}\n```\nThis draws one bar.", "", CODE),
        (f"```\n{CODE}\n```", "", CODE),
        (f"<think>kind: bar</think>\n{CODE}", "kind: bar", CODE),
        (f"Here you are:\n{CODE}\n```", "", CODE),
        (f"<think>bar</think>\n```python\n{CODE}", "bar", CODE),
        (f"<think>bar\n```python\n{CODE}\n```", "bar", CODE),
        (f"a bar chart</think>```py\n{CODE}\n```", "a bar chart", CODE),
        (f"<think>bar</think>```python\n```python\n{CODE}\n```\n```", "bar", CODE),
        (f"```bash\npip install numpy\n```\nthen\n```Python\n{CODE}\n```", "", CODE),
        (f"<think>try\n```python\nx = 1\n```\n</think>\n```python\n{CODE}\n```", "try\n```python\nx = 1\n```", CODE),
        (f"~~~python\n{CODE}\n~~~", "", CODE),
        (f"<think>bar</think>\r\n```python\r\n{CODE}\r\n```\r\n".replace("\n\n", "\r\n\r\n"), "bar", CODE),
        (f"  ```python\n{CODE}\n  ```", "", CODE),
        ("```bash\nimport this\n```", "", ""),
        ("I cannot see a chart.", "", ""),
        ("", "", ""),
    ],
)
def test_answers_are_read_however_they_are_wrapped(raw: str, reading: str, code: str) -> None:
    assert read_answer(raw) == Answer(reading, code, raw)


def test_indentation_of_the_first_line_survives() -> None:
    assert read_answer("```python\n    x = 1\n    y = 2\n```").code == "    x = 1\n    y = 2"


def test_a_growing_answer_never_shows_half_a_tag_or_fence() -> None:
    answer = Answer("kind: bar\nx: year", CODE)
    whole = write_answer(answer)
    for end in range(len(whole) + 1):
        seen = read_answer(whole[:end])
        assert answer.reading.startswith(seen.reading), whole[:end]
        assert answer.code.startswith(seen.code), whole[:end]
        assert "`" not in seen.code and "<" not in seen.reading
    assert read_answer(whole) == Answer(answer.reading, answer.code, whole)


def test_writing_leaves_out_what_is_missing() -> None:
    assert write_answer(Answer("", "x = 1")) == "```python\nx = 1\n```"
    assert write_answer(Answer("pie", "")) == "<think>\npie\n</think>"
    assert write_answer(Answer("", "")) == ""


def test_the_first_question_holds_the_picture_and_no_hints_unless_wanted() -> None:
    system, question = PlainCodec().messages(Conversation(chart()))
    assert (system.role, question.role) == ("system", "user")
    assert question.parts[0].pixels is not None and "Sales" not in question.parts[1].text
    _, hinted = PlainCodec(hints=True).messages(Conversation(chart()))
    assert '- "Sales" (10, 20, 60, 32)' in hinted.parts[1].text


def test_hints_are_lines_of_text_boxes_and_colours() -> None:
    assert hint_text(HINTS).splitlines()[1:] == [
        '- "Sales" (10, 20, 60, 32)',
        '- "k$" (1, 2, 9, 40, vertical)',
        "Colours by painted area: #1f77b4, #ff7f0e",
    ]
    assert hint_text(Hints()) == ""


def test_a_large_picture_is_made_smaller_together_with_its_hints() -> None:
    large = Chart("0" * 64, "wide.png", np.zeros((1000, 3072, 3), np.uint8), HINTS)
    _, question = PlainCodec(hints=True).messages(Conversation(large))
    assert question.parts[0].pixels is not None and question.parts[0].pixels.shape == (500, 1536, 3)
    assert '- "Sales" (5, 10, 30, 16)' in question.parts[1].text


def test_a_failed_program_comes_back_as_its_error() -> None:
    history = ((Answer("bar", CODE), Feedback(error="NameError: name 'x' is not defined")),)
    *_, assistant, user = PlainCodec().messages(Conversation(chart(), history))
    assert assistant == Message("assistant", (Part(write_answer(Answer("bar", CODE))),))
    assert user.parts == (Part(f"The program failed:\nNameError: name 'x' is not defined\n\n{CORRECT}"),)


def test_a_rendering_comes_back_as_a_picture_with_its_differences() -> None:
    feedback = Feedback(pixels=picture(7), differences=(Difference("text", 'missing: "Sales"'),))
    *_, user = PlainCodec().messages(Conversation(chart(), ((Answer("", CODE), feedback),)))
    lead, drawn, rest = user.parts
    assert drawn.pixels is not None and int(drawn.pixels[0, 0, 0]) == 7
    assert lead.text == "The program ran and drew this picture:"
    assert rest.text == f'What differs from the chart:\n- text: missing: "Sales"\n\n{CORRECT}'


def test_only_the_last_turn_is_remembered() -> None:
    history = tuple((Answer("", f"x = {number}"), Feedback(error=f"error {number}")) for number in range(3))
    messages = PlainCodec().messages(Conversation(chart(), history))
    assert [message.role for message in messages] == ["system", "user", "assistant", "user"]
    assert "error 2" in messages[-1].parts[0].text


def test_an_empty_answer_still_makes_a_turn() -> None:
    history = ((Answer("", ""), Feedback(error="the answer holds no program")),)
    messages = PlainCodec().messages(Conversation(chart(), history))
    assert messages[2].parts == (Part("(nothing)"),)


def test_a_part_is_text_or_a_picture() -> None:
    with pytest.raises(AssertionError):
        Part()
    with pytest.raises(AssertionError):
        Part("both", picture(0))


def test_a_model_folder_names_its_codec(tmp_path: Path) -> None:
    plain = codec_for(tmp_path)
    assert isinstance(plain, PlainCodec) and not plain.hints
    (tmp_path / "chartloop.json").write_text(json.dumps({"codec": "plain+ocr"}))
    assert codec_for(tmp_path).hints
    (tmp_path / "chartloop.json").write_text(json.dumps({"codec": "morse"}))
    with pytest.raises(BadInput, match="morse"):
        codec_for(tmp_path)


def test_an_unreadable_codec_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "chartloop.json").write_text("{")
    with pytest.raises(BadInput, match=r"chartloop\.json"):
        codec_for(tmp_path)


def test_the_built_in_models_codec_is_there_and_hints() -> None:
    assert codec_named("slots").hints
