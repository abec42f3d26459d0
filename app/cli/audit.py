"""The audit record in the terminal: prove it, take it away, and prove what was taken away."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say
from app.domain.errors import BadInput

if TYPE_CHECKING:
    from app.domain.events import ChainCheck
    from app.services.audit.audit_export import Replayed

group = typer.Typer(help="The hash-chained record of everything that happened.", no_args_is_help=True)
Export = Annotated[Path, typer.Argument(help="A file that audit export wrote.", exists=True, dir_okay=False)]


def register(cli: typer.Typer) -> None:
    """Add the commands of this file that stand alone."""
    cli.command()(replay)


@group.command()
def verify(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Check the chain, its anchor, and the rows; exit 1 and name the first broken link when they do not hold."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        check = product.get("/audit/verify")
    _tell_check(tenant, check, json_=json_)


@group.command()
def accept(
    reason: Annotated[str, typer.Option(help="What happened to the anchor, and why you vouch for the record.")],
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Vouch for the record as it stands, after the anchor was lost or replaced or a backup restored; recorded in the
    chain.
    """
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        check = product.post("/audit/accept", {"reason": reason})
    _tell_check(tenant, check, json_=json_)


@group.command()
def export(
    out: Annotated[Path | None, typer.Option(help="A file to write; the terminal when none is given.")] = None,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
) -> None:
    """Every event, one JSON object per line, oldest first; then one line with the anchored heads and the check."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        rows = product.lines("/audit/export")
    if out is None:
        for row in rows:
            typer.echo(row)
        return
    out.write_text("".join(f"{row}\n" for row in rows), "utf-8")
    say(f"{len(rows) - 1} event(s) written to {out}.")


def replay(file: Export, json_: AsJson = False) -> None:
    """Verify an exported record from the file alone, and show where everything stands at its end; exit 1 when it does
    not hold.
    """
    from app.services.audit.audit_export import replay_lines as replayed

    try:
        with file.open(encoding="utf-8", newline="\n") as lines:
            found = replayed(lines)
    except UnicodeDecodeError:
        raise BadInput(f"{file} is no text: an export has one JSON object per line") from None
    if json_:
        as_json(found.plain())
    else:
        _show_replay(found)
    if not found.check.ok:
        raise typer.Exit(1)


def _tell_check(tenant: str, answer: Any, *, json_: bool) -> None:
    from app.cli.client import read_as
    from app.domain.events import ChainCheck

    check = read_as(ChainCheck, answer)
    if json_:
        as_json(answer)
    else:
        say(verdict_sentence(tenant, check))
        for row in check.unexplained:
            say(f"  {row}")
        if check.anchored and not check.ok:
            say(
                "If the data was removed, restored or set back on purpose, vouch for it: python -m app audit accept"
                f" --tenant {tenant} --reason ..."
            )
    if not check.ok:
        raise typer.Exit(1)


def verdict_sentence(tenant: str, check: "ChainCheck") -> str:
    """A check in one sentence."""
    if check.ok:
        anchored = f"; the anchor vouches for link {check.anchored}" if check.anchored else ""
        return f"The chain of tenant {tenant} holds: {check.checked} event(s) checked{anchored}."
    where = f" at event {check.first_bad}" if check.first_bad else ""
    return f"The chain of tenant {tenant} is {check.verdict.value}{where}: {check.reason}."


def _show_replay(found: "Replayed") -> None:
    say(verdict_sentence(found.tenant, found.check))
    if found.when_exported is not None and not found.when_exported.ok:
        say(f"When it was exported: {verdict_sentence(found.tenant, found.when_exported)}")
    for sentence in found.states.impossible:
        say(f"  {sentence}")
    incidents, actions = found.states.incidents, {name: stands.status for name, stands in found.states.actions.items()}
    for what, stand in (("incident", incidents), ("action", actions)):
        for status, count in sorted(Counter(stand.values()).items()):
            say(f"{count} {what}(s) {status}")
    for kind, count in found.events.items():
        say(f"{count} event(s) {kind}")
    say("States")
    for name, status in sorted({**incidents, **actions}.items()):
        say(f"  {name}  {status}")
