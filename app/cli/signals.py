"""Signals and merchants in, and what the agent makes of them."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.options import ApiPort, AsJson, DryRun, Places, SignalKind, Tenant
from app.cli.show import as_json, say, say_or_json, say_table
from app.cli.unmapped import send_table
from app.domain.base import Json, JsonObject, list_in
from app.domain.errors import BadInput, Permanent

if TYPE_CHECKING:
    from app.domain.incidents import Incident

MOST_AT_ONCE = 5_000
TABLES = (".csv", ".tsv")
merchants = typer.Typer(
    help="Merchants and their attributes; contrast needs the healthy ones too.", no_args_is_help=True
)
Existing = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
WHOLE, FRACTION, LISTED = {"wave", "issues", "average_order_value"}, {"health"}, {"plugins"}
KNOWN = (
    {
        "id",
        "name",
        "plan",
        "region",
        "gateway",
        "theme",
        "api_version",
        "webhook_version",
        "stage",
        "cutover_date",
        "currency",
    }
    | WHOLE
    | FRACTION
    | LISTED
)


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(ingest)
    cli.command()(sweep)
    cli.command()(status)
    cli.command()(incidents)


def ingest(
    file: Existing,
    source: Annotated[str | None, typer.Option(help="The source of items that name none.")] = None,
    type_: SignalKind = None,
    set_: Places = None,
    partial: Annotated[bool, typer.Option("--partial", help="Keep the good rows and list the bad ones.")] = False,
    dry_run: DryRun = False,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Send the signals of a file: a JSON list, {"signals": [...]}, one JSON object per line, or a table (CSV) whose
    columns are named like fields, or mapped to them with --set. The shipped examples are laid so that they end at the
    tenant's present; those of the migration bring their merchants with them.
    """
    from app.cli.client import Refused, open_line, read_as
    from app.cli.trials import lay_examples
    from app.schemas.signals import IngestAnswer

    if file.suffix.lower() in TABLES or type_ or set_ or partial or dry_run:
        send_table(file, source, type_, set_, tenant, api_port, partial=partial, dry_run=dry_run, json_=json_)
        return

    items = read_items(file.read_text("utf-8"), "signals")
    if any(isinstance(item, dict) and "minutes_before_end" in item for item in items):
        with open_line(tenant, api_port) as product:
            laid = lay_examples(file.name, items, datetime.fromisoformat(product.get("/agent/state")["now"]))
            if laid.merchants:
                product.post("/merchants/import", {"merchants": laid.merchants})
        items = laid.signals
    if source:
        items = [{"source": source, **item} if isinstance(item, dict) else item for item in items]
    taken: list[IngestAnswer] = []
    with open_line(tenant, api_port) as product:
        for start in range(0, len(items), MOST_AT_ONCE):
            try:
                answer = product.post("/signals/ingest", {"signals": items[start : start + MOST_AT_ONCE]})
            except Refused as refusal:
                raise _by_the_file(refusal, start, sum(one.accepted for one in taken)) from None
            part = read_as(IngestAnswer, answer)
            moved = [one.model_copy(update={"index": one.index + start}) for one in part.conflicts]
            taken.append(part.model_copy(update={"conflicts": moved}))
    accepted, duplicates = sum(one.accepted for one in taken), sum(one.duplicates for one in taken)
    notes = [note for one in taken for note in one.notes]
    conflicts = [conflict for one in taken for conflict in one.conflicts]
    if json_:
        told = [one.model_dump(mode="json") for one in conflicts]
        as_json({"accepted": accepted, "duplicates": duplicates, "notes": notes, "conflicts": told})
        return
    say(f"{accepted} new signal(s), {duplicates} known already, in tenant {tenant}.")
    for note in notes[:5]:
        say(f"  {note}")
    for one in conflicts[:5]:
        say(
            f"  Item {one.index}, {one.event_id}: came before with other content ({', '.join(one.fields)});"
            " the first content stays."
        )


def _by_the_file(refusal: Permanent, start: int, accepted: int) -> Permanent:
    """The refusal of a later part of a file, with its items counted from the beginning of the file; what came before
    stays taken in.
    """
    if not start:
        return refusal
    problems = [
        _moved_problem(one, start) if isinstance(one, dict) else one for one in list_in(refusal.facts, "problems")
    ]
    said = f"Nothing from item {start} on was stored; of the {start} before it {accepted} were new and are kept."
    return type(refusal)(said, **{**refusal.facts, "problems": problems})


def _moved_problem(one: JsonObject, start: int) -> JsonObject:
    index = one.get("index")
    if not isinstance(index, int):
        return one
    path = str(one.get("path", "")).replace(f"signals[{index}]", f"signals[{index + start}]", 1)
    return {**one, "index": index + start, "path": path}


def read_items(text: str, name: str) -> list[Any]:
    """The items of a file, whichever of the three ways it holds them."""
    try:
        held = json.loads(text)
    except json.JSONDecodeError as whole:
        try:
            held = [json.loads(row) for row in text.splitlines() if row.strip()]
        except json.JSONDecodeError:
            raise BadInput(f"The file is not JSON at line {whole.lineno}, column {whole.colno}: {whole.msg}.") from None
    items = held.get(name, [held]) if isinstance(held, dict) else held
    if not isinstance(items, list) or not items:
        raise BadInput(f"The file holds no {name}.")
    return items


def sweep(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Look at the new signals now, advance what can advance, and list what is open."""
    from app.cli.client import open_line, read_as
    from app.schemas.signals import CycleAnswer

    with open_line(tenant, api_port) as product:
        answer = product.run_cycle()
    if json_:
        as_json(answer)
        return
    cycle = read_as(CycleAnswer, answer)
    seen = cycle.observed
    say(
        f"{seen.signals} signal(s) in {seen.window_minutes} minutes, {len(seen.patterns)} pattern(s),"
        f" {len(seen.opened)} new incident(s)."
    )
    _incident_table(cycle.incidents)
    for action_id in cycle.pending_actions:
        say(f"Waiting for you: {action_id}   (python -m app approve {action_id})")


def status(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Say what the agent is doing, how far its sweeps are behind, and what is not well."""
    from app.cli.client import open_line, read_as
    from app.schemas.operations import AgentStatus

    with open_line(tenant, api_port) as product:
        answer = product.get("/agent/status")
    if json_:
        as_json(answer)
        return
    found = read_as(AgentStatus, answer)
    lag = found.lag
    say(f"{found.status}: {found.detail}")
    for trouble in found.troubles:
        say(f"Not well: {trouble}")
    if lag.waiting:
        waited, behind = round(lag.waited_seconds), round(lag.behind_seconds)
        say(
            f"{lag.waiting} signal(s) not looked at; the first came in {waited} s ago and occurred {behind} s ago by"
            f" the clock of {tenant}."
        )
    if lag.set_aside:
        say(f"{lag.set_aside} signal(s) set aside; python -m app desk lists them with their reasons.")


def incidents(
    status: Annotated[list[str] | None, typer.Option(help="Only these; repeat for several.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """List incidents, newest first."""
    from app.cli.client import open_line, read_as
    from app.domain.incidents import Incident

    with open_line(tenant, api_port) as product:
        found = product.get("/incidents", status=[word.upper() for word in status] if status else None, limit=limit)
    if json_:
        as_json(found)
    else:
        _incident_table(read_as(list[Incident], found))


def _incident_table(found: "Sequence[Incident]") -> None:
    rows = [
        (
            one.id,
            one.status.value,
            one.severity.value,
            len(one.merchants),
            f"{one.detected_at:%Y-%m-%dT%H:%M}",
            one.title,
        )
        for one in found
    ]
    say_table(("INCIDENT", "STATUS", "SEVERITY", "MERCHANTS", "DETECTED", "TITLE"), rows, empty="No incident.")


@merchants.command("import")
def import_(file: Existing, tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Insert or replace merchants from a CSV file with a header line, or from JSON."""
    from app.cli.client import open_line

    text = file.read_text("utf-8-sig")
    items = read_merchants(text) if file.suffix.lower() == ".csv" else read_items(text, "merchants")
    imported = 0
    with open_line(tenant, api_port) as product:
        for start in range(0, len(items), MOST_AT_ONCE):
            imported += product.post("/merchants/import", {"merchants": items[start : start + MOST_AT_ONCE]})[
                "imported"
            ]
    say_or_json({"imported": imported, "tenant": tenant}, f"{imported} merchant(s) in tenant {tenant}.", json_=json_)


def read_merchants(text: str) -> list[JsonObject]:
    """The rows of a CSV file as merchants; columns we have no field for become attributes."""
    return [_merchant_from_row(row, number) for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2)]


def _merchant_from_row(row: Mapping[str | None, object], number: int) -> JsonObject:
    item: JsonObject = {}
    attributes: JsonObject = {}
    for name, cell in row.items():
        if not isinstance(cell, str) or name is None:
            raise BadInput(f"Line {number} has more or fewer cells than the header.")
        if cell.strip() and name in KNOWN:
            item[name] = _typed_cell(name, cell.strip(), number)
        elif cell.strip():
            attributes[name] = cell.strip()
    return {**item, "attributes": attributes}


def _typed_cell(name: str, cell: str, number: int) -> Json:
    """A cell as the type its column has."""
    try:
        if name in WHOLE:
            return int(cell)
        if name in FRACTION:
            return float(cell)
    except ValueError:
        raise BadInput(f"Line {number}, column {name}: {cell[:40]!r} is not a number.") from None
    return [part.strip() for part in cell.split(";") if part.strip()] if name in LISTED else cell


@merchants.command("list")
def list_(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """List merchants, by id."""
    from app.cli.client import open_line, read_as
    from app.domain.merchants import Merchant

    with open_line(tenant, api_port) as product:
        found = product.get("/merchants")
    if json_:
        as_json(found)
        return
    rows = [
        (one.id, one.name, one.stage.value if one.stage else None, one.wave, one.plan, one.region, one.gateway)
        for one in read_as(list[Merchant], found)
    ]
    say_table(
        ("MERCHANT", "NAME", "STAGE", "WAVE", "PLAN", "REGION", "GATEWAY"),
        rows,
        empty="No merchant; import some with: python -m app merchants import FILE",
    )
