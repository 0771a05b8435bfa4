"""What the runner's workers need in order to ask what is remote."""

from __future__ import annotations

import os

from ..remote.exchange import TOKEN_VARIABLE
from .service_folder import ServiceFolder


def let_workers_ask(folder: ServiceFolder) -> None:
    """Put the token of the exchange into this process's environment, which its workers inherit.

    Where the service is, the server has put there already. Without a token nothing remote can be asked.
    """
    if folder.exchange_token.is_file():
        os.environ[TOKEN_VARIABLE] = folder.exchange_token.read_text(encoding="ascii").strip()
