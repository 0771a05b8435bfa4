"""The laws of a stored run, and the check that finds out whether a run on disk keeps them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from results.errors import ResultsError
from results.journal import read_blocks
from results.run_info import looks_from_json

from .configuration import Configuration
from .errors import TunerError
from .machine import changed_versions
from .problem import Objective
from .recording import study_facts, study_key
from .remade_looks import breach_of_looks
from .replaying import describe_replay
from .run_folder import RunFolder
from .seeds import SeedStream
from .space import SearchSpace
from .stored_run import NotApplicable, StoredRun, Unmet
from .testing.verdict import Verdict

_MAY_DIFFER = {"strategy_version", "best_known"}
"""What a newer version of a package may say otherwise."""
_PROBLEM = {"objectives", "goals", "space", "fidelity_name", "fidelity_high"}
"""What a task that has changed may say otherwise."""


def verify_run(path: Path, *, is_replayed: bool = False) -> list[Verdict]:
    """One verdict for each law; `is_replayed` asks every strategy again as well. Changes nothing on disk.

    Raises `InvalidSuite` where there is no run.
    """
    run = StoredRun(RunFolder(path))
    run.folder.read_info()  # a folder without a run is an error, not a verdict
    laws = LAWS if is_replayed else {law: check for law, check in LAWS.items() if check is not _check_replay}
    return [_judge(law, check, run) for law, check in laws.items()]


def _judge(law: str, check: Callable[[StoredRun], None], run: StoredRun) -> Verdict:
    try:
        check(run)
    except NotApplicable as reason:
        return Verdict(law, "skipped", str(reason))
    except Unmet as breach:
        return Verdict(law, "broken", str(breach))
    except (ResultsError, TunerError, OSError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
        text = " ".join(str(error).split())
        return Verdict(law, "broken", f"{type(error).__name__}: {text}"[:300])
    return Verdict(law, "kept")


def _check_files(run: StoredRun) -> None:
    """The suite and the plug-ins' sources are those that run.json has digests of."""
    run.check_own()
    text = (run.folder.path / "suite.toml").read_bytes()
    if hashlib.sha256(text).hexdigest() != run.info["suite_sha256"]:
        raise Unmet("suite.toml has been changed since the run was made")
    digests = {plugin["reference"]: plugin["sha256"] for plugin in run.info["plugins"]}
    for reference in run.folder.read_references().values():
        if digests.get(reference.name) != reference.sha256:
            raise Unmet(f"the source of {reference.name} in plugins.json has been changed since the run was made")


def _check_tasks(run: StoredRun) -> None:
    """The tasks have the contents that run.json has digests of, such as the rows of a table."""
    if run.changed:
        changed = ", ".join(run.changed.values())
        raise Unmet(f"the content of {changed} has changed since the run was made: restore it to verify its studies")


def _check_journal(run: StoredRun) -> None:
    if not run.folder.journals.is_dir():
        raise NotApplicable("there is no journal: the tables hold all of it")
    for _block in read_blocks(run.folder.journals):
        pass
    run.folder.read_waves()


def _check_pages(run: StoredRun) -> None:
    for path in (run.folder.studies, run.folder.trials):
        run.table(path)


def _check_counts(run: StoredRun) -> None:
    trials = run.by_study()
    for study in run.studies:
        mine = trials[study["study"]]
        failures = sum(row["status"] != "ok" for row in mine)
        for name, count in (("trials", len(mine)), ("failures", failures)):
            if study[name] != count:
                raise Unmet(f"study {study['study']} says {study[name]} {name}, but {count} are stored")


def _check_ids(run: StoredRun) -> None:
    for study, rows in run.by_study().items():
        for expected, row in enumerate(rows):
            if row["trial"] != expected:
                raise Unmet(f"study {study}: trial {row['trial']} stands where trial {expected} belongs")


def _check_plan(run: StoredRun) -> None:
    planned = run.plan.studies
    if [row["study"] for row in run.studies] != [study.number for study in planned]:
        raise Unmet(f"{len(run.studies)} studies are stored, {len(planned)} planned")
    for row, study in zip(run.studies, planned, strict=True):
        told = study_key(run.plan, study, run.info["run"]) | study_facts(study, run.plan.tasks.get(study.task.label))
        may_differ = _MAY_DIFFER | _PROBLEM if run.is_changed(study) else _MAY_DIFFER
        for name, expected in told.items():
            if name not in may_differ and row[name] != expected:
                raise Unmet(f"study {study.number}: {name} is {row[name]!r}, the suite says {expected!r}")


def _check_seeds(run: StoredRun) -> None:
    trials = run.by_study()
    for study in run.plan.studies:
        if run.is_changed(study):
            continue
        stream = SeedStream(study.root_seed, study.task.content, study.seed_index, "trial")
        data_seed = study.seed_for("data")
        seeds: dict[int, int] = {}
        for row in trials.get(study.number, []):
            earlier = row["resumed_from"]  # a trial that continues another one has its seed
            seeds[row["trial"]] = stream[row["trial"]] if earlier is None else seeds.get(earlier, -1)
            for name, expected in (("trial_seed", seeds[row["trial"]]), ("data_seed", data_seed)):
                if row[name] != expected:
                    raise Unmet(f"{_place(row)}: {name} is {row[name]}, the suite gives {expected}")
    _check_judged(run)


def _check_looks(run: StoredRun) -> None:
    """A run that added seeds until it was sure decided what its trials decide, and stopped when it had to."""
    looks = looks_from_json(run.info)
    if run.plan.suite.stop is None and not looks:
        return
    is_finished = run.info["state"] == "finished"
    if breach := breach_of_looks(run.folder.path, run.plan, looks, is_finished=is_finished):
        raise Unmet(breach)


def _check_configurations(run: StoredRun) -> None:
    run.check_own()
    spaces = {text: SearchSpace.from_json(text) for text in {row["space"] for row in run.studies if row["trials"]}}
    space_of = {row["study"]: spaces[row["space"]] for row in run.studies if row["trials"]}
    for row in run.trials:
        try:
            space_of[row["study"]].check(Configuration.from_json(row["configuration"]))
        except (TunerError, ValueError) as error:
            raise Unmet(f"{_place(row)}: {error}") from error


def _check_losses(run: StoredRun) -> None:
    objectives = {row["study"]: list(map(Objective, row["objectives"], row["goals"])) for row in run.studies}
    for row in run.trials:
        mine = objectives[row["study"]]
        if row["status"] == "ok":
            value, losses = row["values"].get(mine[0].name), [o.loss(row["values"][o.name]) for o in mine]
        else:
            value, losses = None, None
        if (row["value"], row["losses"]) != (value, losses):
            stored = f"value {row['value']}, losses {row['losses']}"
            raise Unmet(f"{_place(row)} ({row['status']}): {stored}; its values give {value}, {losses}")


def _check_replay(run: StoredRun) -> None:
    from .evaluators.threads import pin_threads

    pin_threads()  # as where it was run: with more threads sums are split otherwise
    differences = list(_differences(run))
    if differences:
        more = f" (and {len(differences) - 1} more studies)" if len(differences) > 1 else ""
        raise Unmet(differences[0] + more + _other_versions(run))
    _check_judged(run)


def _differences(run: StoredRun) -> Iterator[str]:
    table = run.table(run.folder.trials)
    numbers = table["study"].to_numpy()
    for row in run.studies:
        study = run.plan.studies[row["study"]]
        if row["status"] in {"finished", "stopped"} and not run.is_changed(study):
            mine = table.filter(pa.array(numbers == study.number))
            difference = describe_replay(
                study, run.plan.tasks[study.task.label], mine, is_over=row["status"] != "stopped"
            )
            if difference is not None:
                yield f"study {study.number} ({study.strategy.label} on {study.task.label}): {difference}"


def _other_versions(run: StoredRun) -> str:
    """What else than the strategy may be the reason: packages that were changed since."""
    changed = changed_versions(run.info["versions"])
    return f"; it was run with other versions: {', '.join(changed)}" if changed else ""


def _check_judged(run: StoredRun) -> None:
    """Raise `NotApplicable` where studies were left out, since their tasks are no longer what was run."""
    if run.changed:
        raise NotApplicable(f"not judged where the content of the task has changed: {', '.join(run.changed.values())}")


def _place(row: dict[str, Any]) -> str:
    return f"study {row['study']}, trial {row['trial']}"


LAWS: dict[str, Callable[[StoredRun], None]] = {
    "the suite and the plug-ins' sources are those that were run": _check_files,
    "the tasks' contents are those that were run": _check_tasks,
    "the journal's blocks are whole": _check_journal,
    "every page of the tables matches its checksum": _check_pages,
    "the studies say how many trials are stored": _check_counts,
    "the trials of a study are numbered from 0, none twice": _check_ids,
    "the studies are those that the suite plans": _check_plan,
    "every seed is the one that the suite gives": _check_seeds,
    "the looks at pairs of strategies follow from the trials": _check_looks,
    "every configuration lies in its space": _check_configurations,
    "every loss follows from the measured value and the goal": _check_losses,
    "every strategy proposes the same again": _check_replay,
}
"""Each law and its check, the fundamental ones first."""
