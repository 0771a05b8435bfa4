"""`tuner show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console


def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A strategy, task, modifier, suite or run; or FILE.py:Class, or a TOML file."
        ),
    ],
) -> None:
    """Show what a strategy, task, modifier, suite or run is; all of them where several have the name."""
    from ..errors import UnknownPlugin, suggest
    from .console import open_console

    found = _pages(name)
    if not found:
        raise UnknownPlugin(f"no strategy, task, modifier, suite or run called {name!r}{suggest(name, _known())}")
    console = open_console()
    for number, page in enumerate(found):
        if number:
            console.print()
        page(console)


def _pages(name: str) -> list[Callable[[Console], None]]:
    """What prints each thing of this name."""
    from functools import partial

    from ..suite import load_suite, shipped_suites
    from .plugin_page import print_plugin
    from .plugin_search import find_any, find_one
    from .run_page import print_run, print_suite
    from .run_paths import find_run

    if name.endswith(".py"):
        find_one(name)  # says that the class is missing
    pages: list[Callable[[Console], None]] = [partial(print_plugin, plugin) for plugin in find_any(name)]
    if name in shipped_suites() or name.endswith(".toml"):
        pages.append(partial(print_suite, load_suite(name), name))
    folder = find_run(name)
    if (folder / "run.json").is_file() or (folder.is_dir() and not pages):
        pages.append(partial(print_run, folder))  # of a folder without a run it says so
    return pages


def _known() -> set[str]:
    from ..suite import shipped_suites
    from .plugin_search import known_names
    from .run_paths import run_folders

    return {*known_names(), *shipped_suites(), *(folder.name for folder in run_folders())}
