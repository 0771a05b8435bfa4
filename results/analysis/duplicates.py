"""Repeated proposals: configurations that a study had already evaluated at the same fidelity."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..store import Store


def is_repeated(store: Store) -> NDArray[np.bool_]:
    """For each trial, as in `store.outcomes`: whether an earlier trial of its study had its configuration and fidelity.

    No fidelity means the highest. A trial that continues another one is no repetition, though later ones may repeat
    what it evaluated; trials of other studies do not count. Configurations are compared as canonical JSON; one without
    any parameter, as in an imported table that does not tell them, is no repetition.
    """
    outcomes = store.outcomes
    keys = outcomes[["position", "trial"]].copy()
    stored = store.pick(np.arange(len(keys)), "configuration", "fidelity", "resumed_from")
    keys["configuration"], _ = pd.factorize(stored["configuration"])
    highest = store.studies["fidelity_high"].to_numpy(dtype=np.float64)[outcomes["position"]]
    fidelity = stored["fidelity"].to_numpy(dtype=np.float64)
    keys["fidelity"] = np.nan_to_num(np.where(np.isnan(fidelity), highest, fidelity), nan=-1.0)
    keys = keys.sort_values(["position", "trial"], kind="stable")
    repeated = keys.duplicated(["position", "configuration", "fidelity"]).sort_index().to_numpy()
    is_known = (stored["configuration"] != "{}").to_numpy()
    found: NDArray[np.bool_] = repeated & is_known & stored["resumed_from"].isna().to_numpy()
    return found


def repeated_shares(store: Store) -> dict[str, float]:
    """The share of each strategy's trials that are repetitions, in [0, 1], in the order of the plan."""
    strategies = store.studies["strategy"].to_numpy()[store.outcomes["position"].to_numpy()]
    shares = pd.Series(is_repeated(store)).groupby(strategies).mean()
    return {name: float(shares[name]) for name in store.strategies if name in shares.index}
