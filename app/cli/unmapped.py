"""What nobody could read: listed, shown, and mapped once; and tables whose columns are mapped."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.options import ApiPort, AsJson, DryRun, Places, SignalKind, Tenant
from app.cli.show import as_json, say, say_table
from app.domain.errors import BadInput

group = typer.Typer(help="What came in and nobody could read, until you say once what it means.", no_args_is_help=True)
Shape = Annotated[str, typer.Argument(help="The shape's id, from `unmapped list`.")]
MOST_SHOWN = 20


@group.command("list")
def list_(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """List what nobody could read, by its shape; those that came last first."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        found = product.get("/signals/unmapped")
    if json_:
        as_json(found)
        return
    rows = [
        (*(one[name] for name in ("id", "source", "kind", "count", "kept")), "yes" if one["mapping"] else "no")
        for one in found
    ]
    say_table(("SHAPE", "SOURCE", "KIND", "CAME", "KEPT", "MAPPED"), rows, empty="Everything could be read.")


@group.command()
def show(shape: Shape, tenant: Tenant = "default", api_port: ApiPort = None) -> None:
    """Show what is kept of a shape, as it came."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        as_json(product.get(f"/signals/unmapped/{shape}", limit=MOST_SHOWN))


@group.command("map")
def map_(
    shape: Shape,
    type_: SignalKind = None,
    set_: Places = None,
    ignore: Annotated[bool, typer.Option("--ignore", help="It says nothing: drop what came and what comes.")] = False,
    dry_run: DryRun = False,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Say where each field of a signal stands; what is kept is read so, and all that comes."""
    from app.cli.client import open_line

    body = {"ignore": ignore, "signal_type": type_, "fields": read_places(set_)}
    with open_line(tenant, api_port) as product:
        answer = product.post(f"/signals/unmapped/{shape}/mapping{'?dry_run=true' if dry_run else ''}", body)
    if json_:
        as_json(answer)
        return
    done = "would be" if dry_run else "were"
    say(f"{answer['read']} of {answer['read'] + answer['left']} kept {done} {'dropped' if ignore else 'read'}.")
    for signal in answer["signals"][:3]:
        say(f"  {_spelled(signal)}")
    for one in answer["problems"]:
        say(f"  {one['item_id']}: {one['field']} ({one['place']}): {one['problem']}")


def _spelled(signal: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in signal.items() if value not in (None, {})}, ensure_ascii=False)


def read_places(said: list[str] | None) -> dict[str, str]:
    """field=place pairs as an object."""
    found: dict[str, str] = {}
    for pair in said or []:
        field, equals, place = pair.partition("=")
        if not (field and equals and place):
            raise BadInput(f"--set wants field=column, such as merchant_id=Shop; {pair!r} is none.")
        found[field.strip()] = place
    return found


def send_table(
    file: Path,
    source: str | None,
    type_: str | None,
    places: list[str] | None,
    tenant: str,
    api_port: int | None,
    *,
    partial: bool,
    dry_run: bool,
    json_: bool,
) -> None:
    """Send a file whole, with what its columns mean, and say what became of it."""
    from app.cli.client import open_line

    fields = read_places(places)
    mapping = json.dumps({"signal_type": type_, "fields": fields}) if fields or type_ else None
    with open_line(tenant, api_port) as product:
        answer: dict[str, Any] = product.send_file(
            "/signals/file",
            file.read_bytes(),
            name=file.name[:200],
            source=source,
            mapping=mapping,
            partial=partial,
            dry_run=dry_run,
        )
    if json_:
        as_json(answer)
        return
    if dry_run:
        say(f"{answer['rows']} row(s), {len(answer['rejected'])} bad; nothing was sent.")
    else:
        say(f"{answer['accepted']} new signal(s), {answer['duplicates']} known already, in tenant {tenant}.")
    for signal in answer["signals"][:3]:
        say(f"  {_spelled(signal)}")
    for one in answer["rejected"][:MOST_SHOWN]:
        say(f"  {one['path']}: {one['problem']}")
    for note in answer["notes"][:5]:
        say(f"  {note}")
