"""`tuner serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .run_paths import RUNS, place

if TYPE_CHECKING:
    from ..server.settings import ServerSettings

_Certificate = Annotated[
    Path | None, typer.Option(callback=place, metavar="FILE", help="Certificate, to be reached from other machines.")
]
_Key = Annotated[Path | None, typer.Option(callback=place, metavar="FILE", help="The certificate's key.")]


def serve(
    runs: Annotated[Path, typer.Option(callback=place, metavar="DIR", help="Folder of the runs.")] = RUNS,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, metavar="N", help="Port to listen at.")] = 8321,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Worker processes of a run; default: one for each core.")
    ] = None,
    ray_address: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Ray cluster to join; default: a private one.")
    ] = None,
    tls_cert: _Certificate = None,
    tls_key: _Key = None,
    behind_proxy: Annotated[
        str | None, typer.Option(metavar="URL", help="Where browsers reach it through a proxy that encrypts.")
    ] = None,
    proxy_address: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="From where the proxy comes; default: this machine. Repeatable."),
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option(metavar="HOST", help="One more host name of the service. Repeatable.")
    ] = None,
    new_code: Annotated[
        bool, typer.Option("--new-code", help="Print another link for the service that runs already, and exit.")
    ] = False,
    read_only: Annotated[
        bool,
        typer.Option("--read-only", help="With --new-code: a link that lets its browser look, and change nothing."),
    ] = False,
) -> None:
    """Serve runs to a browser and to programs: submit suites, watch them, compare. Ctrl-C stops it."""
    if read_only and not new_code:
        raise typer.BadParameter("--read-only belongs to --new-code")
    if new_code:
        _print_new_code(runs, read_only=read_only)
        return
    from ..server.settings import LOOPBACK, ServerSettings

    _serve(
        ServerSettings(
            runs=runs,
            host=host,
            port=port,
            workers=workers,
            ray_address=ray_address,
            tls_certificate=tls_cert,
            tls_key=tls_key,
            proxy_url=behind_proxy,
            proxy_addresses=tuple(proxy_address or LOOPBACK),
            names=tuple(name or ()),
        )
    )


def _print_new_code(runs: Path, *, read_only: bool) -> None:
    import time

    from ..server.browser_sessions import BrowserSessions
    from ..server.listening import url_of_service
    from ..server.service_folder import ServiceFolder
    from ..server.tokens import Access

    folder = ServiceFolder(runs)
    url = url_of_service(folder)
    sessions = BrowserSessions(folder.database)
    access = Access.READ if read_only else Access.FULL
    typer.echo(f"{url}/enter?code={sessions.new_code(time.time(), access=access)}")


def _serve(settings: ServerSettings) -> None:
    """Open the port first, then start what runs beside the server, and say where it is."""
    import logging

    from ..server.listening import check_certificate, open_socket, sole_service

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    check_certificate(settings)
    settings.folder.create()
    with sole_service(settings), open_socket(settings) as opened:
        from ..server.running import run_service

        run_service(settings, opened, lambda code: _say_where(settings, code))
    typer.echo("stopped", err=True)


def _say_where(settings: ServerSettings, code: str) -> None:
    typer.echo(f"serving {settings.runs} at {settings.url}")
    typer.echo(f"in a browser: {settings.url}/enter?code={code}")
    typer.echo(f"for programs: Authorization: Bearer, with the token in {settings.folder.token}")
    typer.echo("Ctrl-C stops it; runs go on where they were when it starts again", err=True)
