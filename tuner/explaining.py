"""What the winners of a run teach: which trial of each task is shown, and its exhibits as text to be stored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .configuration import Configuration
from .errors import InvalidOption, MissingExtra, describe
from .evaluation import TrialEvaluator
from .plan import Limits
from .planned import PlannedTask
from .trial import Failure, Proposal, Trial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from results.exhibits import Exhibit

    from .plan import Plan, StudyPlan

_NAME_LENGTH = 80
"""Of a file, as far as it comes from a task's label; its place alone tells it apart."""
_PATIENCE = 10
"""How many times the time limit of one trial its exhibits may take: they may evaluate a few others beside it."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One trial of one task that is to be explained, and all that the stored file says beside the exhibits."""

    file: str
    """Name of the file in the run's folder of exhibits."""
    planned: PlannedTask
    trial: Trial
    strategy: str
    seed: int
    values: Mapping[str, float]
    held_out: Mapping[str, float]
    limits: Limits

    def make(self, *, is_expendable: bool = False) -> str:
        """The text to be stored: with the exhibits, or with what went wrong."""
        try:
            found = self.exhibits(is_expendable=is_expendable)
            if isinstance(found, Failure):
                return self.failed(f"explain failed ({found.kind}): {found.message}")
            return self.text(found)
        except Exception as error:  # noqa: BLE001  what a task shows is checked only by writing it
            return self.failed(f"explain gave what cannot be stored: {describe(error)}")

    def failed(self, message: str) -> str:
        """The text to be stored where there is nothing to show."""
        from results.exhibits import Exhibit
        from results.items import Note

        return self.text((Exhibit("nothing", "Nothing to show", (Note(message),)),))

    def text(self, exhibits: Sequence[Exhibit]) -> str:
        """The stored text of these exhibits."""
        from results.exhibits import StoredExhibits, stored_to_json

        stored = StoredExhibits(
            run="",
            task=self.planned.label,
            strategy=self.strategy,
            seed=self.seed,
            study=self.trial.study,
            trial=self.trial.id,
            configuration=dict(self.trial.configuration),
            values=self.values,
            held_out=self.held_out,
            exhibits=tuple(exhibits),
        )
        return stored_to_json(stored)

    def exhibits(self, *, is_expendable: bool = False) -> tuple[Exhibit, ...] | Failure:
        """What the task shows of the trial, or why it could not."""
        return TrialEvaluator(self.planned.build(), self.limits, "", is_expendable).explain(self.trial)


def best_trials(plan: Plan, outcomes: pa.Table) -> list[Explanation]:
    """The trial to explain for each task that explains, in the order of the plan; a function of the results alone.

    The best is the one of least loss at the highest fidelity; of several objectives, the trial on the front that lies
    nearest to the best of each, losses scaled to their range on the front, so that no trial off it has a say. Ties go
    to the first study, then to the first trial.
    """
    return list(_best_trials(plan, outcomes))


def chosen_trial(plan: Plan, outcomes: pa.Table, number: int, trial: int | None) -> Explanation:
    """A trial of a study, its best where none is named; raises `InvalidOption` where there is none."""
    found = next((study for study in plan.studies if study.number == number), None)
    if found is None:
        raise InvalidOption(f"no study {number}: the run has studies 0 to {len(plan.studies) - 1}")
    rows = np.flatnonzero(outcomes["study"].to_numpy() == number)
    if trial is not None:
        rows = rows[outcomes["trial"].to_numpy()[rows] == trial]
        if not len(rows):
            raise InvalidOption(f"study {number} has no trial {trial}")
    measured = rows[pc.equal(outcomes["status"], "ok").to_numpy()[rows]]
    if trial is None and len(measured):
        full = measured[_is_full(plan, found.task.label, outcomes)[measured]]
        measured = full if len(full) else measured
    if not len(measured):
        raise InvalidOption(
            f"study {number} has no trial that was measured"
            if trial is None
            else f"trial {trial} of study {number} failed"
        )
    return explanation(plan, outcomes, found, int(measured[_best(_losses(outcomes, measured))]))


def explanation(plan: Plan, outcomes: pa.Table, study: StudyPlan, row: int) -> Explanation:
    """What explains one row of the outcomes."""
    found = outcomes.slice(row, 1).to_pylist(maps_as_pydicts="strict")[0]
    trial = Trial(
        id=found["trial"],
        proposal=Proposal(Configuration.from_json(found["configuration"]), found["fidelity"], found["resumed_from"]),
        seed=found["trial_seed"],
        data_seed=found["data_seed"],
        study=found["study"],
    )
    if study.number in plan.skipped:
        raise MissingExtra(f"{study.task.label}: {plan.skipped[study.number]}")
    limits = next(shard.limits for shard in plan.shards if shard.task.label == study.task.label)
    seconds = None if limits.seconds is None else _PATIENCE * limits.seconds
    return Explanation(
        file=file_name(plan, study.task.label),
        planned=study.task,
        trial=trial,
        strategy=study.strategy.label,
        seed=study.seed_index,
        values=found["values"],
        held_out=found["held_out"],
        limits=replace(limits, seconds=seconds),
    )


def file_name(plan: Plan, label: str) -> str:
    """The file of a task's exhibits: its place in the suite, and its name as far as a file can have it."""
    place = plan.suite.task_labels.index(label)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", label)[:_NAME_LENGTH].strip("-")
    return f"{place:02d}-{name}.json"


def _best_trials(plan: Plan, outcomes: pa.Table) -> Iterator[Explanation]:
    studies = {study.number: study for study in plan.studies}
    owner = outcomes["study"].to_numpy()
    for label, task in plan.tasks.items():
        if not task.explains() or all(n in plan.skipped for n, s in studies.items() if s.task.label == label):
            continue
        mine = np.isin(owner, [number for number, study in studies.items() if study.task.label == label])
        measured = pc.equal(outcomes["status"], "ok").to_numpy()
        rows = np.flatnonzero(mine & measured & _is_full(plan, label, outcomes))
        if len(rows):
            row = int(rows[_best(_losses(outcomes, rows))])
            yield explanation(plan, outcomes, studies[int(owner[row])], row)


def _losses(outcomes: pa.Table, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.array(outcomes["losses"].take(pa.array(rows)).to_pylist(), dtype=np.float64)


def _best(losses: NDArray[np.float64]) -> int:
    """The row to show of losses [trials, objectives], in the order of studies and trials."""
    if losses.shape[1] == 1:
        return int(losses[:, 0].argmin())
    from results.analysis.fronts import non_dominated

    rows = np.flatnonzero(non_dominated(losses))
    front = losses[rows]
    low, high = front.min(axis=0), front.max(axis=0)
    scaled = (front - low) / np.where(high > low, high - low, 1.0)
    return int(rows[(scaled**2).sum(axis=1).argmin()])


def _is_full(plan: Plan, label: str, outcomes: pa.Table) -> NDArray[np.bool_]:
    """Whether each trial, if it is of this task, was measured at the highest fidelity."""
    task = plan.tasks.get(label)
    if task is None or task.problem.fidelity is None:
        return np.ones(outcomes.num_rows, dtype=np.bool_)
    is_full = pc.greater_equal(outcomes["fidelity"], task.problem.fidelity.high)
    found: NDArray[np.bool_] = pc.fill_null(is_full, fill_value=True).to_numpy()
    return found
