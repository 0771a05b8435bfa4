"""What a searcher saves: how its strategy was made, and the exchange with it, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from ...configuration import Value
from ...errors import RunChanged
from ...problem import Budget, Objective
from .exchange import Event, events_from_json, events_to_json

_VERSION = 1


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A searcher's state; fields that are None were not known yet."""

    strategy: str
    options: Mapping[str, Value]
    seed: int
    objective: Objective | None = None
    budget: Budget | None = None
    space: str | None = None
    """The param space as JSON."""
    events: tuple[Event, ...] = ()

    def write(self, path: str | Path) -> None:
        """Write the state as JSON."""
        table = {"version": _VERSION, **asdict(self), "events": events_to_json(self.events)}
        Path(path).write_text(json.dumps(table, allow_nan=False), encoding="utf-8")

    @classmethod
    def read(cls, path: str | Path) -> SavedSearch:
        """The state in a file; raises `RunChanged` where it is not one that this version has written."""
        try:
            table = json.loads(Path(path).read_text(encoding="utf-8"))
            version = table.pop("version")
            objective, budget = table.pop("objective"), table.pop("budget")
            saved = cls(
                **{**table, "events": tuple(events_from_json(table["events"]))},
                objective=Objective(**objective) if objective else None,
                budget=Budget(**budget) if budget else None,
            )
        except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
            raise RunChanged(f"{path} holds no saved search: {type(error).__name__}: {error}") from None
        if version != _VERSION:
            raise RunChanged(f"{path} has version {version!r} of the saved search, not {_VERSION}")
        return saved

    def require_same(self, mine: SavedSearch) -> None:
        """Raise `RunChanged` where a searcher was made otherwise than the one that saved this."""
        for field in ("strategy", "options", "seed", "objective", "budget", "space"):
            saved, now = getattr(self, field), getattr(mine, field)
            if saved != now and saved is not None and now is not None:
                raise RunChanged(f"the search was saved with {field} = {saved!r}; this searcher has {now!r}")
