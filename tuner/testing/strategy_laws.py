"""The laws that every search strategy keeps, and the check that finds out whether it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from ..strategy import SearchStrategy
from .law import Law
from .problems import ExampleProblem, example_problems
from .strategy_determinism import (
    check_globals,
    check_goal,
    check_interleaving,
    check_other_seed,
    check_replay,
    check_same_seed,
    check_untouched_results,
)
from .strategy_order import check_foreign, check_out_of_order
from .strategy_proposals import (
    check_batches,
    check_count,
    check_fidelity,
    check_options,
    check_pending,
    check_plain,
    check_refusal,
    check_space,
    check_study,
)
from .strategy_robustness import check_constant, check_extremes, check_failures, check_small_budgets
from .strategy_study import Maker
from .strategy_under_test import StrategyUnderTest
from .verdict import Verdict

RUNS: Final = "a study runs through"
BATCHES: Final = "it can be asked for one proposal and for five"
PENDING: Final = "it can be asked while trials are pending"
FOREIGN: Final = "it copes with results of trials that it did not propose"
OUT_OF_ORDER: Final = "it copes with results that come out of order, and proposes the same again"
SAME_SEED: Final = "the same seed gives the same proposals"
GLOBAL_STATE: Final = "the global random state is neither read nor changed"

_BOTH: Final = (RUNS, BATCHES)
_DETERMINISTIC: Final = (*_BOTH, SAME_SEED, GLOBAL_STATE)

LAWS: Final[tuple[Law[StrategyUnderTest], ...]] = (
    Law("its own options are keyword arguments with defaults", check_options),
    Law("problems that it does not support are refused at construction", check_refusal),
    Law(RUNS, check_study),
    Law(BATCHES, check_batches, (RUNS,)),
    Law(PENDING, check_pending, (RUNS,)),
    Law("it proposes at most as many as it is asked for", check_count, _BOTH),
    Law("every proposal lies in the space", check_space, _BOTH),
    Law("every value is a plain Python object", check_plain, _BOTH),
    Law("fidelities lie in the offered range and only earlier trials are resumed", check_fidelity, (RUNS,)),
    Law(SAME_SEED, check_same_seed, (RUNS,)),
    Law(GLOBAL_STATE, check_globals, (*_BOTH, SAME_SEED)),
    Law("another seed gives other proposals", check_other_seed, (RUNS, SAME_SEED)),
    Law("replayed results give the same proposals", check_replay, _DETERMINISTIC),
    Law("two instances do not disturb one another", check_interleaving, _DETERMINISTIC),
    Law("the same losses give the same proposals under either goal", check_goal, _DETERMINISTIC),
    Law("it does not change what it is told", check_untouched_results, _BOTH),
    Law("it copes with failed trials", check_failures, (RUNS,)),
    Law("it copes with losses that are all the same", check_constant, (RUNS,)),
    Law("it copes with very large and very small losses", check_extremes, (RUNS,)),
    Law(FOREIGN, check_foreign, (RUNS, PENDING)),
    Law(OUT_OF_ORDER, check_out_of_order, (*_DETERMINISTIC, PENDING)),
    Law("it copes with budgets of one, two and three trials", check_small_budgets, (RUNS,)),
)
"""All laws; what a law needs stands before it."""


def check_strategy(
    kind: type[SearchStrategy], options: Mapping[str, object] | None = None, *, trials: int = 20
) -> list[Verdict]:
    """One verdict for each law, over studies of `trials` trials on every example problem that `kind` supports."""
    examination = Examination(kind, options, trials=trials)
    return [examination.judge(law) for law in LAWS]


class Examination:
    """The examination of one strategy with one set of options; remembers what it has found out."""

    def __init__(
        self,
        kind: type[SearchStrategy],
        options: Mapping[str, object] | None = None,
        *,
        trials: int = 20,
        examples: Sequence[ExampleProblem] | None = None,
    ) -> None:
        """Take up a strategy; `examples` None means all of `example_problems`."""
        examples = example_problems() if examples is None else examples
        maker = Maker(kind, options or {})
        self._subjects = [
            StrategyUnderTest(maker, example, trials, examples) for example in examples if maker.declares(example)
        ]
        self._found: dict[tuple[str, str], Verdict] = {}

    def judge(self, law: Law[StrategyUnderTest]) -> Verdict:
        """The verdict over all example problems: broken if broken on one, kept if kept on one."""
        verdicts = [self._judge_on(subject, law) for subject in self._subjects]
        for status in ("broken", "kept", "skipped"):
            for verdict in verdicts:
                if verdict.status == status:
                    return verdict
        return Verdict(law.text, "skipped", "it supports none of the example problems")

    def _judge_on(self, subject: StrategyUnderTest, law: Law[StrategyUnderTest]) -> Verdict:
        key = law.text, subject.example.name
        if key not in self._found:
            needed = [other for other in LAWS if other.text in law.needs]
            broken = {other.text for other in needed if self._judge_on(subject, other).status == "broken"}
            verdict = law.judge(subject, broken)
            where = f"on the problem {subject.example.name!r}, " if verdict.status == "broken" else ""
            self._found[key] = replace(verdict, message=where + verdict.message)
        return self._found[key]
