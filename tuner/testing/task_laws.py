"""The laws that every task keeps, and what checking them on a task finds."""

from __future__ import annotations

from typing import Final, Literal

from ..errors import MissingExtra
from ..task import Task
from . import task_checks as shape
from . import task_repeat_checks as repeats
from .law import Law, one_line
from .task_continue_check import check_continue
from .task_under_test import TaskUnderTest
from .verdict import Verdict

MADE: Final = "the task is made from its defaults and prepared"
OPTIONS: Final = "the options are frozen dataclass fields with defaults"
CARD: Final = "the card says in one line what the task is"
PROBLEM: Final = "the problem is the same at each access and its space reads back from JSON"
BEST_KNOWN: Final = "the best known values are finite and belong to objectives"
CORNERS: Final = "the default and the corners of the space evaluate or raise an ordinary exception"
OBJECTIVES: Final = "every objective is measured and finite"
PLAIN_FLOATS: Final = "measured numbers are plain floats"
HELD_OUT: Final = "every trial has the same held-out values, each objective among them"
SAME_TRIAL: Final = "the same trial gives the same values"
GLOBAL_STATE: Final = "global random state is neither read nor changed"
ORDER: Final = "trials evaluated before change nothing"
ONLY_SEEDS: Final = "the trial's id and study change nothing, only its seeds do"
BATCH: Final = "a batch agrees with single evaluations"
PICKLE: Final = "a pickled task gives the same values"
FIDELITY: Final = "the lowest fidelity is measured and costs no more than the highest"
CONTINUE: Final = "a trial that goes on agrees with one that never stopped"
EXPLAIN: Final = "what explain shows can be stored and is the same again"

_STABLE: Final = (OPTIONS, CORNERS, SAME_TRIAL, GLOBAL_STATE)

_CHECKED: Final[tuple[Law[TaskUnderTest], ...]] = (
    Law(OPTIONS, shape.check_options),
    Law(CARD, shape.check_card),
    Law(PROBLEM, shape.check_problem, needs=(OPTIONS,)),
    Law(BEST_KNOWN, shape.check_best_known),
    Law(CORNERS, shape.check_corners),
    Law(OBJECTIVES, shape.check_objectives, needs=(OPTIONS, CORNERS)),
    Law(PLAIN_FLOATS, shape.check_plain_floats, needs=(OPTIONS, CORNERS)),
    Law(HELD_OUT, shape.check_held_out, needs=(OPTIONS, CORNERS)),
    Law(SAME_TRIAL, repeats.check_same_trial, needs=(OPTIONS, CORNERS)),
    Law(GLOBAL_STATE, repeats.check_global_random_state, needs=(OPTIONS, CORNERS, SAME_TRIAL)),
    Law(ORDER, repeats.check_order, needs=_STABLE),
    Law(ONLY_SEEDS, repeats.check_only_seeds_matter, needs=_STABLE),
    Law(BATCH, repeats.check_batch, needs=(*_STABLE, ORDER)),
    Law(PICKLE, repeats.check_pickle, needs=_STABLE),
    Law(FIDELITY, repeats.check_fidelity, needs=(OPTIONS, CORNERS)),
    Law(CONTINUE, check_continue, needs=(*_STABLE, FIDELITY)),
    Law(EXPLAIN, repeats.check_explain, needs=(OPTIONS, CORNERS)),
)

LAWS: Final = (MADE, *[law.text for law in _CHECKED])
"""All laws, in the order in which they are checked."""


def check_task(task: Task | type[Task], *, trials: int = 3) -> list[Verdict]:
    """A verdict for each law; about 8 evaluations a trial, at the task's lowest fidelity.

    A task whose packages are not installed is skipped. Nothing that the task raises is raised here.
    """
    try:
        subject = TaskUnderTest.of(task, trials)
    except MissingExtra as error:
        return _unmade("skipped", one_line(error))
    except Exception as error:  # noqa: BLE001  a task that cannot be made breaks the first law
        return _unmade("broken", f"raised {type(error).__name__}: {one_line(error)}")
    verdicts = [Verdict(MADE, "kept")]
    for law in _CHECKED:
        broken = {verdict.law for verdict in verdicts if verdict.status == "broken"}
        verdicts.append(law.judge(subject, broken))
    return verdicts


def _unmade(status: Literal["broken", "skipped"], message: str) -> list[Verdict]:
    others = [Verdict(law.text, "skipped", "the task was not made") for law in _CHECKED]
    return [Verdict(MADE, status, message), *others]
