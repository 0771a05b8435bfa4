"""Whether the service goes on with a run that was not submitted here: where its folder brings nothing of its own."""

from __future__ import annotations

import json
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
    text = (path / "suite.toml").read_text(encoding="utf-8")
    check_shape(text)
    check_submission(parse_suite(text, path.name), catalogue, runs)
    for reference in json.loads((path / "plugins.json").read_text(encoding="utf-8")):
        installed = {point.name: point.value for point in entry_points(group=_GROUPS.get(reference["kind"], ""))}
        if reference["source"] is not None or installed.get(reference["name"]) != reference["target"]:
            raise RefusedSuite(
                f"{path.name} was made with a {reference['kind']} {reference['name']!r:.80} that is not installed here "
                f"by this name: go on with `tuner resume {path.name}` in a terminal"
            )
