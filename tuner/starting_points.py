"""Starting points: the configurations that every strategy is told of first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .configuration import Configuration, Value
from .errors import InvalidConfiguration, InvalidSuite, suggest
from .parameter import Float
from .space import SearchSpace
from .suite import Suite
from .suite_entries import TaskEntry, TransferEntry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from results.store import Store


def starting_points(points: Sequence[Mapping[str, Value]], space: SearchSpace, task: str) -> tuple[Configuration, ...]:
    """The points as configurations, each once, where it comes first.

    Raises `InvalidSuite` where one does not lie in the space.
    """
    return tuple(dict.fromkeys([_checked(point, space, task) for point in points]))


def with_transfer(suite: Suite) -> Suite:
    """The suite with the starting points that it takes from earlier runs written out."""
    if not any(entry.transfer for entry in suite.tasks):
        return suite
    tasks = [_written_out(e, label) for e, label in zip(suite.tasks, suite.task_labels, strict=True)]
    return suite.changed(tasks=tasks)


def _checked(point: Mapping[str, Value], space: SearchSpace, task: str) -> Configuration:
    values = {name: _as_number(value, space.parameters.get(name)) for name, value in point.items()}
    try:
        space.check(values)
    except InvalidConfiguration as error:
        raise InvalidSuite(f"task {task!r}, starting point {dict(point)}: {error}") from None
    return Configuration(values)


def _as_number(value: Value, parameter: object) -> Value:
    """The value; a whole number for a float as a float."""
    return float(value) if isinstance(parameter, Float) and type(value) is int else value


def _written_out(entry: TaskEntry, label: str) -> dict[str, object]:
    fields = entry.model_dump(exclude_unset=True)
    if entry.transfer is None:
        return fields
    del fields["transfer"]
    found = _best_of(entry.transfer, entry.transfer.task or label)
    return {**fields, "starting_points": [*fields.get("starting_points", ()), *map(dict, found)]}


def _best_of(transfer: TransferEntry, task: str) -> list[Configuration]:
    """The best distinct configurations of a run on a task, the best first; raises `InvalidSuite` without any."""
    from results.errors import ResultsError
    from results.store import open_store

    try:
        store = open_store(transfer.run)
        if task not in store.tasks:
            raise InvalidSuite(f"transfer: no task {task!r} in {transfer.run}{suggest(task, store.tasks)}")
        texts = store.pick(_ranked(store, task), "configuration")["configuration"].drop_duplicates()
    except ResultsError as error:
        raise InvalidSuite(f"transfer: {error}") from error
    if texts.empty:
        raise InvalidSuite(f"transfer: no trial of {task!r} in {transfer.run} was measured")
    return [Configuration.from_json(text) for text in texts.head(transfer.count)]


def _ranked(store: Store, task: str) -> NDArray[np.intp]:
    """The rows of `Store.outcomes` to choose from, least loss first; ties go to the first study, then the first trial.

    Those at the highest fidelity, unless there are none; of several objectives those on the front, by the loss of the
    first one.
    """
    from results.analysis.fronts import non_dominated

    outcomes, studies = store.outcomes, store.studies[store.studies["task"] == task]
    is_measured = (outcomes["position"].isin(studies.index) & (outcomes["status"] == "ok")).to_numpy()
    is_full = is_measured & outcomes["full"].to_numpy()
    rows = np.flatnonzero(is_full if is_full.any() else is_measured)
    losses = store.losses[rows, : len(studies["objectives"].iloc[0])]
    if losses.shape[1] > 1:
        front = non_dominated(losses)
        rows, losses = rows[front], losses[front]
    return rows[np.argsort(losses[:, 0], kind="stable")]
