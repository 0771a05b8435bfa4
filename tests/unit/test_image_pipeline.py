"""Each step does to a stack what scikit-image does to one image, and the right steps undo the damage."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.image_pipeline import ImagePipeline
from benchmarks.image_pipeline import task as task_module
from benchmarks.image_pipeline.ablation import steps_taken, without
from benchmarks.image_pipeline.corruption import corrupt
from benchmarks.image_pipeline.images import images_of
from benchmarks.image_pipeline.space import SPACE, STEPS
from results.exhibits import Exhibit
from results.items import Chart, Gallery, Table, Text
from tuner.configuration import Configuration, Value
from tuner.errors import InvalidConfiguration, InvalidOption, MissingExtra
from tuner.parameter import default_of
from tuner.trial import Proposal, Trial

pytest.importorskip("skimage")

from skimage import exposure, feature, filters, morphology, restoration

from benchmarks.image_pipeline import exhibits
from benchmarks.image_pipeline.scoring import Said, judge
from benchmarks.image_pipeline.steps import each_step, features_of, take_steps
from benchmarks.image_pipeline.strokes import SCALE, cell_histograms, strokes_of

SMALL = ImagePipeline(images=100)
GOOD: dict[str, Value] = {
    "denoising": "median",
    "median_radius": 1,
    "contrast": "clahe",
    "clahe_clip": 0.05,
    "classifier": "logistic",
    "logistic_C": 0.003,
}
STACK = images_of("digits", 100, 1.0, 3).damaged[:3].copy()


def configured(**values: Value) -> Configuration:
    """These values, and the defaults of the other parameters that they make active."""
    return SPACE.restrict({**{name: default_of(parameter) for name, parameter in SPACE.parameters.items()}, **values})


def trial_of(**values: Value) -> Trial:
    return Trial(0, Proposal(configured(**values)), seed=1, data_seed=2)


def exhibits_by_name(task: ImagePipeline, trial: Trial) -> dict[str, Exhibit]:
    return {exhibit.name: exhibit for exhibit in task.explain(trial)}


def text_of(exhibit: Exhibit) -> str:
    return " ".join(item.text for item in exhibit.items if isinstance(item, Text))


def gallery_of(exhibit: Exhibit) -> Gallery:
    return next(item for item in exhibit.items if isinstance(item, Gallery))


def table_of(exhibit: Exhibit) -> Table:
    found = [item.data if isinstance(item, Chart) else item for item in exhibit.items]
    return next(item for item in found if isinstance(item, Table))


@pytest.mark.parametrize(
    ("values", "reference"),
    [
        ({"denoising": "gaussian", "gaussian_sigma": 1.3}, lambda image: filters.gaussian(image, 1.3)),
        ({"denoising": "median", "median_radius": 2}, lambda image: filters.median(image, morphology.disk(2))),
        (
            {"denoising": "bilateral", "bilateral_sigma_color": 0.2, "bilateral_sigma_spatial": 1.5},
            lambda image: restoration.denoise_bilateral(image, sigma_color=0.2, sigma_spatial=1.5),
        ),
        ({"contrast": "gamma", "gamma": 2.0}, lambda image: image**2),
        (
            {"contrast": "clahe", "clahe_clip": 0.1},
            lambda image: exposure.equalize_adapthist(image, kernel_size=8, clip_limit=0.1),
        ),
        ({"binarisation": "otsu"}, lambda image: image > filters.threshold_otsu(image)),
        (
            {"binarisation": "adaptive", "adaptive_radius": 4, "adaptive_offset": -0.1},
            lambda image: image > filters.threshold_local(image, 9, offset=-0.1),
        ),
        ({"edges": "sobel"}, filters.sobel),
        (
            {"edges": "canny", "canny_sigma": 0.8},
            lambda image: feature.canny(image, 0.8, low_threshold=0.7, high_threshold=0.9, use_quantiles=True),
        ),
        (
            {"morphology": "opening", "morphology_radius": 2},
            lambda image: morphology.opening(image, morphology.disk(2)),
        ),
        (
            {"morphology": "closing", "morphology_radius": 1},
            lambda image: morphology.closing(image, morphology.disk(1)),
        ),
    ],
)
def test_a_step_does_to_each_image_what_scikit_image_does_to_one(
    values: dict[str, Value], reference: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> None:
    changed = take_steps(STACK, configured(**values))
    for before, after in zip(STACK, changed, strict=True):
        assert after == pytest.approx(np.asarray(reference(before.copy()), dtype=np.float64), abs=1e-12)
        assert not np.array_equal(after, before)


def test_a_pipeline_of_nones_is_the_identity() -> None:
    configuration = configured()
    features = features_of(take_steps(STACK, configuration), configuration)

    assert [configuration.text(step) for step in STEPS] == ["none"] * len(STEPS)
    assert np.array_equal(features, STACK.reshape(3, -1))


def test_steps_are_taken_in_their_order_each_on_the_images_of_the_one_before() -> None:
    configuration = configured(denoising="median", median_radius=1, edges="sobel")
    (first, denoised), (second, edges) = each_step(STACK, configuration)

    assert (first, second) == ("denoising", "edges")
    assert edges[0] == pytest.approx(filters.sobel(denoised[0]))


def test_hog_has_as_many_values_as_its_blocks_hold() -> None:
    configuration = configured(features="hog", hog_orientations=9, hog_cell=6, hog_block=2)
    blocks = 24 // 6 - 2 + 1

    assert features_of(STACK, configuration).shape == (3, blocks**2 * 2**2 * 9)


@pytest.mark.parametrize("block", [1, 2, 3])
def test_strokes_lie_along_the_edge_and_only_where_it_is(block: int) -> None:
    upright = np.zeros((24, 24))
    upright[:, 12:] = 1.0
    configuration = configured(features="hog", hog_orientations=9, hog_cell=4, hog_block=block)
    histograms, strokes = cell_histograms(upright, configuration), strokes_of(upright, configuration)
    heights, widths = (np.ptp(np.flatnonzero(strokes[: 4 * SCALE].any(axis=axis))) for axis in (1, 0))

    assert histograms.shape == (6, 6, 9)
    assert (histograms[:, 2:4, 0] > 0.1).all()
    assert histograms.sum() == pytest.approx(histograms[:, 2:4].sum())
    assert strokes.shape == (24 * SCALE, 24 * SCALE)
    assert heights >= 4 * SCALE - 6  # one cell's stroke fills its height
    assert widths <= 4 * SCALE + 8  # two cells' strokes, side by side, are as far apart as the cells


@pytest.mark.parametrize("condition", SPACE.conditions, ids=lambda condition: condition.parameter)
def test_a_parameter_is_active_only_under_its_parent(condition: object) -> None:
    from tuner.space import Condition

    assert isinstance(condition, Condition)
    choices = SPACE.parameters[condition.parent]
    for choice in getattr(choices, "choices", ()):
        is_active = condition.parameter in configured(**{condition.parent: choice})
        assert is_active == (choice in condition.values)


def test_a_parameter_without_its_parent_is_refused() -> None:
    with pytest.raises(InvalidConfiguration, match="'median_radius' has a value but is not active"):
        SPACE.check({**configured(denoising="gaussian"), "median_radius": 1})


def test_leaving_out_a_step_drops_its_parameters_and_nothing_else() -> None:
    full = configured(**{**GOOD, "features": "hog"})

    assert steps_taken(full) == ("denoising", "contrast", "features")
    assert without(full, "denoising") == configured(**{**GOOD, "features": "hog", "denoising": "none"})
    assert without(full, "features") == configured(**GOOD)
    assert steps_taken(without(full, *steps_taken(full))) == ()


def test_damage_of_level_0_is_none() -> None:
    clean = images_of("digits", 100, 1.0, 3).clean

    assert np.array_equal(corrupt(clean, 0.0, np.random.default_rng(1)), clean)


@pytest.mark.parametrize("level", [0.5, 1.0, 3.0])
def test_damage_grows_with_its_level_and_stays_in_range(level: float) -> None:
    clean = images_of("digits", 100, 1.0, 3).clean
    damaged, less = (corrupt(clean, each, np.random.default_rng(1)) for each in (level, level / 2))

    assert damaged.min() >= 0
    assert damaged.max() <= 1
    assert np.abs(damaged - clean).mean() > 1.2 * np.abs(less - clean).mean()


def test_a_tenth_of_the_pixels_is_salt_and_pepper() -> None:
    grey = np.full((50, 24, 24), 0.5)
    damaged = corrupt(grey, 0.02, np.random.default_rng(1))  # too little of all else to reach black or white

    assert np.isin(damaged, (0.0, 1.0)).mean() == pytest.approx(0.1 * 0.02, rel=0.25)


def test_the_data_seed_fixes_images_damage_and_split() -> None:
    images_of.cache_clear()
    first = images_of("faces", 100, 1.0, 7)
    images_of.cache_clear()
    again, other = images_of("faces", 100, 1.0, 7), images_of("faces", 100, 1.0, 8)

    assert np.array_equal(first.damaged, again.damaged)
    assert np.array_equal(first.fold, again.fold)
    assert not np.array_equal(first.damaged, other.damaged)


def test_a_quarter_of_each_class_is_held_out_and_each_fold_has_all_classes() -> None:
    images = images_of("digits", 400, 1.0, 7)

    assert sorted(set(images.fold.tolist())) == [-1, 0, 1, 2, 3]
    for fold in range(4):
        assert set(images.y[images.fold == fold].tolist()) == set(range(10))
    assert np.bincount(images.y[images.is_held_out]).tolist() == [10] * 10


def test_half_of_the_pictures_are_faces_and_look_alike() -> None:
    images = images_of("faces", 200, 0.0, 7)
    faces, backgrounds = (images.clean[images.y == label] for label in (1, 0))

    assert len(faces) == len(backgrounds) == 100
    assert faces.std(axis=0).mean() < 0.8 * backgrounds.std(axis=0).mean()


def test_the_scores_are_those_of_a_classifier_that_saw_nothing_else() -> None:
    from sklearn.neighbors import KNeighborsClassifier

    images, configuration = images_of("digits", 100, 1.0, 2), configured(classifier="knn", knn_neighbours=3)
    train, held_out = ~images.is_held_out, images.is_held_out
    flat = images.damaged.reshape(len(images.y), -1)
    known = KNeighborsClassifier(3).fit(flat[train], images.y[train])  # distances do not feel the common scale
    wrong = [
        KNeighborsClassifier(3)
        .fit(flat[train & (images.fold != fold)], images.y[train & (images.fold != fold)])
        .predict(flat[images.fold == fold])
        != images.y[images.fold == fold]
        for fold in range(4)
    ]

    said = judge(images, configuration)

    assert said.held_out_error == pytest.approx(np.mean(known.predict(flat[held_out]) != images.y[held_out]))
    assert said.error == pytest.approx(np.mean(np.concatenate(wrong)))


@pytest.mark.parametrize("data", ["digits", "faces"])
def test_the_right_steps_beat_the_default_by_far(data: str) -> None:
    task = ImagePipeline(data=data)
    default, good = task.evaluate(trial_of()), task.evaluate(trial_of(**GOOD))

    assert good.values["error"] < 0.5 * default.values["error"]
    assert good.held_out["error"] < 0.6 * default.held_out["error"]


def test_hog_helps_only_after_the_noise_is_gone() -> None:
    hog: dict[str, Value] = {"features": "hog", "hog_cell": 5, "hog_block": 2, "classifier": "logistic"}
    noisy = ImagePipeline().evaluate(trial_of(**hog, logistic_C=0.01))
    clean = ImagePipeline().evaluate(trial_of(**hog, logistic_C=0.01, denoising="median", median_radius=1))

    assert clean.values["error"] < 0.5 * noisy.values["error"]


def test_the_gallery_has_a_picture_for_each_step() -> None:
    shown = exhibits_by_name(SMALL, trial_of(**GOOD, edges="sobel", features="hog"))
    captions = [picture.caption for picture in gallery_of(shown["steps"]).pictures]

    assert captions == [
        "Before the damage",
        "Damaged",
        "After median (radius 1)",
        "After CLAHE (clip 0.05)",
        "After sobel",
        "What the histograms of oriented gradients hold",
    ]
    assert len({picture.png for picture in gallery_of(shown["steps"]).pictures}) == len(captions)


def test_the_bars_are_the_errors_without_each_step() -> None:
    trial = trial_of(**GOOD)
    rows = {(row[0], row[2]): row[1] for row in table_of(exhibits_by_name(SMALL, trial)["leaving-out"]).rows}
    undenoised = SMALL.evaluate(trial_of(**{**GOOD, "denoising": "none"}))

    assert {name for name, _ in rows} == {"as it is", "without denoising", "without contrast", "without any step"}
    assert rows["as it is", "validation"] == SMALL.evaluate(trial).values["error"]
    assert rows["without denoising", "validation"] == undenoised.values["error"]
    assert rows["without denoising", "held out"] == undenoised.held_out["error"]


def test_the_table_counts_what_was_mistaken_for_what() -> None:
    trial = trial_of(**GOOD)
    shown, images = exhibits_by_name(SMALL, trial)["mistakes"], images_of("digits", 100, 1.0, 2)
    said = judge(images, trial.configuration)
    true, taken_for, times, share = table_of(shown).rows[0]
    is_pair = (images.y == int(str(true))) & (said.classes == int(str(taken_for))) & ~images.is_held_out

    assert times == int(is_pair.sum()) > 0
    assert share == times / int(((images.y == int(str(true))) & ~images.is_held_out).sum())
    assert f"most often, {times} times, a {true} for a {taken_for}" in text_of(shown)


def test_a_pipeline_without_mistakes_says_so() -> None:
    images = images_of("faces", 100, 0.0, 2)
    shown = exhibits.mistakes_of(Said(images.y, images), configured())

    assert text_of(shown) == "Not one of the 76 validation images was taken for another class."


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("data", ["digits", "faces"])
def test_any_trial_can_be_explained(data: str, seed: int) -> None:
    task = ImagePipeline(data=data, images=100, corruption=3.0)
    trial = Trial(0, Proposal(SPACE.sample(np.random.default_rng(seed))), seed=1, data_seed=seed)

    assert set(exhibits_by_name(task, trial)) == {"steps", "leaving-out", "mistakes"}


def test_the_same_trial_is_explained_alike() -> None:
    first, second = (exhibits_by_name(SMALL, trial_of(**GOOD)) for _ in range(2))

    assert gallery_of(first["steps"]) == gallery_of(second["steps"])
    assert table_of(first["leaving-out"]) == table_of(second["leaving-out"])
    assert first["mistakes"] == second["mistakes"]


def test_without_scikit_image_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_module, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"pip install 'tuner-bench\[images\]'"):
        SMALL.prepare()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"data": "letters"}, "no images called 'letters'; known: digits, faces"),
        ({"images": 99}, "images is a whole number in [100, 1797], not 99"),
        ({"images": True}, "images is a whole number"),
        ({"corruption": 3.5}, "corruption is a number in [0, 3], not 3.5"),
        ({"corruption": float("nan")}, "corruption is a number"),
    ],
)
def test_options_outside_what_is_allowed_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidOption) as refused:
        ImagePipeline(**options)  # type: ignore[arg-type]  # wrong on purpose

    assert message in str(refused.value)
