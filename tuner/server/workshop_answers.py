"""What the workshop's process answers; here plug-ins are loaded, and run in part."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.errors import ResultsError

from ..errors import TunerError, describe, one_line

if TYPE_CHECKING:
    from results.report import Report
    from results.store import Store


def answer_all() -> None:
    """Answer one line after the other until there are no more; what plug-ins print goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        answers.write(json.dumps(answer(json.loads(line))).encode() + b"\n")
        answers.flush()


def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one question, or the error that there was, by the name of its class."""
    try:
        return {"answer": _ANSWERS[asked["question"]](**asked["arguments"])}
    except (TunerError, ResultsError) as error:
        return {"error": _public_class(error), "message": one_line(str(error))}
    except (Exception, SystemExit) as error:  # noqa: BLE001  whatever a plug-in raises is told over there
        return {"error": "Exception", "message": describe(error)}


def _public_class(error: TunerError | ResultsError) -> str:
    """The first of its classes that the server knows, too."""
    shared = {f"{module}.errors" for module in ("tuner", "results")}
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ in shared)


def _catalogue() -> dict[str, Any]:
    from .catalogue_making import make_catalogue

    return make_catalogue()


def _plan(suite: str, runs: str) -> dict[str, Any]:
    from .planning import planned

    return planned(suite, Path(runs))


def _report(folders: list[str], format: str, out: str, tasks: list[str], strategies: list[str]) -> dict[str, Any]:  # noqa: A002  as the format of a report is called everywhere
    from results.report import build_report

    _write(build_report(_open(folders, tasks, strategies)), format, out)
    return {}


def _comparison(folders: list[str], a: str, b: str, out: str, *, planned: bool) -> dict[str, Any]:
    from results.analysis.comparison import compare
    from results.report import Report
    from results.sections.comparison import comparison_section

    store = _open(folders, [], [])
    section = comparison_section(compare(store, a, b, planned=planned))
    title = ", ".join(dict.fromkeys(run.suite for run in store.runs))
    _write(Report(title, (section,), store.strategies, store.tasks), "json", out)
    return {}


def _open(folders: list[str], tasks: list[str], strategies: list[str]) -> Store:
    from results.store import open_store

    return open_store(*folders).narrowed(tasks, strategies)


def _write(report: Report, file_format: str, out: str) -> None:
    from results.render import render
    from results.sealing import write_text

    write_text(render(report, file_format), Path(out))


_ANSWERS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "catalogue": _catalogue,
    "plan": _plan,
    "report": _report,
    "comparison": _comparison,
}
