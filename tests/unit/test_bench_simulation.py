"""The benchmark of simulated trials: the same curves for all, counted alike."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench import simulation
from bench.recorded_curves import Curves
from bench.simulation import OPPONENT, Sizes, simulate, simulate_elsewhere, simulated_suite
from benchmarks.recorded import RecordedTable
from tuner import Configuration, Measurement, Proposal, Trial

SMALL = Sizes(tuner=40, opponent=20, workers=3, rounds=1)


@pytest.fixture(autouse=True)
def _runs_go_to_a_folder_of_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("curves", [Curves(by_number=True), Curves(by_number=False)], ids=["numbered", "described"])
def test_both_forms_of_the_curves_hold_the_same_numbers(tmp_path: Path, curves: Curves) -> None:
    task = RecordedTable(path=str(curves.write(tmp_path)))
    measured = np.load(tmp_path / "curves.npy")
    rows = pd.read_csv(tmp_path / "configurations.csv").to_dict("records")
    assert measured.shape == (270, 27, 2)
    for number, epoch in ((0, 1), (13, 9), (269, 27)):
        configuration = Configuration({str(name): value for name, value in rows[number].items()})
        outcome = task.evaluate(Trial(0, Proposal(configuration, float(epoch)), seed=1))
        error, seconds = measured[number, epoch - 1].tolist()
        assert outcome == Measurement({"error": error}, seconds=seconds)


def test_curves_that_failed_have_the_worst_error_and_seconds_never_fall(tmp_path: Path) -> None:
    Curves(by_number=True).write(tmp_path)
    measured = np.load(tmp_path / "curves.npy")
    assert not np.isnan(measured).any()
    assert (np.diff(measured[:, :, 1], axis=1) >= 0).all()


def test_the_typical_epoch_is_the_median_of_what_epochs_add(tmp_path: Path) -> None:
    Curves(by_number=True).write(tmp_path)
    added = np.diff(np.load(tmp_path / "curves.npy")[:, :, 1], axis=1, prepend=0.0)
    assert Curves(by_number=True).epoch_seconds == pytest.approx(np.median(added))


def test_a_trial_is_a_configuration_that_is_begun(tmp_path: Path) -> None:
    table = Curves(by_number=True).write(tmp_path)
    assert simulate(simulated_suite(table, "random", 60, workers=4)).trials == 60
    promoted = simulate(simulated_suite(table, "asha", 60, workers=4))
    assert 30 < promoted.trials < 60
    assert list(Path("runs").iterdir()) == []


def test_the_opponent_runs_in_its_own_interpreter_on_the_same_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "opponent.py"
    script.write_text(
        "import json, pathlib, sys\n"
        "pathlib.Path('told').write_text(' '.join(sys.argv[1:]))\n"
        "print('hello')\n"
        "print(json.dumps({'trials': 7, 'seconds': 2.0, 'cpu_seconds': 1.0}))\n"
    )
    monkeypatch.setattr(simulation, "SCRIPT", script)
    speed = simulate_elsewhere(sys.executable, tmp_path / "curves.toml", "asha", SMALL, 0.1)
    assert (speed.trials, speed.rate) == (7, 3.5)
    assert Path("told").read_text() == f"{tmp_path} asha 20 3 0.1"


def test_without_the_opponent_a_line_says_that_it_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(OPPONENT, raising=False)
    simulation.main(SMALL)
    shown = capsys.readouterr().out
    assert "Syne Tune is left out: SYNE_TUNE_PYTHON names no interpreter that has it" in shown
    rows = [line for line in shown.splitlines() if "| tuner, " in line]
    assert len(rows) == 8
    assert all(line.endswith(" × |") for line in rows)
