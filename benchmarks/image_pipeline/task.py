"""Tune an image pipeline: which steps, in which strength, before which classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar

from tuner.errors import InvalidOption, MissingExtra, suggest
from tuner.problem import Objective, Problem
from tuner.task import Task, TaskCard
from tuner.trial import Measurement, Trial

from .images import DATA, images_of
from .space import SPACE

if TYPE_CHECKING:
    from results.exhibits import Exhibit

_FEWEST, _MOST = 100, 1797
_WORST = 3.0


@dataclass(frozen=True, kw_only=True)
class ImagePipeline(Task):
    """Denoise, enhance, binarise, find edges, tidy up, describe and classify small damaged images.

    The data seed draws images, their damage and the split: it is the same for all trials of a study. There is no
    other luck.
    """

    card: ClassVar[TaskCard] = TaskCard(
        summary="a conditional pipeline from damaged images to a class; the share of wrong classes counts",
        data="500 of scikit-learn's digits, enlarged to 24 x 24, or 200 pictures of 25 x 25, half of them faces; "
        "damaged; a quarter held out, the others cross-validated in 4 folds",
        licence="CC BY 4.0 (digits); the faces come with scikit-image, from Labeled Faces in the Wild",
        source="https://scikit-image.org",
        cost="0.05 to 2 seconds",
        extra="images",
        modules=("skimage",),
    )

    data: str = "digits"
    """Which images: digits (ten classes), or faces (faces and backgrounds)."""
    images: int = 500
    """About how many images, in [100, 1797]; there are 200 faces and backgrounds."""
    corruption: float = 1.0
    """How badly the images are damaged, in [0, 3]; 0 leaves them as they are."""

    def __post_init__(self) -> None:
        if self.data not in DATA:
            raise InvalidOption(f"no images called {self.data!r}{suggest(str(self.data), DATA)}")
        if type(self.images) is not int or not _FEWEST <= self.images <= _MOST:
            raise InvalidOption(f"images is a whole number in [{_FEWEST}, {_MOST}], not {self.images!r}")
        if type(self.corruption) not in {int, float} or not 0 <= self.corruption <= _WORST:
            raise InvalidOption(f"corruption is a number in [0, {_WORST:g}], not {self.corruption!r}")

    @property
    def problem(self) -> Problem:
        """Seven choices and the parameters of what is chosen; minimise `error`."""
        return Problem(SPACE, (Objective("error"),))

    def prepare(self) -> None:
        """Load scikit-image, scikit-learn and the images; raises `MissingExtra` where scikit-image is missing."""
        if find_spec("skimage") is None:
            raise MissingExtra("image-pipeline needs scikit-image: pip install 'tuner-bench[images]'")
        from . import scoring  # noqa: F401  takes a second

        images_of(self.data, self.images, self.corruption, 0)

    def evaluate(self, trial: Trial) -> Measurement:
        """`error`, the share of wrong classes, over all validation folds and on the held-out images."""
        from .scoring import judge  # needs scikit-image

        images = images_of(self.data, self.images, self.corruption, trial.data_seed)
        said = judge(images, trial.configuration)
        return Measurement({"error": said.error}, held_out={"error": said.held_out_error})

    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        """The same images after each step, what each step is worth, and what is mistaken for what."""
        from .exhibits import exhibits_of  # needs scikit-image

        images = images_of(self.data, self.images, self.corruption, trial.data_seed)
        return exhibits_of(images, trial.configuration)
