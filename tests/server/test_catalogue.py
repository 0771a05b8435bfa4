"""The catalogue: what is installed, as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from service_under_test import WorkshopHere, make_service

from tuner import Budget, Problem, SearchStrategy, Task
from tuner.server.cards import Option, UnknownCard
from tuner.server.catalogue import Catalogue, CatalogueMissing
from tuner.server.option_cards import field_options, strategy_options
from tuner.server.service import Service
from tuner.server.workshop import WorkshopFailed


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """With the real catalogue."""
    folder = tmp_path_factory.mktemp("runs")
    service = make_service(folder)
    service.catalogue.update()
    yield service
    service.close()


class Counting(WorkshopHere):
    """Gives the same small catalogue each time."""

    answer: ClassVar[dict[str, Any]] = {
        "strategies": [], "tasks": [], "modifiers": [], "suites": [], "adapters": {}, "suite_schema": {},
    }  # fmt: skip

    def ask(self, question: str, **arguments: Any) -> dict[str, Any]:
        del arguments
        self.asked.append(question)
        return self.answer


class Failing(WorkshopHere):
    def ask(self, question: str, **arguments: Any) -> dict[str, Any]:
        del arguments
        raise WorkshopFailed(f"the {question} took too long")


class Odd(SearchStrategy):
    """Takes options of all kinds."""

    def __init__(  # type: ignore[no-untyped-def]  # likewise
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        count: int = 3,
        rate: float = 0.5,
        either: float | None = None,
        mode: Literal["fast", "slow"] = "fast",
        flag: bool = True,
        name: str = "x",
        bare=7,  # noqa: ANN001  as others may write it
    ) -> None:
        super().__init__(problem, seed=seed, budget=budget)

    def ask(self, count: int) -> list[Any]:
        return []


@dataclass(frozen=True)
class Dotted(Task):
    size: int = 4
    """How large it is,
    in metres."""
    name: str = "y"

    @property
    def problem(self) -> Problem:
        raise NotImplementedError

    def evaluate(self, trial: object) -> Any:
        raise NotImplementedError


def test_everything_that_is_installed_is_in_it(full: Service) -> None:
    for group, cards in (
        ("strategies", full.strategies()),
        ("tasks", full.tasks()),
        ("modifiers", full.modifiers()),
        ("suites", full.suites()),
    ):
        assert [card.name for card in cards] == sorted(entry_points(group=f"tuner.{group}").names)
        assert all(card.broken or getattr(card, "summary", "x") for card in cards)


def test_a_task_has_its_space_and_objectives(full: Service) -> None:
    branin = full.task("branin")

    assert branin.space is not None
    assert list(branin.space["parameters"]) == ["x1", "x2"]  # type: ignore[arg-type]  # it is an object
    assert branin.objectives[0].best_known == pytest.approx(0.397887, abs=1e-6)


def test_a_strategy_that_may_not_come_over_http_says_so(full: Service) -> None:
    assert "runs a command" in (full.strategy("program").refused or "")
    assert full.strategy("tpe").refused is None


def test_a_suite_can_be_submitted_as_it_is_listed(full: Service) -> None:
    for card in full.suites():
        assert full.plan(card.toml).studies > 0


def test_a_name_that_is_not_installed_is_unknown_with_the_nearest(full: Service) -> None:
    with pytest.raises(UnknownCard, match="no strategy called 'randon'; did you mean 'random'"):
        full.strategy("randon")


def test_the_schema_knows_every_key_of_a_suite(full: Service) -> None:
    assert {"name", "budget", "tasks", "strategies", "seeds"} <= set(full.suite_schema()["properties"])


def test_options_of_a_strategy_are_told_so_that_a_form_can_be_drawn() -> None:
    assert strategy_options(Odd) == [
        Option("count", "integer", 3),
        Option("rate", "number", 0.5),
        Option("either", "number", None, is_optional=True),
        Option("mode", "choice", "fast", ["fast", "slow"]),
        Option("flag", "boolean", True),
        Option("name", "text", "x"),
        Option("bare", "integer", 7),
    ]


def test_options_of_a_task_have_their_docstrings() -> None:
    size, name = field_options(Dotted)

    assert size == Option("size", "integer", 4, doc="How large it is, in metres.")
    assert name.doc == ""


def test_it_is_made_once_and_again_when_something_else_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = Counting()
    file = tmp_path / "catalogue.json"
    for digest, made in (("a", 1), ("a", 1), ("b", 2)):
        monkeypatch.setattr("tuner.server.catalogue.installed_digest", lambda found=digest: found)
        Catalogue(file, workshop).update()
        assert (len(workshop.asked), json.loads(file.read_text())["installed"]) == (made, digest)


def test_before_it_is_made_it_is_missing_and_why_it_could_not_be_is_said(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path / "catalogue.json", Failing())

    with pytest.raises(CatalogueMissing, match="is being made"):
        catalogue.content()
    catalogue.update()
    with pytest.raises(CatalogueMissing, match="could not be made: the catalogue took too long"):
        catalogue.content()


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "catalogue.json").write_text('{"strategies": 7}')
    workshop = Counting()

    Catalogue(tmp_path / "catalogue.json", workshop).update()

    assert workshop.asked == ["catalogue"]
