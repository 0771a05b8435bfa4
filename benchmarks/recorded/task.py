"""The task: a configuration costs and measures what a table has recorded of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from results.table_file import InvalidTable, open_table_file
from tuner.errors import InvalidOption, suggest
from tuner.problem import Problem
from tuner.task import Task, TaskCard, TrialFailed
from tuner.trial import Failure, Measurement, Outcome, Proposal, Trial

from .shipped import DEFAULT, table_path

if TYPE_CHECKING:
    from results.exhibits import Exhibit
    from tuner.configuration import Value

    from .evaluations import Evaluations

LOOKUPS: Final = ("auto", "exact", "nearest", "forest")


class Lookup(Protocol):
    """A way to tell what a configuration would have measured."""

    def outcomes(self, trials: Sequence[Trial]) -> list[Outcome]:
        """One outcome a trial, in order."""
        ...


@dataclass(frozen=True, kw_only=True)
class RecordedTable(Task):
    """Looks evaluations up in a table, and reports the cost that was recorded.

    A trial's seed chooses among the replicates of its configuration, one for all fidelities; where that one is missing
    at a fidelity it is the next one recorded there. A fidelity between recorded ones is the highest that is not above
    it. A trial that continues another one costs what the replicate adds, or all of it where that was not recorded
    before or the table says that each fidelity was begun anew.
    """

    card: ClassVar[TaskCard] = TaskCard(
        summary="what a table has recorded of each configuration, with its cost; the table says which value counts",
        data="a table that ships or your own, such as `tuner record` makes of any run",
        licence="the table's",
        cost="4 microseconds with exact lookup, 60 with nearest, 10 milliseconds with forest",
    )
    places: ClassVar[frozenset[str]] = frozenset({"device", "path"})

    path: str = DEFAULT
    """The table: its TOML file, the name of one that ships, or a package's, as in `lcdb:44`."""
    lookup: str = "auto"
    """exact, nearest or forest; auto: as the table says, else exact for complete tables of finite spaces, else
    nearest."""

    def __post_init__(self) -> None:
        if self.lookup not in LOOKUPS:
            raise InvalidOption(f"no lookup called {self.lookup!r}{suggest(str(self.lookup), LOOKUPS)}")
        if self.lookup == "exact":
            self._chosen  # noqa: B018  raises where the table is not complete
        else:
            _digest(self.path)

    @classmethod
    def content_of(cls, options: Mapping[str, Value]) -> str:
        """The digest of the table's files."""
        return _digest(options["path"]) if "path" in options else ""

    @property
    def problem(self) -> Problem:
        """The table's own."""
        return self._evaluations.problem

    @property
    def best_known(self) -> Mapping[str, float]:
        """The best that was recorded at the highest fidelity; empty where a forest predicts."""
        return {} if self._chosen == "forest" else self._evaluations.best

    def reports_cost(self) -> bool:
        """Whether the table has a column of costs."""
        return self._evaluations.description.cost is not None

    def prepare(self) -> None:
        """Read the table, and fit the forest where one predicts."""
        self._lookup.outcomes([])

    def evaluate(self, trial: Trial) -> Measurement:
        """What was recorded; raises `TrialFailed` where the recorded evaluation failed."""
        (outcome,) = self._lookup.outcomes([trial])
        if isinstance(outcome, Failure):
            raise TrialFailed(outcome)
        return outcome

    def evaluate_batch(self, trials: Sequence[Trial]) -> Sequence[Outcome]:
        return self._lookup.outcomes(trials)

    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        """Where it stands among all that was recorded, and which parameters matter there; nothing where it fails."""
        from .exhibits import exhibits_of

        (outcome,) = self._lookup.outcomes([replace(trial, proposal=Proposal(trial.configuration))])
        if isinstance(outcome, Failure) or not self._evaluations.best:
            return ()
        return exhibits_of(self._evaluations, outcome.values[self.problem.objectives[0].name])

    def __getstate__(self) -> dict[str, str]:
        return {"path": self.path, "lookup": self.lookup}

    @cached_property
    def _evaluations(self) -> Evaluations:
        from .loading import load_evaluations

        try:
            return load_evaluations(table_path(self.path))
        except InvalidTable as error:
            raise InvalidOption(str(error)) from None

    @cached_property
    def _lookup(self) -> Lookup:
        return _made(self._evaluations, self._chosen)

    @cached_property
    def _chosen(self) -> str:
        evaluations = self._evaluations
        asked = self.lookup if self.lookup != "auto" else evaluations.description.lookup
        if asked == "exact" and not evaluations.is_complete:
            told = "exact needs a finite space, and all of it recorded at every fidelity"
            raise InvalidOption(f"{self.path}: {told}; choose lookup nearest or forest")
        return asked or ("exact" if evaluations.is_complete else "nearest")


@lru_cache(maxsize=8)
def _made(evaluations: Evaluations, name: str) -> Lookup:
    """The lookup; made once a process for a table."""
    if name == "exact":
        from .exact import ExactLookup

        return ExactLookup(evaluations)
    if name == "nearest":
        from .nearest import NearestLookup

        return NearestLookup(evaluations)
    from .forest import ForestLookup

    return ForestLookup(evaluations)


def _digest(path: object) -> str:
    if not isinstance(path, str) or not path:
        raise InvalidOption(f"path is the TOML file of a table, or the name of a table that ships, not {path!r}")
    try:
        return open_table_file(Path(table_path(path))).digest
    except InvalidTable as error:
        raise InvalidOption(str(error)) from None
