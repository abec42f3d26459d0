"""The commands that keep running: the API with its worker, the console, or both under one Ctrl-C."""

import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.show import say
from app.domain.errors import Permanent, Temporary

if TYPE_CHECKING:
    import uvicorn

    from app.bootstrap import Application
    from app.settings import Settings

LEAST_FREE = 100_000_000
START_PATIENCE = 240.0
STOP_PATIENCE = 10.0
Data = Annotated[Path | None, typer.Option("--data", help="The data folder (CAUSEWAY_DATA).")]
Host = Annotated[str | None, typer.Option("--host", help="A loopback address to bind to.")]
ApiAt = Annotated[int | None, typer.Option("--api-port", min=1, max=65535, help="The API's port (CAUSEWAY_API_PORT).")]
ConsoleAt = Annotated[
    int | None, typer.Option("--console-port", min=1, max=65535, help="The console's port (CAUSEWAY_CONSOLE_PORT).")
]


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(up)
    cli.command()(api)
    cli.command()(worker)
    cli.command()(console)


def up(data: Data = None, host: Host = None, api_port: ApiAt = None, console_port: ConsoleAt = None) -> None:
    """Start the API and the console; Ctrl-C stops both."""
    settings = _settings_from_flags(data=data, host=host, api_port=api_port, console_port=console_port)
    with (
        _stop_event() as stop,
        _claimed_ports(settings) as (api_socket, console_socket),
        _serve_api(settings, api_socket, stop),
    ):
        console_socket.close()
        child = _console_process(settings)
        try:
            _wait_until(lambda: _port_listens(settings.host, settings.console_port), stop, child, "console")
            if not stop.is_set():
                say(f"Console  {settings.console_url}")
                say(f"API      {settings.api_url}/docs")
                say("Ctrl-C stops both.")
            _watch_child(stop, child)
        finally:
            _end_child(child)


def api(data: Data = None, host: Host = None, api_port: ApiAt = None) -> None:
    """Start the API with its worker, without the console."""
    settings = _settings_from_flags(data=data, host=host, api_port=api_port)
    from app.cli.ports import claim_port, nobody_else_at

    with (
        _stop_event() as stop,
        claim_port(settings.host, settings.api_port) as api_socket,
        nobody_else_at(settings.host, settings.api_port),
        _serve_api(settings, api_socket, stop),
    ):
        say(f"API      {settings.api_url}/docs")
        stop.wait()


def worker(data: Data = None) -> None:
    """Start a worker without the API: more hands, on a PostgreSQL database that others work on too."""
    settings = _settings_from_flags(data=data)
    if settings.database is None:
        raise Permanent(
            "A worker of its own needs PostgreSQL (CAUSEWAY_DATABASE_URL): a SQLite store is written by one process,"
            " the API."
        )
    with _stop_event() as stop:
        application = _open_application(settings)
        application.start()
        try:
            say("Working. Ctrl-C stops after the step at hand.")
            stop.wait()
        finally:
            application.stop()


def console(data: Data = None, host: Host = None, api_port: ApiAt = None, console_port: ConsoleAt = None) -> None:
    """Start the console alone, as a client of a running API over the same data folder, which holds its key."""
    settings = _settings_from_flags(data=data, host=host, api_port=api_port, console_port=console_port)
    from app.cli.ports import claim_port, nobody_else_at

    claim_port(settings.host, settings.console_port).close()
    with _stop_event() as stop, nobody_else_at(settings.host, settings.console_port):
        child = _console_process(settings)
        try:
            say(f"Console  {settings.console_url}")
            _watch_child(stop, child)
        finally:
            _end_child(child)


def _settings_from_flags(**given: Any) -> "Settings":
    """The environment's settings with the flags over them; refused when the address is not this machine's own."""
    from app.settings import Settings

    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    if not _is_loopback(settings.host):
        raise Permanent(
            f"Local mode binds to this machine only (127.0.0.1), not to {settings.host}: whoever reaches it is an"
            " administrator."
        )
    return settings


def _is_loopback(host: str) -> bool:
    import ipaddress

    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


@contextmanager
def _claimed_ports(settings: "Settings") -> Iterator[tuple[socket.socket, socket.socket]]:
    from app.cli.ports import claim_port, nobody_else_at

    with (
        claim_port(settings.host, settings.api_port) as first,
        claim_port(settings.host, settings.console_port) as second,
        nobody_else_at(settings.host, settings.api_port, settings.console_port),
    ):
        yield first, second


@contextmanager
def _stop_event() -> Iterator[threading.Event]:
    """An event that Ctrl-C, a termination or a closed terminal sets."""
    stop = threading.Event()
    kinds = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {kind: signal.signal(kind, lambda *_: stop.set()) for kind in kinds}
    try:
        yield stop
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


@contextmanager
def _serve_api(settings: "Settings", listening: socket.socket, stop: threading.Event) -> Iterator[None]:
    """The API in a thread of this process until the block ends."""
    server = _build_server(settings)
    thread = threading.Thread(target=_run_server, args=(server, listening, stop), name="api", daemon=True)
    thread.start()
    try:
        while thread.is_alive() and not server.started and not stop.wait(0.05):
            continue
        if not server.started and not stop.is_set():
            raise Temporary("The API did not start; the lines above say why.")
        yield
    finally:
        server.should_exit = True
        thread.join(STOP_PATIENCE * 3)


def _run_server(server: "uvicorn.Server", listening: socket.socket, stop: threading.Event) -> None:
    """Serve until told to stop; whatever ends the server ends the command."""
    try:
        server.run(sockets=[listening])
    finally:
        if server.started:
            stop.set()


def _build_server(settings: "Settings") -> "uvicorn.Server":
    """The server around a freshly opened data folder; one sentence when the folder cannot be used."""
    import uvicorn

    from app.cli.client import server_factory

    config = uvicorn.Config(
        server_factory()(_open_application(settings)),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
        server_header=False,
    )
    return uvicorn.Server(config)


def _open_application(settings: "Settings") -> "Application":
    """The product over its data folder; one sentence when the folder cannot be used."""
    from app.cli.client import build_product
    from app.process.collector import calm_collector
    from app.process.private_files import own_folder

    try:
        own_folder(settings.data)
        if shutil.disk_usage(settings.data).free < LEAST_FREE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        built = build_product(settings)
        calm_collector(for_good=True)
        return built
    except OSError as problem:
        raise Permanent(_why_unusable(settings.data, problem)) from None


def _why_unusable(data: Path, problem: OSError) -> str:
    if problem.errno == errno.ENOSPC:
        return f"The disk that holds {data} is full; free some space or choose another folder with --data."
    return f"The data folder {data} cannot be used: {problem.strerror}."


def _console_process(settings: "Settings") -> "subprocess.Popen[bytes]":
    from app.settings import PROJECT

    flags = {
        "--server.address": settings.host,
        "--server.port": str(settings.console_port),
        "--server.headless": "true",
        "--browser.gatherUsageStats": "false",
    }
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "streamlit_app.py",
        *(part for flag in flags.items() for part in flag),
    ]
    environment = {
        **os.environ,
        "CAUSEWAY_HOST": settings.host,
        "CAUSEWAY_API_PORT": str(settings.api_port),
        "CAUSEWAY_CONSOLE_PORT": str(settings.console_port),
        "CAUSEWAY_DATA": str(settings.data.resolve()),
    }
    return subprocess.Popen(command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603 (our own command)


def _port_listens(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def _wait_until(answers: Any, stop: threading.Event, child: "subprocess.Popen[bytes]", name: str) -> None:
    """Until it answers or the command is stopped; Temporary when the child ended or never answers."""
    for _ in range(int(START_PATIENCE * 5)):
        if answers() or stop.wait(0.2):
            return
        if child.poll() is not None:
            raise Temporary(f"The {name} did not start; the lines above say why.")
    raise Temporary(f"The {name} did not answer within {START_PATIENCE:.0f} seconds.")


def _watch_child(stop: threading.Event, child: "subprocess.Popen[bytes]") -> None:
    while not stop.wait(0.5):
        if child.poll() is not None:
            raise Temporary("The console ended by itself; the lines above say why.")


def _end_child(child: "subprocess.Popen[bytes]") -> None:
    """Ask the child to end, and end it when it does not."""
    child.terminate()
    try:
        child.wait(STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
