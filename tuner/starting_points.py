"""Starting points: the configurations that every strategy is told of first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .configuration import Configuration, Value
from .errors import InvalidConfiguration, InvalidSuite, suggest
from .parameter import Float
from .space import SearchSpace
from .suite import Suite
from .suite_entries import TaskEntry, TransferEntry


def starting_points(points: Sequence[Mapping[str, Value]], space: SearchSpace, task: str) -> tuple[Configuration, ...]:
    """The points as configurations; raises `InvalidSuite` where one does not lie in the space."""
    return tuple([_checked(point, space, task) for point in points])


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
    """The best distinct configurations of a run on a task, the best first."""
    from results.errors import ResultsError
    from results.store import open_store

    try:
        store = open_store(transfer.run)
        if task not in store.tasks:
            raise InvalidSuite(f"transfer: no task {task!r} in {transfer.run}{suggest(task, store.tasks)}")
        trials = store.trials_of(task)
    except ResultsError as error:
        raise InvalidSuite(f"transfer: {error}") from error
    measured = trials[trials["status"] == "ok"]
    if measured.empty:
        raise InvalidSuite(f"transfer: no trial of {task!r} in {transfer.run} was measured")
    losses = measured["losses"].map(lambda losses: float(losses[0]))
    ranked = measured.assign(loss=losses).sort_values(["loss", "study", "trial"], kind="stable")
    texts = ranked["configuration"].drop_duplicates().head(transfer.count)
    return [Configuration.from_json(text) for text in texts]
