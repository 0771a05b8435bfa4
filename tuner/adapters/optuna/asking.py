"""What a study of Optuna keeps of each ask, so that a strategy can be brought to where it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from optuna import Study
from optuna.trial import FrozenTrial

from ...configuration import Value

_KEY = "tuner:asked"


@dataclass(frozen=True, slots=True)
class Asking:
    """That a strategy was asked for a trial."""

    by: str
    """The signature of the strategy as it was made."""
    index: int
    """How often it was asked before."""
    trial: int
    """The number of the trial."""
    last: int
    """The largest number of a trial whose end it knew of; -1 where it knew of none."""
    unknown: tuple[int, ...]
    """The smaller numbers whose end it did not know of."""
    configuration: Mapping[str, Value] | None
    """What it proposed; None where it had nothing."""

    def knew(self, number: int) -> bool:
        """Whether the strategy had been told, when it was asked, how the trial of this number ended."""
        return number <= self.last and number not in self.unknown

    def write(self, study: Study, trial: FrozenTrial) -> None:
        """Keep it with the trial, as samplers of Optuna keep what is theirs."""
        study._storage.set_trial_system_attr(trial._trial_id, _KEY, asdict(self))  # noqa: SLF001  a sampler's only way


def trials_of(study: Study) -> list[FrozenTrial]:
    """All trials, in the order of their numbers; of a study that a pruner has narrowed, those of the whole one."""
    return study._storage.get_all_trials(study._study_id, deepcopy=False)  # noqa: SLF001  as samplers of Optuna do


def identity_of(study: Study) -> tuple[object, int]:
    """What makes a study the same one: where it is kept, and its number there."""
    return study._storage, study._study_id  # noqa: SLF001  no public name says it


def askings(trials: Iterable[FrozenTrial], by: str) -> list[Asking]:
    """How often the strategy of this signature was asked before, in that order.

    A trial that repeats another one may have that one's record: it does not count.
    """
    kept = [(trial.number, trial.system_attrs[_KEY]) for trial in trials if _KEY in trial.system_attrs]
    mine = [record for number, record in kept if record["by"] == by and record["trial"] == number]
    found = [Asking(**{**record, "unknown": tuple(record["unknown"])}) for record in mine]
    return sorted(found, key=lambda asking: (asking.index, asking.trial))


def is_partly_given(trial: FrozenTrial, names: Iterable[str]) -> bool:
    """Whether the trial was enqueued with a value for one of these parameters."""
    return bool(set(names) & set(trial.system_attrs.get("fixed_params", ())))
