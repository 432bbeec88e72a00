"""What Prometheus reads from /metrics: counted from the database when it asks, so a restart loses nothing."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from storage.repository import Store

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Counts(Collector):
    def __init__(self, store: Store, model: str) -> None:
        self._store = store
        self._model = model

    def collect(self) -> Iterator[Metric]:
        yield _family("jobs", "Repair jobs by state", "state", self._store.jobs.counts())
        yield _family("turns", "Turns by what became of their program", "outcome", self._store.jobs.outcomes())
        yield _family("verdicts", "Verdicts that count, by label", "label", self._store.verdicts.counts())
        yield InfoMetricFamily("chartloop_model", "The model that a new job would use", {"version": self._model})


def exposition(store: Store, model: str) -> bytes:
    """The metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Counts(store, model))
    return generate_latest(registry)


def _family(name: str, text: str, label: str, counts: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"chartloop_{name}", text, labels=[label])
    for key, count in counts.items():
        family.add_metric([str(key)], count)
    return family
