"""Tune when to raise an alarm: decision threshold, class weight and calibration of a logistic regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from tuner.errors import InvalidOption, suggest
from tuner.parameter import Categorical, Float
from tuner.problem import Objective, Problem
from tuner.space import Condition, SearchSpace
from tuner.task import Task, TaskCard
from tuner.trial import Measurement, Trial

from .alarms import count
from .cases import CASES
from .fitting import held_out_probabilities, validation_probabilities
from .rows import population, rows_of

if TYPE_CHECKING:
    from results.exhibits import Exhibit

OBJECTIVES: Final[Mapping[str, tuple[Objective, ...]]] = {
    "cost": (Objective("cost"),),
    "f-beta": (Objective("f_beta", "maximize"),),
    "both": (Objective("precision", "maximize"), Objective("recall", "maximize")),
}
"""What a study may strive for, by the option's value."""

_SPACE: Final = SearchSpace(
    {
        "threshold": Float(0.002, 0.998, default=0.5),
        "positive_weight": Float(0.1, 100.0, log=True, default=1.0),
        "C": Float(1e-3, 1e4, log=True, default=1.0),
        "calibration": Categorical(("none", "sigmoid", "isotonic")),
        "scaler": Categorical(("standard", "min-max")),
        "kernel": Categorical(("none", "rbf")),
        "gamma": Float(0.01, 10.0, log=True, default=0.1),
    },
    (Condition("gamma", "kernel", ("rbf",)),),
)
_WITH_KERNEL: Final = SearchSpace({name: p for name, p in _SPACE.parameters.items() if name != "kernel"})
KERNELS: Final = ("tuned", "rbf")


@dataclass(frozen=True, kw_only=True)
class PrecisionRecall(Task):
    """Raise alarms on rare rows, and pay for each miss and each false alarm what the case says.

    The threshold is applied to rows of validation folds that neither the regression nor its calibration saw.
    """

    card: ClassVar[TaskCard] = TaskCard(
        summary="a logistic regression raises alarms on rare rows; what misses and false alarms cost together counts",
        data="breast_cancer at 10 % malignant (397 rows), digits at 30 % 8s (580) or all as odd and even (1782), or "
        "5000 synthetic payments thinned out to 3 % fraud; a quarter held out, the others cross-validated in 5 folds",
        licence="CC BY 4.0; the payments are generated",
        source="https://cseweb.ucsd.edu/~elkan/rescale.pdf",
        cost="0.02 to 0.7 seconds",
    )

    case: str = "disease-screening"
    """One of `CASES`: who pays what for which mistake."""
    objective: str = "cost"
    """One of `OBJECTIVES`: cost, f-beta (with the case's beta), or both precision and recall."""
    folds: int = 5
    """Folds of the cross-validation, in [2, 10]."""
    kernel: str = "tuned"
    """tuned, or rbf: always there, so that the space has no condition."""

    def __post_init__(self) -> None:
        if self.case not in CASES:
            raise InvalidOption(f"no case called {self.case!r}{suggest(str(self.case), CASES)}")
        if self.objective not in OBJECTIVES:
            raise InvalidOption(f"no objective called {self.objective!r}{suggest(str(self.objective), OBJECTIVES)}")
        if type(self.folds) is not int or not 2 <= self.folds <= 10:
            raise InvalidOption(f"folds is a whole number in [2, 10], not {self.folds!r}")
        if self.kernel not in KERNELS:
            raise InvalidOption(f"no kernel called {self.kernel!r}{suggest(str(self.kernel), KERNELS)}")

    @property
    def problem(self) -> Problem:
        """Seven parameters, `gamma` only with a kernel, or six of a kernel that is always there; the objectives."""
        return Problem(_SPACE if self.kernel == "tuned" else _WITH_KERNEL, OBJECTIVES[self.objective])

    def prepare(self) -> None:
        """Load scikit-learn and the data."""
        from sklearn import calibration, linear_model, pipeline  # noqa: F401  takes a second

        population(self.case)

    def evaluate(self, trial: Trial) -> Measurement:
        """`cost` for 1000 rows, `f_beta`, `precision` and `recall`, over all validation folds and held out."""
        case, configuration = CASES[self.case], trial.configuration
        rows, threshold = rows_of(case, trial.data_seed, self.folds), configuration.number("threshold")
        validation = validation_probabilities(configuration, rows, trial.seed)
        held_out = held_out_probabilities(configuration, rows, trial.seed)
        return Measurement(
            values=count(rows.y, validation, threshold).scores(case),
            held_out=count(rows.held_out_target, held_out, threshold).scores(case),
        )

    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        """The threshold on the curve of precision and recall, its cost, its mistakes, and what calibration does."""
        from .exhibits import exhibits_of  # draws charts

        return exhibits_of(CASES[self.case], rows_of(CASES[self.case], trial.data_seed, self.folds), trial)
