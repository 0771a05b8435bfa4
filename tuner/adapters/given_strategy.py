"""The strategy that another library is given: by its name, or as a class."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral

from ..errors import InvalidOption, suggest
from ..registry import Reference, find, load_strategy
from ..strategy import SearchStrategy, own_options


@dataclass(frozen=True, slots=True)
class GivenStrategy:
    """A strategy that is loaded when it is needed, so that a name can be pickled without the class."""

    source: Reference | type[SearchStrategy]

    @classmethod
    def of(cls, strategy: object, options: Iterable[str]) -> GivenStrategy:
        """The strategy of this name, or this class; raises `UnknownPlugin`, or `InvalidOption` for an unknown option.

        Raises `InvalidOption` too for what is neither a name nor a class.
        """
        if not isinstance(strategy, str) and not (isinstance(strategy, type) and issubclass(strategy, SearchStrategy)):
            raise InvalidOption(f"strategy is a name or a SearchStrategy class, not {strategy!r:.80}")
        given = cls(find("strategy", strategy) if isinstance(strategy, str) else strategy)
        kind = given.load()
        known = own_options(kind)
        for name in options:
            if name not in known:
                raise InvalidOption(f"{kind.__name__} has no option {name!r}{suggest(name, known)}")
        return given

    @property
    def name(self) -> str:
        """The name that was given, or that of the class."""
        return self.source.name if isinstance(self.source, Reference) else self.source.__qualname__

    def load(self) -> type[SearchStrategy]:
        """The strategy's class."""
        return load_strategy(self.source) if isinstance(self.source, Reference) else self.source


def checked_seed(seed: object) -> int:
    """The seed, a whole number from zero up; raises `InvalidOption`."""
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise InvalidOption(f"seed is a whole number of at least 0, not {seed!r:.80}")
    return int(seed)
