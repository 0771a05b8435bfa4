"""A run as a folder in the format of IOHprofiler, for IOHinspector and IOHanalyzer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from ..configuration import Value
from ..parameter import Categorical, Parameter
from .export import CannotExport, Export, placed
from .stored_study import StoredStudy, unique_names

FORMAT_VERSION = "0.3.22"
"""The version of ioh whose format is written."""
_COLUMNS = ("evaluations", "raw_y", "work", "seconds")
_MISSING = "NA"
_NAME_LENGTH = 60


def write_folder(studies: list[StoredStudy], out: Path) -> Export:
    """Write a folder for each strategy; in it each task is a function, numbered from 1, and each seed a run.

    A trial is an evaluation; `work` and `seconds` are what all trials so far have cost. Written are the first trial,
    each improvement and the last trial, with the best value so far. A failure, and a trial below the highest fidelity,
    counts as an evaluation without a value. Tasks of several objectives are left out.
    """
    single = [study for study in studies if len(study.objectives) == 1]
    left_out = [f"{task}: several objectives" for task in _tasks(studies) if task not in _tasks(single)]
    if not single:
        raise CannotExport("the format of IOHprofiler holds one objective, and every task of the run has several")
    with placed(out) as folder:
        strategies = list(dict.fromkeys(study.strategy for study in single))
        for strategy, name in zip(strategies, unique_names(map(_slug, strategies)), strict=True):
            for number, task in enumerate(_tasks(studies), 1):
                mine = [study for study in single if (study.strategy, study.task) == (strategy, task)]
                if mine:
                    _write(mine, number, folder / name)
    opened_with = f"iohinspector.DataManager().add_folder({str(out)!r})"
    return Export(out, len(single), sum(len(study.trials) for study in single), opened_with, tuple(left_out))


def _tasks(studies: Sequence[StoredStudy]) -> list[str]:
    return list(dict.fromkeys(study.task for study in studies))


def _write(studies: Sequence[StoredStudy], number: int, folder: Path) -> None:
    """Write one strategy's studies of one task: a JSON file, and beside it a folder with one file of data."""
    first = studies[0]
    name, dimension = _slug(first.task), len(first.space)
    data = Path(f"data_f{number}_{name}") / f"IOHprofiler_f{number}_DIM{dimension}.dat"
    (folder / data.parent).mkdir(parents=True)
    (folder / data).write_text("".join(f"{line}\n" for study in studies for line in _lines(study)), encoding="utf-8")
    described = {
        "version": FORMAT_VERSION,
        "suite": first.facts["suite"],
        "function_id": number,
        "function_name": first.task,
        "maximization": first.objectives[0].goal == "maximize",
        "algorithm": {"name": first.strategy, "info": _info(first)},
        "experiment_attributes": [],
        "attributes": list(_COLUMNS),
        "scenarios": [{"dimension": dimension, "path": str(data), "runs": [_run(study) for study in studies]}],
    }
    text = json.dumps(described, indent="\t", ensure_ascii=False)
    (folder / f"IOHprofiler_f{number}_{name}.json").write_text(text, encoding="utf-8")


def _info(study: StoredStudy) -> str:
    facts = study.facts
    return f"{facts['strategy_name']} {facts['strategy_options']} {facts['strategy_version']}".strip()


def _lines(study: StoredStudy) -> Iterator[str]:
    yield " ".join(_COLUMNS)
    curve = study.incumbents()
    work = list(accumulate(trial.work for trial in study.trials))
    seconds = list(accumulate(trial.seconds for trial in study.trials))
    for index, best in enumerate(curve):
        if index in {0, len(curve) - 1} or best != curve[index - 1]:
            yield f"{index + 1} {_MISSING if best is None else repr(best)} {work[index]!r} {seconds[index]!r}"


def _run(study: StoredStudy) -> dict[str, object]:
    curve = study.incumbents()
    best = curve[-1]
    found: dict[str, object] = {"evals": 0, "y": None, "x": []}
    if best is not None:
        index = curve.index(best)
        configuration = study.trials[index].configuration
        point = [_coordinate(parameter, configuration.get(n)) for n, parameter in study.space.parameters.items()]
        found = {"evals": index + 1, "y": best, "x": point}
    return {"instance": study.seed, "evals": len(study.trials), "best": found}


def _coordinate(parameter: Parameter, value: Value | None) -> float | None:
    """The number itself, or the position of the choice; None where the parameter is not active."""
    if value is None:
        return None
    return float(parameter.choices.index(value) if isinstance(parameter, Categorical) else value)


def _slug(label: str) -> str:
    """The label as a file's name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", label)[:_NAME_LENGTH].strip("-.") or "unnamed"
