"""A declared chart as Vega: what is drawn on paper, and what the page's script draws again and lets its reader move."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TypeAlias

import vl_convert

from ..items import Specification
from .cells import plain

Vega: TypeAlias = dict[str, object]
"""A Vega chart as JSON."""

_DIGITS = 9
"""Significant digits of a number in a chart: more than a screen can show, fewer than a float holds."""


def compile_chart(specification: Specification) -> Vega:
    """The chart in Vega's own language, its colours as declared; raises ValueError where it cannot be drawn."""
    with_tips = _with_tips(_clean(specification))
    compiled: Vega = vl_convert.vegalite_to_vega(json.dumps(with_tips))
    return compiled


def _with_tips(specification: object) -> object:
    """Marks tell what they stand for, unless they say what to tell."""
    if not isinstance(specification, dict):
        return specification
    config = specification.get("config", {})
    tips = {"mark": {"tooltip": True, **config.get("mark", {})}, "tooltipFormat": {"numberFormat": ".4~g"}}
    return {**specification, "config": {**config, **tips}}


def _clean(value: object) -> object:
    """The specification without characters and numbers that the renderer cannot take."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Mapping):
        return {name: _clean(part) for name, part in value.items()}
    return [_clean(part) for part in value] if isinstance(value, list | tuple) else value
