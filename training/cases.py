"""One verdict with what it was given on, and the rows that it makes: the judged answer, and what a person put right.

Leaves out: which verdicts become rows (snapshot.py), and how a right program is told again (retold.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from model.prompt import Codec, PlainCodec, write_answer
from model.records import Answer, Completion, Conversation, JsonDict, Score
from model.repair import Runner
from model.scoring import score_picture
from storage.records import Label, TurnRecord, VerdictRecord, pseudonym
from training import judged
from training.judged import Row
from training.retold import right_answer


@dataclass(frozen=True, slots=True)
class Case:
    """A verdict with what it was given on. Without a `completion` a person wrote the program."""

    verdict: VerdictRecord
    turn: TurnRecord
    conversation: Conversation
    completion: Completion | None

    @property
    def right_program(self) -> str:
        """What a person put right: in the verdict, or a turn of their own that was judged correct; "" for nothing."""
        own = self.turn.author == "person" and self.verdict.label is Label.CORRECT
        return self.verdict.corrected_code or (self.turn.code if own else "")


def verdict_row(case: Case, of_family: str, codec: Codec) -> Row:
    """The judged answer, which a model wrote."""
    turn, completion = case.turn, case.completion
    assert completion is not None, "a person's turn was left out"
    row = _row(case, of_family, codec, case.conversation, Answer("", turn.code, completion.answer.raw), turn.score)
    right = case.verdict.label is Label.CORRECT
    return replace(row, label=right, token_ids=completion.token_ids, logprobs=completion.logprobs)


def correction_row(case: Case, of_family: str, codec: Codec, sandbox: Runner) -> Row:
    """The right program as the answer that the model should have written. Raises Untold.

    Its version is the one that was judged: the rate of its question is the rate of that one's answers.
    """
    verdict, turn, chart = case.verdict, case.turn, case.conversation.chart
    wrong = turn.code if verdict.label is Label.WRONG else ""
    answer, drawn = right_answer(chart, case.right_program, wrong, codec, sandbox)
    asked = Conversation(chart)  # an answer to the chart, not to a turn
    row = _row(case, of_family, codec, asked, answer, score_picture(chart, drawn))
    return replace(row, label=True, source="correction")


def _row(case: Case, of_family: str, codec: Codec, asked: Conversation, answer: Answer, score: Score) -> Row:
    """An answer to a question about a verdict's chart; as if it were a verdict on a wrong one."""
    prompt, images = judged.conversation(codec.messages(asked))
    return Row(
        prompt=prompt,
        images=images,
        completion=answer.raw,
        label=False,
        chart=asked.chart.sha256,
        family=of_family,
        version=case.turn.model,
        source="verdict",
        verdict_id=case.verdict.id,
        turn_id=case.turn.id,
        rater=pseudonym(case.verdict.rater),
        program=answer.code,
        score=score,
    )


def sft_rows(case: Case) -> list[JsonDict]:
    """The program that a person put right, in the words of ordinary models."""
    if not case.right_program:
        return []
    first = Conversation(case.conversation.chart)
    prompt, images = judged.conversation(PlainCodec().messages(first))
    values = judged.conversational(prompt, images, write_answer(Answer(case.turn.reading, case.right_program)))
    return [{**values, "chart": first.chart.sha256, "verdict_id": case.verdict.id}]
