"""How a refresh is done: one frozen record, kept as JSON with the run and with the version that comes of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace

from model.errors import BadInput
from model.records import JsonDict
from training.gate import Limits, Policy
from training.tuning import Method, Tuning


@dataclass(frozen=True, slots=True)
class RefreshConfig:
    """`samples` further answers are drawn to each of at most `most_charts` judged charts, wrong ones first.

    `suite` is a folder of frozen charts; where none is named, `suite_charts` are drawn once for all refreshes.
    """

    tuning: Tuning = field(default_factory=Tuning)
    policy: Policy = Policy.ASK
    limits: Limits = field(default_factory=Limits)
    samples: int = 4
    most_charts: int = 200
    temperature: float = 1.0
    suite: str = ""
    suite_charts: int = 60
    grpo_steps: int = 0  # after the verdicts were learnt, on charts judged wrong (polish.py)
    judged_charts: int = 80  # the newest, in the exam
    shown_charts: int = 24  # of those judged wrong and trained on: what the candidate draws of them is shown
    drift_answers: int = 16

    def to_json(self) -> JsonDict:
        return asdict(self)

    @classmethod
    def of(cls, kept: JsonDict) -> RefreshConfig:
        """Back from JSON; what is not there is as by default. Raises BadInput for what no refresh knows."""
        given = dict(kept)
        try:
            tuning = Tuning(**given.get("tuning", {}))
            given["tuning"] = replace(tuning, method=Method(tuning.method))
            given["limits"] = Limits(**given.get("limits", {}))
            given["policy"] = Policy(given.get("policy", Policy.ASK))
            return cls(**given)
        except (TypeError, ValueError) as error:
            raise BadInput(f"a refresh cannot be set so: {error}") from error
