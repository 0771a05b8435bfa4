"""The laws of modifiers: a modified task is a task, whatever it wraps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ..errors import InvalidOption
from ..task import Task
from .example_task import example_tasks
from .task_laws import check_task
from .verdict import Verdict


def check_modifier(modify: Callable[[Task], Task], *, trials: int = 3) -> list[Verdict]:
    """A verdict for each law of tasks, over some small tasks of different kinds: broken where it is on any of them.

    A task that `modify` refuses with `InvalidOption` is left out; where it refuses all, its error is raised.
    """
    found = {name: check_task(task, trials=trials) for name, task in _accepted(modify)}
    return [_together(list(found), verdicts) for verdicts in zip(*found.values(), strict=True)]


def _accepted(modify: Callable[[Task], Task]) -> Iterator[tuple[str, Task]]:
    refusal, accepted = None, 0
    for task in example_tasks():
        try:
            modified = modify(task)
        except InvalidOption as error:
            refusal = refusal or error
            continue
        accepted += 1
        yield task.example, modified
    if not accepted and refusal is not None:
        raise refusal


def _together(examples: Sequence[str], verdicts: Sequence[Verdict]) -> Verdict:
    """The worst of the verdicts on one law; where it is broken, the message says on which task."""
    for example, verdict in zip(examples, verdicts, strict=True):
        if verdict.status == "broken":
            return replace(verdict, message=f"over the example {example!r}: {verdict.message}")
    return next((verdict for verdict in verdicts if verdict.status == "kept"), verdicts[0])
