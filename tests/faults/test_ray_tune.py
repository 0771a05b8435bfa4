"""Ray Tune itself runs trials that a strategy suggests, and goes on after an interruption as if there had been none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("private_ray", "prompt_saves")]

TRIALS = 10


@pytest.fixture
def prompt_saves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tune saves after each step, where it otherwise waits for ten seconds."""
    monkeypatch.setenv("TUNE_GLOBAL_CHECKPOINT_S", "0")
    monkeypatch.setenv("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "1")


def trainable() -> Callable[[dict[str, Any]], dict[str, float]]:
    def distance(config: dict[str, Any]) -> dict[str, float]:
        if config["net"]["width"] == config["forbidden"]:
            raise ValueError("no such width")
        return {"distance": abs(config["lr"] - 0.01) + config["net"]["width"]}

    return distance


def make_tuner(folder: Path, *, at_once: int = 1, forbidden: int = -1, callbacks: list[Any] | None = None) -> Any:
    from ray import tune

    from tuner.adapters.ray_tune import StrategySearcher

    return tune.Tuner(
        tune.with_resources(trainable(), {"cpu": 1}),
        param_space={
            "lr": tune.loguniform(1e-4, 1.0),
            "net": {"width": tune.randint(1, 5), "depth": 2},
            "forbidden": forbidden,
        },
        tune_config=tune.TuneConfig(
            search_alg=StrategySearcher("tpe", seed=3, n_startup_trials=4),
            metric="distance",
            mode="min",
            num_samples=TRIALS,
            max_concurrent_trials=at_once,
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(storage_path=str(folder), name="search", verbose=0, callbacks=callbacks),
    )


def configurations(results: Any) -> list[tuple[float, int]]:
    return sorted((result.config["lr"], result.config["net"]["width"]) for result in results)


def test_a_tuner_runs_the_trials_that_a_strategy_suggests(tmp_path: Path) -> None:
    results = make_tuner(tmp_path, at_once=2).fit()

    assert len(results) == TRIALS
    assert results.num_errors == 0
    assert len(set(configurations(results))) == TRIALS
    assert all(result.config["net"]["depth"] == 2 for result in results)


def test_a_search_goes_on_after_trials_that_raise(tmp_path: Path) -> None:
    results = make_tuner(tmp_path, forbidden=1).fit()

    widths = [result.config["net"]["width"] for result in results]
    assert len(results) == TRIALS
    assert results.num_errors == widths.count(1) > 0


def test_an_interrupted_search_goes_on_with_the_same_configurations(tmp_path: Path) -> None:
    from ray import tune

    interrupted = tmp_path / "interrupted"

    class Interrupt(tune.Callback):
        def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
            if len(trials) == 6 and not interrupted.exists():
                interrupted.touch()
                raise KeyboardInterrupt

    whole = make_tuner(tmp_path / "whole").fit()
    with pytest.raises(BaseException):  # noqa: B017
        make_tuner(tmp_path / "part", callbacks=[Interrupt()]).fit()
    restored = tune.Tuner.restore(str(tmp_path / "part" / "search"), trainable()).fit()

    assert interrupted.exists()
    assert len(restored) == TRIALS
    assert configurations(restored) == configurations(whole)
