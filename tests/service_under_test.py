"""A service on a folder of small stored runs, with a catalogue made by hand and a workshop in this process."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from example_store import write_example_run
from runs_under_test import HERE, suite

from tuner import run_suite
from tuner.events import Event, WaveStored
from tuner.server.cards import CatalogueContent, ModifierCard, StrategyCard, SuiteCard, TaskCard
from tuner.server.catalogue import write_catalogue
from tuner.server.jobs import JobQueue
from tuner.server.service import Service
from tuner.server.service_folder import ServiceFolder
from tuner.server.workshop import Workshop, raise_if_error
from tuner.server.workshop_answers import answer
from tuner.suite import Suite

NOON = 1_800_000_000.0
SUITE = """
name = "mine"
seeds = 2
budget = { trials = 3 }
strategies = ["random", "grid"]
tasks = ["branin"]
"""


class WorkshopHere(Workshop):
    """Answers in this process."""

    asked: list[str]

    def __init__(self) -> None:
        self.asked = []

    def ask(self, question: str, **arguments: Any) -> dict[str, Any]:
        self.asked.append(question)
        return raise_if_error(json.loads(json.dumps(answer({"question": question, "arguments": arguments}))))

    def renew(self) -> None:
        pass

    def close(self) -> None:
        pass


def small_catalogue() -> CatalogueContent:
    strategies = [
        StrategyCard(name, f"what {name} does", "", ["continuous"], False, [], [], "tuner-bench 0")
        for name in ("grid", "program", "random", "tpe")
    ]
    tasks = [
        TaskCard(name, f"what {name} measures", "", "", "", "", "1 second", [], "tuner-bench 0", None, [], None)
        for name in ("branin", "hartmann6", "surrogate", "table")
    ]
    toml = SUITE.replace("mine", "quick")
    return CatalogueContent(
        strategies=strategies,
        tasks=tasks,
        modifiers=[ModifierCard("noisy", "adds noise", "", [], "tuner-bench 0")],
        suites=[SuiteCard("quick", "a first look", toml, ["branin"], ["random", "grid"], 2, 3)],
        adapters={"optuna": ["CmaEsSampler", "TPESampler"], "tune": ["HyperOptSearch"]},
        suite_schema=Suite.model_json_schema(),
        installed="0",
    )


def make_service(runs: Path) -> Service:
    folder = ServiceFolder(runs)
    folder.create()
    write_catalogue(small_catalogue(), folder.catalogue)
    return Service(folder, JobQueue(folder.database), WorkshopHere(), clock=lambda: NOON)


def write_interrupted_run(folder: Path) -> Path:
    """A real run that was stopped after the first of its two studies: its journal is there, and so are tables."""
    stop = threading.Event()

    def watch(event: Event) -> None:
        if isinstance(event, WaveStored):
            stop.set()

    described = suite(tasks=["branin"], strategies=["random"], budget={"trials": 8}, seeds=2, shard_size=1)
    run_suite(described, out=folder, where=HERE, watch=watch, stop=stop)
    return folder


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """With one finished run called `example`."""
    write_example_run(tmp_path / "example")
    made = make_service(tmp_path)
    yield made
    made.close()
    made.queue.close()
