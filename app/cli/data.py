"""The data in the terminal: back them up, restore them, throw away what is old, bring the store up to date."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say, say_or_json
from app.domain.errors import BadInput, Conflict, Permanent

if TYPE_CHECKING:
    from app.services.operations.restore import Place, Restored
    from app.settings import Settings

group = typer.Typer(help="The store's own shape: bring it up to date, or say where it stands.", no_args_is_help=True)
Data = Annotated[Path | None, typer.Option("--data", help="The data folder (CAUSEWAY_DATA).")]
LONG_AGO = 36_500
KINDS = {
    "checkpoints": "bookmark(s) of incidents that ended",
    "signals": "signal(s) that joined no incident",
    "patterns": "pattern(s) no open incident refers to",
    "replies": "answer(s) kept by Idempotency-Key",
    "outbox": "send(s) that ended",
}


def register(cli: typer.Typer) -> None:
    """Add the commands of this file that stand alone."""
    for command in (backup, restore, prune):
        cli.command()(command)


def backup(
    file: Annotated[Path, typer.Argument(help="The .tar.gz to write.", dir_okay=False)],
    force: Annotated[bool, typer.Option("--force", help="Replace the file when it is there already.")] = False,
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Copy the whole store into one file, also while the server runs."""
    from app.cli.client import open_line
    from app.store.backup.archive import check_backup

    if file.exists() and not force:
        raise Conflict(f"{file} is there already; --force replaces it.")
    with open_line("default", api_port) as product, _whole_file(file, force=force) as (part, sink):
        product.save("/backup", sink)
        sink.flush()
        manifest = check_backup(part)
    if json_:
        heads = {tenant_id: head.plain() for tenant_id, head in manifest.heads.items()}
        as_json(
            {
                "file": str(file),
                "rows": manifest.rows,
                "tables": len(manifest.tables),
                "revision": manifest.revision,
                "heads": heads,
            }
        )
        return
    say(
        f"{manifest.rows} row(s) of {len(manifest.tables)} tables (revision {manifest.revision}) are in {file}; it was"
        " read back and is whole."
    )
    for tenant_id, head in manifest.heads.items():
        broken = f", and is broken at link {head.first_bad}: {head.reason}" if head.first_bad is not None else ""
        say(f"  The chain of tenant {tenant_id} ends at link {head.seq}{broken}.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that backup wrote.", exists=True, dir_okay=False)],
    data: Data = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Move a store that is there aside, and restore in its place.")
    ] = False,
    json_: AsJson = False,
) -> None:
    """Load a backup into an empty folder, or a stopped server's; all of it or nothing."""
    from app.services.operations import restore as restoring
    from app.store.audit.anchor import FileAnchor
    from app.system import SystemClock

    settings = _settings_for(data)
    anchor = FileAnchor(settings.anchor_file, settings.anchor_file.with_name(f"{settings.anchor_file.name}.key"))
    done = restoring.restore_backup(file, _place_of(settings), anchor, SystemClock().now(), replace=replace)
    if json_:
        as_json(done.plain())
    else:
        _show_restore(done)


def prune(
    older_than: Annotated[str, typer.Option("--older-than", help="An age in days, such as 30d.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Throw away a tenant's bookmarks, signals, patterns, answers and sends that are old and not needed;
    events stay.
    """
    from app.cli.client import open_line

    wanted = {"older_than_days": _parse_days(older_than), "dry_run": dry_run}
    with open_line(tenant, api_port) as product:
        gone = product.post("/prune", wanted)
    if json_:
        as_json(gone)
        return
    say(f"Tenant {tenant}, older than {gone['older_than']}{': would go' if dry_run else ': gone'}")
    for kind, what in KINDS.items():
        say(f"  {gone[kind]:>8} {what}")


@group.command()
def upgrade(data: Data = None, json_: AsJson = False) -> None:
    """Make an empty store, or bring an older one to this program's revision, while no server runs."""
    from app.services.operations import restore as restoring

    before, now = restoring.upgrade_store(_place_of(_settings_for(data)))
    if json_:
        as_json({"from": before, "to": now})
    elif before == now:
        say(f"The store is up to date: revision {now}.")
    else:
        say(f"The store was {f'of revision {before}' if before else 'empty'}; it is now of revision {now}.")


@group.command()
def current(data: Data = None, json_: AsJson = False) -> None:
    """Say which revision the store has and which this program knows; nothing is changed."""
    from app.services.operations import restore as restoring

    stands, ours = restoring.read_revisions(_place_of(_settings_for(data)))
    stands_at = f"of revision {stands}" if stands else "not made yet"
    say_or_json(
        {"store": stands, "program": ours},
        f"The store is {stands_at}; this version of Causeway has revision {ours}.",
        json_=json_,
    )


@group.command()
def revision(title: Annotated[str, typer.Argument(help="What it changes, in a few words.")]) -> None:
    """Write the skeleton of a new revision, with the next number; for those who change the tables."""
    from app.store.backup.copying import stamp_revision

    if not re.search(r"[A-Za-z0-9]", title):
        raise BadInput("A revision needs a title, such as: add the colour of a merchant.")
    say(
        f"{stamp_revision(title)} is written; fill in upgrade() and downgrade(), and change app/store/sql/tables.py"
        " with it."
    )


def _show_restore(done: "Restored") -> None:
    since = "" if done.from_revision == done.revision else f", upgraded from revision {done.from_revision}"
    say(
        f"{done.rows} row(s) of {done.tables} tables are restored as they stood at {done.made_at.isoformat()} (revision"
        f" {done.revision}{since})."
    )
    if done.set_aside:
        say(f"What was there before lies in {done.set_aside}.")
    if done.perhaps_sent:
        say(
            f"{done.perhaps_sent} action(s) may have been sent since the backup: each is looked up, or left to a"
            " person, before it is sent."
        )
    for warning in done.warnings:
        typer.echo(f"WARNING  {warning}", err=True)


def _settings_for(data: Path | None) -> "Settings":
    from app.settings import Settings

    return Settings() if data is None else Settings(data=data)


def _place_of(settings: "Settings") -> "Place":
    from app.services.operations.restore import Place

    return Place(data=settings.data, database=settings.database)


def _parse_days(said: str) -> int:
    """An age such as 30d, in days."""
    found = re.fullmatch(r"([0-9]{1,6})d?", said.strip())
    if found is None or not 1 <= int(found[1]) <= LONG_AGO:
        raise BadInput(f"{said!r} is no age: say a whole number of days from 1 to {LONG_AGO}, such as 30d.")
    return int(found[1])


@contextmanager
def _whole_file(file: Path, *, force: bool) -> Iterator[tuple[Path, IO[bytes]]]:
    """A file that is either there as a whole or not at all; only its owner may read it."""
    part = file.with_name(f"{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as failure:
        raise Permanent(f"{part} cannot be written: {failure.strerror}.") from None
    try:
        with os.fdopen(descriptor, "wb") as sink:
            yield part, sink
            sink.flush()
            os.fsync(sink.fileno())
        _put_in_place(part, file, force=force)
    except OSError as failure:
        raise Permanent(f"{file} cannot be written: {failure.strerror}.") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _put_in_place(part: Path, file: Path, *, force: bool) -> None:
    if force:
        part.replace(file)
        return
    try:
        file.hardlink_to(part)
    except FileExistsError:
        raise Conflict(f"{file} is there already; --force replaces it.") from None
