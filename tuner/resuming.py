"""Whether a run can go on: nothing that decides its results may have changed since it was begun."""

from __future__ import annotations

from collections.abc import Mapping

from results.journal import Wave
from results.records import SCHEMA_VERSION

from .errors import RunChanged
from .machine import changed_versions
from .plan import Plan
from .run_folder import RunFolder


def check_schema(folder: RunFolder, begun_with: str) -> None:
    """Raise `RunChanged` where the run was begun with another version of the stored schema."""
    if begun_with != SCHEMA_VERSION:
        told = f"was begun with version {begun_with} of the stored schema, and this is {SCHEMA_VERSION}"
        raise RunChanged(f"{folder.path} {told}: finish it with the tuner-bench that began it")


def check_versions(folder: RunFolder, before: Mapping[str, str]) -> None:
    """Raise `RunChanged` where a package that decides results has another version now; `before` has those by name."""
    if changed := changed_versions(before):
        told = ", ".join(changed)
        raise RunChanged(f"{folder.path} was begun with other versions: {told}; resume it with --accept-changes")


def check_contents(folder: RunFolder, plan: Plan, before: Mapping[str, str]) -> None:
    """Raise `RunChanged` where a task, such as a table in a file, is not what it was; `before` has digests by label."""
    changed = next(iter(plan.changed_tasks(before).values()), None)
    if changed is not None:
        told = f"the content of {changed} has changed since it was begun"
        raise RunChanged(f"{folder.path} cannot go on: {told}; restore it, or begin a new run")


def check_shard(folder: RunFolder, wave: Wave, planned: Mapping[int, frozenset[int]]) -> None:
    """Raise `RunChanged` where the plan now has other studies in the wave's shard, since other ones are skipped."""
    stored = {*wave.rows["study"].to_pylist(), *(end.study for end in wave.ended)}
    if not stored <= planned.get(wave.shard, frozenset()):
        told = "other studies were skipped when it was begun: a package that one needs has come or gone since"
        raise RunChanged(f"{folder.path} cannot go on: {told}; install or remove it, or begin a new run")
