"""Pictures of tasks that take microseconds: their values over the first two numbers of their spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from results.item_json import item_value
from results.pictures import picture

from ..parameter import Float
from ..task import Task
from ..trial import Measurement, Proposal, Trial

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from results.items import Picture

SIDE: Final = 48
"""Pixels across and down, each one evaluation."""
_WIDTH: Final = 288
_CHEAP: Final = "microsecond"
"""What a task's card says of its cost, if all pixels together take no more than a moment."""
_DARKEST: Final = 30
"""Of 255: the best pixel can be told from the ink around it."""


def landscape_of(task: Task) -> list[Any]:
    """The picture as items of a report in JSON; none for one that is dearer, or has more to it than a picture shows.

    Raises whatever the task raises.
    """
    space = task.problem.space
    shown = [place for place, parameter in enumerate(space.parameters.values()) if isinstance(parameter, Float)][:2]
    is_cheap = _CHEAP in task.card.cost.partition(" with ")[0]
    if not is_cheap or len(shown) < 2 or space.conditions or len(task.problem.objectives) > 1:
        return []
    task.prepare()
    values = _values(task, shown)
    return [] if values is None else [item_value(_drawn(task, shown, values))]


def _values(task: Task, shown: list[int]) -> NDArray[np.float64] | None:
    """Of each pixel [down, across], the second number growing upwards; None where one could not be measured."""
    import numpy as np

    space, name = task.problem.space, task.problem.objectives[0].name
    steps = (np.arange(SIDE) + 0.5) / SIDE
    units = np.full((SIDE * SIDE, len(space.parameters)), 0.5)
    units[:, shown[0]] = np.tile(steps, SIDE)
    units[:, shown[1]] = np.repeat(steps[::-1], SIDE)
    trials = [Trial(place, Proposal(one), seed=0) for place, one in enumerate(space.from_units(units))]
    found = [one.values[name] for one in task.evaluate_batch(trials) if isinstance(one, Measurement)]
    values = np.array(found)
    return values.reshape(SIDE, SIDE) if values.size == SIDE**2 and np.isfinite(values).all() else None


def _drawn(task: Task, shown: list[int], values: NDArray[np.float64]) -> Picture:
    """Grey by rank, so that a task whose values span powers of ten is as readable as any."""
    import numpy as np

    objective, parameters = task.problem.objectives[0], list(task.problem.space.parameters.items())
    losses = np.array([objective.loss(float(value)) for value in values.flat])
    ranks = np.searchsorted(np.sort(losses), losses) / losses.size
    grey = (_DARKEST + (255 - _DARKEST) * ranks).astype(np.uint8).reshape(values.shape)
    (across, x), (up, y) = (parameters[place] for place in shown)
    assert isinstance(x, Float)
    assert isinstance(y, Float)
    rest = "" if len(parameters) == 2 else "; all others in the middle of their ranges"
    caption = (
        f"{objective.name}, {values.min():.4g} to {values.max():.4g}: the darker, the better. "
        f"{across} from left to right, {_range(x)}; {up} upwards, {_range(y)}{rest}"
    )
    return picture(caption, f"The landscape of the task: {caption}", grey, width=_WIDTH)


def _range(parameter: Float) -> str:
    return f"{parameter.low:g} to {parameter.high:g}{', logarithmic' if parameter.log else ''}"
