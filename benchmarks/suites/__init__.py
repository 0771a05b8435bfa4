"""The suites that ship: a TOML file each, found through an entry point of the same name."""

from __future__ import annotations

from pathlib import Path

bbob = classic = detection = full = images = imbalanced = quick = scaling = standard = text = Path(__file__).parent
"""The folder that holds the suite files."""
vanishing_gradients = bbob
