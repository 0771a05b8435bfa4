"""Whether the service goes on with a run that was not made here: where its folder brings nothing of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

from results.run_info import read_run_info

from ..suite import parse_suite
from .cards import CatalogueContent
from .submissions import RefusedSuite, check_shape, check_submission

_GROUPS: Final = {"strategy": "tuner.strategies", "task": "tuner.tasks", "modifier": "tuner.modifiers"}


def check_adoption(path: Path, catalogue: CatalogueContent, runs: Path) -> None:
    """Raise `RefusedSuite` unless the run could have been submitted here, with just the plug-ins that are installed.

    Raises `ImportedRun` for one that was imported.

    Resuming uses what the folder says of its plug-ins, and a folder may have been made anywhere.
    """
    read_run_info(path).check_run_here()
    check_description(path, catalogue, runs)


def check_description(path: Path, catalogue: CatalogueContent, runs: Path) -> None:
    """The same of the suite and the plug-ins alone, for a run whose run.json is still to come."""
    text = _read(path / "suite.toml")
    check_shape(text)
    check_submission(parse_suite(text, path.name), catalogue, runs)
    try:
        strangers = [found for found in json.loads(_read(path / "plugins.json")) if not _is_ours(found, catalogue)]
        told = [f"{found['kind']} {found['name']!r}" for found in strangers]
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise RefusedSuite(f"{path.name}/plugins.json is no list of plug-ins") from None
    if told:
        raise RefusedSuite(
            f"{path.name} was made with a {told[0]:.100} that is not installed here by this name: "
            f"go on with `tuner resume {path.name}` in a terminal"
        )


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise RefusedSuite(f"{file.parent.name}/{file.name} is missing, or no text") from None


def _is_ours(reference: Mapping[str, object], catalogue: CatalogueContent) -> bool:
    """Whether a plug-in is what is loaded here by that name: an installed one, or another library's by an adapter."""
    kind, name, target = (str(reference[field]) for field in ("kind", "name", "target"))
    if reference["source"] is not None:
        return False
    word, colon, class_name = name.partition(":")
    if colon and kind == "strategy":
        return class_name in catalogue.adapters.get(word, []) and target == name
    installed = {point.name: point.value for point in entry_points(group=_GROUPS.get(kind, ""))}
    return installed.get(name) == target
