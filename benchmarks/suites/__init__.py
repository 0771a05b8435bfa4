"""The suites that ship: a TOML file each, found through an entry point of the same name."""

from __future__ import annotations

from pathlib import Path

bbob = black_box = classic = detection = full = images = imbalanced = Path(__file__).parent
"""The folder that holds the suite files."""
multi_fidelity = multi_objective = quick = scaling = standard = text = vanishing_gradients = bbob
