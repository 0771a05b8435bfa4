"""The rows of a table of trials, written at once: a template would look at each of a thousand cells on its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jinja2.filters import do_truncate
from markupsafe import Markup, escape

from results.render.cells import plain

from ..trial_query import TrialRow
from .templating import environment
from .wording import number, seconds, value

_MOST_OF_A_MESSAGE: Final = 160
"""Characters; what is a little longer is shown whole."""
_OPENED: Final = '<span class="pair">'
_BETWEEN: Final = f",</span> {_OPENED}"


def written(trials: Sequence[TrialRow], address: str) -> Markup:
    """The table's rows; `address` is that of the page of all trials, below which each has its own."""
    texts, base = _Texts(), str(escape(address))
    return Markup("\n".join([_row(trial, base, texts) for trial in trials]))  # noqa: S704  texts are escaped


class _Texts(dict[str, str]):
    """Texts as they stand in a page; most of them come again and again."""

    def __missing__(self, text: str) -> str:
        self[text] = shown = str(escape(plain(text)))
        return shown


def _row(trial: TrialRow, address: str, texts: _Texts) -> str:
    return (
        f'<tr><td class="n">{trial.study}</td>'
        f'<th scope="row" class="n"><a href="{address}/{trial.study}/{trial.trial}">{trial.trial}</a></th>'
        f"<td>{texts[trial.task]}</td><td>{texts[trial.strategy]}</td>"
        f'<td class="n">{trial.seed}</td><td>{texts[trial.status]}</td>'
        f'<td class="n">{number(trial.value)}</td><td class="n">{seconds(trial.seconds)}</td>'
        f'<td class="long">{_message(trial.message)}{_configuration(trial, texts)}</td></tr>'
    )


def _message(message: str | None) -> str:
    if not message:
        return ""
    shown = do_truncate(environment(), message, _MOST_OF_A_MESSAGE)
    return f'<span class="wrong">{escape(plain(shown))}</span> '


def _configuration(trial: TrialRow, texts: _Texts) -> str:
    pairs = [f"{texts[name]} {_value(given)}" for name, given in trial.configuration.items()]
    return f"{_OPENED}{_BETWEEN.join(pairs)}</span> " if pairs else ""


def _value(given: object) -> str:
    if type(given) is float:
        return value(given)
    return str(escape(plain(value(given))))
