"""A frozen training set out of the append-only verdicts: the same verdicts give the same bytes, whenever it is made.

    python -m training snapshot --data-dir DIR [--base model/nano] [--as-of 2026-11-25T06:00]

It knows the verdicts up to one number, and leaves out raters in quarantine, programs that people wrote, answers in
another model's language, and answers of versions that nobody can ask any more; each with its reason, so that a person
can read what became of a verdict. A chart goes to one side for ever by its own hash: what the gate compares versions
with (`gate.parquet`) is never trained on (`train.parquet`). Both are in TRL's unpaired-preference form. A program that
a person put right is a right answer of its own in train.parquet, told again in the language of the model (retold.py).
Beside them lie prompts.parquet, the charts of which answers were judged wrong, for GRPO; and sft.parquet, programs that
people put right, in the words of ordinary models.
Leaves out: the rows themselves (cases.py), what a verdict is worth (rates.py), extra answers (answers.py).
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from model.prompt import Codec, codec_for
from model.records import JsonDict
from model.repair import Runner
from model.sandbox import Sandbox
from model.scoring.kind import main_kind
from storage.records import Label, Part, SnapshotRecord, TurnRecord, pseudonym
from storage.repository import Store
from storage.snapshots import Use
from training import judged
from training.cases import Case, correction_row, sft_rows, verdict_row
from training.judged import Row
from training.publish import NANO
from training.raters import Opinion, thing
from training.retold import Untold
from training.runfiles import write_json
from training.store_flags import add_store_flags

FOLDER = "snapshots"
GATE_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class SnapshotConfig:
    """What a snapshot depends on beside the verdicts. `base` is the model whose language the rows are in.

    `askable` names the versions whose log-probabilities can be computed again; without any, all are taken.
    """

    base: str
    through: int
    gate_share: float = GATE_SHARE
    quarantined: tuple[str, ...] = ()
    askable: tuple[str, ...] = ()

    def to_json(self) -> JsonDict:
        """Raters by a hash: a snapshot may be handed on."""
        return {**asdict(self), "quarantined": [pseudonym(rater) for rater in self.quarantined]}


@dataclass(slots=True)
class _Found:
    """What is gathered while verdicts are gone through."""

    rows: dict[Part, list[Row]] = field(default_factory=lambda: {Part.TRAIN: [], Part.GATE: []})
    uses: list[Use] = field(default_factory=list)
    sft: list[JsonDict] = field(default_factory=list)


def freeze(store: Store, config: SnapshotConfig, data_dir: Path, sandbox: Runner) -> SnapshotRecord:
    """Build the snapshot, or find it if it was built before. What it says of each verdict goes to storage.

    People's programs run in the sandbox. Raises SandboxUnavailable.
    """
    found = gather(store, config, sandbox)
    sha256 = identity(found.rows, found.sft, config)
    folder = data_dir / FOLDER / sha256[:16]
    if not (folder / "snapshot.json").is_file():
        _write(folder, sha256, found, config)
    counts = json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))["counts"]
    store.snapshots.keep(sha256, str(folder), config.through, config.to_json(), counts, found.uses)
    kept = store.snapshots.get(sha256)
    assert kept is not None, "it was kept a moment ago"
    return kept


def gather(store: Store, config: SnapshotConfig, sandbox: Runner) -> _Found:
    """Every verdict that counted then, as rows or with the reason why not."""
    found, codec = _Found(), codec_for(config.base)
    for verdict in store.verdicts.all(through=config.through):
        turn = store.jobs.turn(verdict.turn_id)
        assert turn is not None, "the database keeps a verdict's turn"
        case = Case(verdict, turn, store.jobs.conversation(turn.id), store.jobs.completion(turn.id))
        part, reason = side(case.conversation.chart.sha256, config.gate_share), _refused(case, codec, config)
        if not reason:
            found.rows[part].append(verdict_row(case, family(turn, store), codec))
        note = ""
        if verdict.rater not in config.quarantined:
            found.sft += sft_rows(case)
            if part is Part.TRAIN and case.right_program:
                note = _taught(found, case, family(turn, store), codec, sandbox)
        learnt = part if not reason or note == LEARNT else Part.LEFT_OUT
        found.uses.append((verdict.id, learnt, "; ".join(filter(None, (reason, note)))))
    return found


LEARNT = "the program that a person put right was learnt from"
NOT_LEARNT = "the program that a person put right was not learnt from, because {reason}"


def _taught(found: _Found, case: Case, of_family: str, codec: Codec, sandbox: Runner) -> str:
    """Adds the right program as an answer; what became of it, in words for the person who gave it."""
    try:
        found.rows[Part.TRAIN].append(correction_row(case, of_family, codec, sandbox))
    except Untold as why:
        return NOT_LEARNT.format(reason=why)
    return LEARNT


def _refused(case: Case, codec: Codec, config: SnapshotConfig) -> str:
    """Why a verdict is left out, in words for the person who gave it; "" if it is not."""
    turn, completion = case.turn, case.completion
    if case.verdict.rater in config.quarantined:
        return "its rater is in quarantine"
    if completion is None:
        return "a person wrote this program, not the model"
    if not turn.code:
        return "the answer holds no program"
    if codec.parse(completion.answer.raw, case.conversation).code != turn.code:
        return "the answer is in another model's language"
    if config.askable and turn.model not in config.askable and not completion.logprobs:
        return f"the version that wrote the answer, {turn.model}, is gone"
    return ""


def family(turn: TurnRecord, store: Store) -> str:
    """The drawing call that this job's programs made most often until this turn: later ones must change nothing."""
    job = store.jobs.get(turn.job_id)
    assert job is not None, "the database keeps a turn's job"
    calls: Counter[str] = Counter()
    for one in job.turns:
        facts = store.jobs.facts(one.id) if one.number <= turn.number else None
        calls.update(facts["types"] if facts else {})
    return main_kind(calls)


def side(chart: str, gate_share: float) -> Part:
    """Where a chart belongs, the same in every snapshot: what was once held out stays so."""
    digest = hashlib.sha256(f"gate:{chart}".encode()).digest()
    return Part.GATE if int.from_bytes(digest[:4], "big") / 2**32 < gate_share else Part.TRAIN


def identity(parts: dict[Part, list[Row]], sft: Sequence[JsonDict], config: SnapshotConfig) -> str:
    """The sha256 of all that is in a snapshot, pictures too."""
    digest = hashlib.sha256(json.dumps(config.to_json(), sort_keys=True).encode())
    for part, found in sorted(parts.items()):
        for row in found:
            _feed(digest.update, {**row.values(), "part": part.value}, row.images)
    for values in sft:
        _feed(digest.update, values, [image["bytes"] for image in values["images"]])
    return digest.hexdigest()


def _feed(update: Callable[[bytes], None], values: JsonDict, images: Iterable[bytes]) -> None:
    pictures = [hashlib.sha256(image).hexdigest() for image in images]
    update(json.dumps({**values, "images": pictures}, sort_keys=True).encode())


def _write(folder: Path, sha256: str, found: _Found, config: SnapshotConfig) -> None:
    """The files first, what they are last: a snapshot that says what it is, is whole."""
    for part, name in ((Part.TRAIN, "train"), (Part.GATE, "gate")):
        judged.write(folder / f"{name}.parquet", (row.values() for row in found.rows[part]))
    prompts = judged.write(folder / "prompts.parquet", wrong_prompts(found.rows[Part.TRAIN]), judged.PROMPT_FEATURES)
    sft = judged.write(folder / "sft.parquet", found.sft, judged.SFT_FEATURES)
    verdicts = [row for row in found.rows[Part.TRAIN] if row.source == "verdict"]
    left_out = Counter(reason for _, part, reason in found.uses if part is Part.LEFT_OUT)
    counts = {
        **{part.value: len(kept) for part, kept in found.rows.items()},
        "correct": sum(row.label for row in verdicts),
        "wrong": sum(not row.label for row in verdicts),
        "corrections": len(found.rows[Part.TRAIN]) - len(verdicts),
        "prompts": prompts,
        "sft": sft,
        "left_out": dict(left_out),
    }
    document = {"sha256": sha256, "config": config.to_json(), "counts": counts}
    write_json(folder / "snapshot.json", document)


def wrong_prompts(found: Iterable[Row]) -> Iterator[JsonDict]:
    """The first question of each chart of which an answer was judged wrong."""
    seen: set[str] = set()
    for row in found:
        if not row.label and row.chart not in seen and len(row.images) == 1:
            seen.add(row.chart)
            values = row.values()
            yield {name: values[name] for name in judged.PROMPT_FEATURES}


def opinions(store: Store) -> list[Opinion]:
    """(rater, what was judged, says correct) of every verdict that counts, of raters not in quarantine."""
    out = store.raters.quarantined()
    found = []
    for verdict in store.verdicts.all():
        turn = store.jobs.turn(verdict.turn_id)
        job = store.jobs.get(turn.job_id) if turn else None
        assert turn is not None and job is not None, "the database keeps a verdict's turn and its job"
        if verdict.rater not in out:
            found.append((verdict.rater, thing(job.chart.sha256, turn.code), verdict.label is Label.CORRECT))
    return found


def askable(store: Store, available: Callable[[str, str], bool]) -> tuple[str, ...]:
    """Labels of the versions whose weights still are what they were. `available(folder, sha256)` looks."""
    return tuple(sorted(v.label for v in store.versions.all() if available(v.path, v.sha256)))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m training snapshot", description=(__doc__ or "").splitlines()[0])
    add_store_flags(parser)
    parser.add_argument("--base", default=str(NANO), help="the model whose language the rows are in")
    parser.add_argument("--as-of", type=datetime.fromisoformat, help="a time with its zone; now if not given")
    asked = parser.parse_args(arguments)
    with Store.open(asked.data_dir, asked.database_url) as store:
        config = frozen_now(store, asked.base, asked.as_of)
        with Sandbox(workers=1) as sandbox:
            kept = freeze(store, config, asked.data_dir, sandbox)
    print(json.dumps({"path": kept.path, "sha256": kept.sha256, **kept.counts}, indent=1))


def frozen_now(store: Store, base: str, as_of: datetime | None = None, known: Collection[str] = ()) -> SnapshotConfig:
    """What is to be frozen: the verdicts until then, without the raters that are in quarantine now."""
    until = as_of.astimezone() if as_of else None
    return SnapshotConfig(
        base, store.verdicts.newest(until), quarantined=tuple(sorted(store.raters.quarantined())), askable=tuple(known)
    )
