"""`tuner explain`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .run_paths import place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.exhibits import Exhibit
    from results.items import Item
    from results.report import Section

    from ..configuration import Configuration
    from ..explaining import Explanation
    from ..task import Task
    from ..trial import Failure

_Texts = list[str] | None


def explain(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A run, or a task: its name, or FILE.py:Class.")],
    task: Annotated[str | None, typer.Option(metavar="LABEL", help="Of a run: this task only.")] = None,
    study: Annotated[int | None, typer.Option(metavar="N", help="Of a run: a trial of this study.")] = None,
    trial: Annotated[int | None, typer.Option(metavar="N", help="Of that study: this trial; default its best.")] = None,
    options: Annotated[_Texts, typer.Option("--options", "-o", metavar="KEY=VALUE|JSON", help="Of a task.")] = None,
    parameters: Annotated[
        _Texts, typer.Option("--parameters", "-p", metavar="KEY=VALUE|JSON", help="In place of a task's defaults.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of a task: the seed of the trial and its data.")] = 0,
    out: Annotated[
        Path | None, typer.Option(callback=place, metavar="FILE", help="Write a page instead of the terminal.")
    ] = None,
) -> None:
    """Show what a configuration teaches: the best trials of a run, or a task's defaults."""
    from ..errors import InvalidOption
    from ..evaluators.threads import pin_threads
    from ..registry import entry_points
    from .run_paths import find_run

    pin_threads()
    folder = find_run(name)
    if (folder / "run.json").is_file() or (folder.is_dir() and name not in entry_points("task")):
        if options or parameters:
            raise InvalidOption(f"{name} is a run: --options and --parameters are for a task")
        sections = _sections_of(_chosen(folder, task, study, trial), is_best=trial is None)
    else:
        if (task, study, trial) != (None, None, None):
            raise InvalidOption(f"there is no run {name}: --task, --study and --trial are for a run")
        sections = [_section_of_task(name, options or (), parameters or (), seed)]
    _show(f"What {name} teaches", sections, out)


def _chosen(folder: Path, label: str | None, study: int | None, trial: int | None) -> Sequence[Explanation]:
    """The trials of a run that are to be explained; one clear line where there is none."""
    from results.reading import read_columns
    from results.records import OUTCOMES
    from results.run_info import read_run_info

    from ..errors import InvalidOption, suggest
    from ..explaining import best_trials, chosen_trial
    from ..plan import make_plan
    from ..run_folder import RunFolder

    run = RunFolder(folder)
    run.read_info()  # a folder without a run, or a run of a newer schema, is told as such
    read_run_info(folder).check_run_here()
    plan = make_plan(run.read_suite(), run.path, run.read_references())
    if label is not None and label not in plan.tasks:
        raise InvalidOption(f"no task {label!r} in {folder}{suggest(label, plan.tasks)}")
    if trial is not None and study is None:
        raise InvalidOption("--trial counts within a study: say --study, too")
    if not run.trials.exists():
        raise InvalidOption(f"{folder} has no trials yet")
    outcomes = read_columns(run.trials, OUTCOMES.names).cast(OUTCOMES)
    found = [chosen_trial(plan, outcomes, study, trial)] if study is not None else best_trials(plan, outcomes)
    found = [one for one in found if label in {None, one.planned.label}]
    if not found:
        raise InvalidOption(
            f"nothing to explain in {folder}: no task of it shows anything, or none of its trials ended"
        )
    return found


def _sections_of(explanations: Sequence[Explanation], *, is_best: bool) -> list[Section]:
    """A section each; of several tasks one that fails says so in its place."""
    from results.items import Note
    from results.report import Section

    from ..errors import TunerError

    found = []
    for one in explanations:
        try:
            found.append(_section_of(one, is_best=is_best))
        except TunerError as error:
            if len(explanations) == 1:
                raise
            found.append(Section(_anchor(one.planned.label), one.planned.label, (Note(str(error)),)))
    return found


def _section_of(explanation: Explanation, *, is_best: bool) -> Section:
    """With the rule by which the trial was chosen, where that does not go without saying."""
    from results.exhibits import SEVERAL_OBJECTIVES
    from results.items import Text

    found = _checked(explanation.exhibits(), explanation.planned.label)
    is_balanced = is_best and len(explanation.planned.build().problem.objectives) > 1
    title = (
        f"{explanation.planned.label}: study {explanation.trial.study} ({explanation.strategy}, "
        f"seed {explanation.seed}), trial {explanation.trial.id}"
    )
    return _section(title, explanation.trial.configuration, found, (Text(SEVERAL_OBJECTIVES),) if is_balanced else ())


def _section_of_task(name: str, options: Sequence[str], parameters: Sequence[str], seed: int) -> Section:
    from ..errors import InvalidOption, MissingExtra
    from ..evaluation import TrialEvaluator
    from ..extras import lacks
    from ..plan import Limits
    from ..planned import PlannedTask
    from ..registry import find
    from ..trial import Proposal, Trial
    from .checking import parse_options

    planned = PlannedTask(name, find("task", name), parse_options(options))
    task = planned.build()
    if reason := lacks(task.card):
        raise MissingExtra(f"{name} {reason}")
    if not task.explains():
        raise InvalidOption(f"{name} has nothing to show: it has no explain")
    configuration = _configured(task, parse_options(parameters))
    found = _checked(TrialEvaluator(task, Limits(), "").explain(Trial(0, Proposal(configuration), seed, seed)), name)
    return _section(name, configuration, found)


def _checked(found: Sequence[Exhibit] | Failure, owner: str) -> Sequence[Exhibit]:
    """The exhibits, if they can be shown; raises TunerError, in one line, where there are none."""
    from results.errors import ResultsError
    from results.exhibits import to_json

    from ..errors import TunerError
    from ..trial import Failure

    if isinstance(found, Failure):
        raise TunerError(f"{owner}: explain failed ({found.kind}): {found.message}")
    try:
        to_json(found)
    except (ResultsError, TypeError, ValueError) as error:
        raise TunerError(f"{owner}: explain gave what cannot be shown: {error}") from error
    return found


def _configured(task: Task, changes: dict[str, str | int | float]) -> Configuration:
    """The default configuration with some values changed; what is then inactive is left out."""
    from ..parameter import default_of

    space = task.problem.space
    defaults = {name: default_of(parameter) for name, parameter in space.parameters.items()}
    configuration = space.restrict({**defaults, **changes})
    space.check({**configuration, **changes})
    return configuration


def _section(
    title: str, configuration: Configuration, exhibits: Sequence[Exhibit], told: Sequence[Item] = ()
) -> Section:
    from results.items import Column, Heading, Table
    from results.report import Section

    rows = tuple((name, str(value)) for name, value in configuration.items())
    items = [*told, Table("The configuration", (Column("parameter"), Column("value")), rows)]
    for exhibit in exhibits:
        items += [Heading(exhibit.title), *exhibit.items]
    return Section(_anchor(title), title, tuple(items))


def _anchor(title: str) -> str:
    import re

    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _show(title: str, sections: Sequence[Section], out: Path | None) -> None:
    from results.render import render
    from results.render.terminal import render_terminal
    from results.report import Report

    from .console import open_console
    from .narrowing import fit_report
    from .reporting import Format, deliver

    built = Report(title, tuple(sections))
    if out is not None:
        deliver(built, render(built, Format.HTML.value), out)
        return
    console = open_console()
    render_terminal(fit_report(built, console.width), console, shown=None)
