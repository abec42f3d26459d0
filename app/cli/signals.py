"""Signals and merchants in, and what the agent makes of them."""

import csv
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say, say_or_json, say_table
from app.domain.errors import BadInput, Permanent

MOST_AT_ONCE = 5_000
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
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Send the signals of a file: a JSON list, {"signals": [...]}, or one JSON object per line. The shipped examples
    are laid so that they end at the tenant's present; those of the migration bring their merchants with them.
    """
    from app.cli.client import Refused, open_line
    from app.cli.trials import lay_examples

    items = read_items(file.read_text("utf-8"), "signals")
    if any(isinstance(item, dict) and "minutes_before_end" in item for item in items):
        with open_line(tenant, api_port) as product:
            laid = lay_examples(file.name, items, datetime.fromisoformat(product.get("/agent/state")["now"]))
            if laid.merchants:
                product.post("/merchants/import", {"merchants": laid.merchants})
        items = laid.signals
    if source:
        items = [{"source": source, **item} if isinstance(item, dict) else item for item in items]
    total: dict[str, Any] = {"accepted": 0, "duplicates": 0, "notes": [], "conflicts": []}
    with open_line(tenant, api_port) as product:
        for start in range(0, len(items), MOST_AT_ONCE):
            try:
                answer = product.post("/signals/ingest", {"signals": items[start : start + MOST_AT_ONCE]})
            except Refused as refusal:
                raise _by_the_file(refusal, start, total["accepted"]) from None
            answer["conflicts"] = [{**one, "index": one["index"] + start} for one in answer["conflicts"]]
            total = {name: total[name] + answer[name] for name in total}
    if json_:
        as_json(total)
        return
    say(f"{total['accepted']} new signal(s), {total['duplicates']} known already, in tenant {tenant}.")
    for note in total["notes"][:5]:
        say(f"  {note}")
    for one in total["conflicts"][:5]:
        say(
            f"  Item {one['index']}, {one['event_id']}: came before with other content ({', '.join(one['fields'])});"
            " the first content stays."
        )


def _by_the_file(refusal: Permanent, start: int, accepted: int) -> Permanent:
    """The refusal of a later part of a file, with its items counted from the beginning of the file; what came before
    stays taken in.
    """
    if not start:
        return refusal
    problems = [
        {
            **one,
            "index": one["index"] + start,
            "path": str(one["path"]).replace(f"signals[{one['index']}]", f"signals[{one['index'] + start}]", 1),
        }
        if isinstance(one.get("index"), int)
        else one
        for one in refusal.facts.get("problems", [])
    ]
    said = f"Nothing from item {start} on was stored; of the {start} before it {accepted} were new and are kept."
    return type(refusal)(said, **{**refusal.facts, "problems": problems})


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
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        answer = product.run_cycle()
    if json_:
        as_json(answer)
        return
    seen = answer["observed"]
    say(
        f"{seen['signals']} signal(s) in {seen['window_minutes']} minutes, {len(seen['patterns'])} pattern(s),"
        f" {len(seen['opened'])} new incident(s)."
    )
    _incident_table(answer["incidents"])
    for action_id in answer["pending_actions"]:
        say(f"Waiting for you: {action_id}   (python -m app approve {action_id})")


def status(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Say what the agent is doing, how far its sweeps are behind, and what is not well."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        found = product.get("/agent/status")
    if json_:
        as_json(found)
        return
    lag = found["lag"]
    say(f"{found['status']}: {found['detail']}")
    for trouble in found["troubles"]:
        say(f"Not well: {trouble}")
    if lag["waiting"]:
        waited, behind = round(lag["waited_seconds"]), round(lag["behind_seconds"])
        say(
            f"{lag['waiting']} signal(s) not looked at; the first came in {waited} s ago and occurred {behind} s ago by"
            f" the clock of {tenant}."
        )
    if lag["set_aside"]:
        say(f"{lag['set_aside']} signal(s) set aside; python -m app desk lists them with their reasons.")


def incidents(
    status: Annotated[list[str] | None, typer.Option(help="Only these; repeat for several.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """List incidents, newest first."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        found = product.get("/incidents", status=[word.upper() for word in status] if status else None, limit=limit)
    if json_:
        as_json(found)
    else:
        _incident_table(found)


def _incident_table(found: list[dict[str, Any]]) -> None:
    rows = [
        (item["id"], item["status"], item["severity"], len(item["merchants"]), item["detected_at"][:16], item["title"])
        for item in found
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


def read_merchants(text: str) -> list[dict[str, Any]]:
    """The rows of a CSV file as merchants; columns we have no field for become attributes."""
    return [_merchant_from_row(row, number) for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2)]


def _merchant_from_row(row: dict[str, Any], number: int) -> dict[str, Any]:
    item: dict[str, Any] = {}
    attributes: dict[str, str] = {}
    for name, cell in row.items():
        if not isinstance(cell, str) or name is None:
            raise BadInput(f"Line {number} has more or fewer cells than the header.")
        if cell.strip() and name in KNOWN:
            item[name] = _typed_cell(name, cell.strip(), number)
        elif cell.strip():
            attributes[name] = cell.strip()
    return {**item, "attributes": attributes}


def _typed_cell(name: str, cell: str, number: int) -> Any:
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
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        found = product.get("/merchants")
    if json_:
        as_json(found)
        return
    rows = [
        (item["id"], item["name"], item["stage"], item["wave"], item["plan"], item["region"], item["gateway"])
        for item in found
    ]
    say_table(
        ("MERCHANT", "NAME", "STAGE", "WAVE", "PLAN", "REGION", "GATEWAY"),
        rows,
        empty="No merchant; import some with: python -m app merchants import FILE",
    )
