"""Showing how far a run is: bars in a terminal, now and then a line elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..events import Event, RoundBegun, RunSealed, RunStarted, StopRequested, WinnersExplained, WorkerLost
from .console import say_count
from .tally import RunTally

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

SECONDS_BETWEEN_LINES = 5.0
_BAR_WIDTH = 24
_NAME_WIDTH = 34
_LINES_BESIDE_BARS = 6


@contextmanager
def show_progress(console: Console, tally: RunTally, *, is_quiet: bool = False) -> Iterator[Callable[[Event], None]]:
    """While the block runs, show what the events say; gives the watcher to call with them."""
    if is_quiet:
        yield tally.watch
    elif console.is_terminal:
        with _bars(console, tally) as watch:
            yield watch
    else:
        yield Lines(console, tally).watch


class Lines:
    """A line at the start, one every few seconds, and one for whatever is out of the ordinary."""

    def __init__(self, console: Console, tally: RunTally) -> None:
        self._console = console
        self._tally = tally
        self._said = 0.0

    def watch(self, event: Event) -> None:
        """Take note of an event, and say so where it is time to."""
        self._tally.watch(event)
        remark = describe_event(event, self._tally)
        now = self._tally.clock()
        if remark is None and now - self._said < SECONDS_BETWEEN_LINES:
            return
        self._said = now
        self._console.print(remark or describe_progress(self._tally), soft_wrap=True)


def describe_event(event: Event, tally: RunTally) -> str | None:
    """A remark on an event; None where the counts say it all."""
    remark: str | None = None
    match event:
        case RunStarted():
            remark = _describe_start(tally)
        case RoundBegun(plan, open_pairs):
            seeds = 1 + max(study.seed_index for study in plan.studies)
            remark = f"{say_count(open_pairs, 'pair')} of strategies undecided: going on to {seeds} seeds"
        case WorkerLost(_, reason):
            remark = f"a worker was lost and is replaced: {reason}"
        case WinnersExplained(tasks):
            remark = f"all trials are stored; explaining the winners of {say_count(tasks, 'task')}"
        case StopRequested():
            remark = "stopping once what is in flight is stored; Ctrl-C again stops at once"
        case RunSealed():
            remark = describe_progress(tally)
    return remark


def describe_progress(tally: RunTally) -> str:
    """The counts in one line."""
    whole = tally.total
    share = "" if whole.share is None else f" ({int(100 * whole.share)}%)"
    broken = f" ({tally.failed_studies} failed)" if tally.failed_studies else ""
    left = tally.outlook.seconds_left
    parts = [
        f"{say_count(whole.trials, 'trial')}{share}",
        f"{whole.failures:,} failed",
        f"{whole.studies_done:,}/{whole.studies:,} studies{broken}",
        f"{tally.rate:,.0f}/s" if tally.rate >= 10 else f"{tally.rate:.2g}/s",
        *([] if left is None else [f"about {_clock_time(left)} left"]),
    ]
    return ", ".join(parts)


def _clock_time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _describe_start(tally: RunTally) -> str:
    whole = tally.total
    tasks, workers = say_count(len(tally.tasks), "task"), say_count(tally.workers, "worker")
    most = "" if whole.expected is None else f", at most {say_count(whole.expected, 'trial')}"
    start = f"{tally.folder}: {_say_studies(whole.studies)} on {tasks}{most}, {workers}"
    before = f", going on after {say_count(tally.trials_before, 'trial')}" if tally.trials_before else ""
    skipped = f", {_say_studies(tally.skipped)} skipped ({_say_reasons(tally.why_skipped)})" if tally.skipped else ""
    return start + before + skipped


def _say_reasons(reasons: Sequence[str]) -> str:
    more = len(reasons) - 1
    return reasons[0] + (f"; and {say_count(more, 'other reason')}" if more else "")


def _say_studies(number: int) -> str:
    return f"{number:,} {'study' if number == 1 else 'studies'}"


@contextmanager
def _bars(console: Console, tally: RunTally) -> Iterator[Callable[[Event], None]]:
    from rich.live import Live

    def watch(event: Event) -> None:
        tally.watch(event)
        remark = None if isinstance(event, RunSealed) else describe_event(event, tally)
        if remark:
            console.print(remark)

    with Live(console=console, get_renderable=lambda: draw_bars(tally, console.height), refresh_per_second=5):
        yield watch


def draw_bars(tally: RunTally, height: int) -> RenderableType:
    """A bar a task, and the counts; tasks that are done give way where there is no room for all."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    room = max(3, height - _LINES_BESIDE_BARS)
    shown = [name for name, task in tally.tasks.items() if len(tally.tasks) <= room or task.share != 1.0][:room]
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, overflow="ellipsis", max_width=_NAME_WIDTH)
    for name in shown:
        task = tally.tasks[name]
        grid.add_row(
            Text(name),
            ProgressBar(1.0, task.share or 0.0, width=_BAR_WIDTH, pulse=task.share is None),
            Text(f"{task.trials:,}" + (f" ({task.failures:,} failed)" if task.failures else "")),
        )
    hidden = len(tally.tasks) - len(shown)
    rest = [Text(f"and {say_count(hidden, 'more task')}, done or waiting", style="dim")] if hidden else []
    return Group(grid, *rest, Text(describe_progress(tally)))
