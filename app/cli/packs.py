"""Domain packs in the terminal: upload one, try it over what was recorded, put it in force, go back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say, say_or_json, say_table
from app.domain.base import JsonObject
from app.domain.errors import BadInput

if TYPE_CHECKING:
    from app.schemas.packs import PackTrial

group = typer.Typer(
    help="The causes a tenant knows: packs of its own, tried before they count, and the one in force.",
    no_args_is_help=True,
)
Number = Annotated[int, typer.Argument(min=1, help="The number of the upload, from `packs list`.")]
Reason = Annotated[str, typer.Option(help="Why; it is part of the audit record.")]


@group.command("list")
def list_(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Say which pack is in force, and list the uploads."""
    from app.cli.client import open_line, read_as
    from app.schemas.packs import PacksAnswer

    with open_line(tenant, api_port) as product:
        answer = product.get("/packs")
    if json_:
        as_json(answer)
        return
    found = read_as(PacksAnswer, answer)
    say(f"In force: {found.in_force}, {len(found.causes)} causes.")
    if found.trouble:
        say(f"The chosen pack does not count: {found.trouble}")
    rows = [
        (
            str(one.number),
            f"{one.name} ({one.digest[:12]})",
            "in force" if one.in_force else "tried" if one.tried else "not tried",
            f"+{len(one.added)} ~{len(one.replaced)} -{len(one.left_out)}" if one.made_of else "whole",
            one.by,
            one.note[:60],
        )
        for one in found.versions
    ]
    say_table(("NUMBER", "PACK", "STANDS", "CAUSES", "BY", "NOTE"), rows, empty="Nothing was uploaded.")


@group.command()
def show(number: Number, tenant: Tenant = "default", api_port: ApiPort = None) -> None:
    """Show one upload with its files."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        as_json(product.get(f"/packs/{number}"))


@group.command()
def upload(
    paths: Annotated[list[Path], typer.Argument(help="A folder laid out as in config/domain_packs, or single files.")],
    whole: Annotated[bool, typer.Option("--whole", help="Take nothing over from the pack in force.")] = False,
    leave_out: Annotated[
        list[str] | None, typer.Option("--leave-out", help="A cause that is not taken over; repeat for several.")
    ] = None,
    note: Annotated[str, typer.Option(help="What it is for.")] = "",
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Upload a pack, or changes to the one in force. It counts once it was tried and activated."""
    from app.cli.client import open_line

    wanted: JsonObject = {
        "files": dict(_files_of(paths)),
        "whole": whole,
        "left_out": [*(leave_out or [])],
        "note": note,
    }
    with open_line(tenant, api_port) as product:
        answer = product.post("/packs", wanted)
    number, causes = answer["number"], answer["causes"]
    then = f"python -m app packs try {number} --tenant {tenant}"
    sentence = f"Kept as pack {number}, {causes} causes. Try it next: {then}"
    say_or_json(answer, sentence, json_=json_)


def _files_of(paths: list[Path]) -> list[tuple[str, str]]:
    """Each file under the name it has in a pack; a single one that is not named pack or words is a cause."""
    found = []
    for path in paths:
        names = (
            [(one.relative_to(path).as_posix(), one) for one in sorted(path.rglob("*.yaml"))]
            if path.is_dir()
            else [(path.name if path.name in {"pack.yaml", "words.yaml"} else f"causes/{path.name}", path)]
        )
        for name, file in names:
            try:
                found.append((name, file.read_text("utf-8")))
            except (OSError, UnicodeDecodeError) as error:
                raise BadInput(f"{file} cannot be read as text: {error}") from None
    if not found:
        raise BadInput("there is no .yaml file; name a folder with pack.yaml and causes/, or single files")
    return found


@group.command("try")
def try_(
    number: Number,
    incidents: Annotated[int, typer.Option(min=1, max=100, help="How many of the newest are weighed anew.")] = 25,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Weigh recorded incidents with an upload and with the pack in force; those with another cause come first."""
    from app.cli.client import open_line, read_as
    from app.schemas.packs import PackTrial

    with open_line(tenant, api_port) as product:
        answer = product.post(f"/packs/{number}/try", {"incidents": incidents})
    if json_:
        as_json(answer)
        return
    trial = read_as(PackTrial, answer)
    say(trial.sentence)
    say_table(("INCIDENT", "NOW", "WITH IT", "KNOWN", "CHANGED"), _rows_of(trial), empty="")


def _rows_of(trial: "PackTrial") -> list[tuple[str, str, str, str, str]]:
    return [
        (
            one.incident_id,
            f"{one.cause_before} {one.confidence_before:.2f}",
            f"{one.cause_after} {one.confidence_after:.2f}",
            f"{one.known_cause} ({one.known_by})" if one.known_cause else "",
            "yes" if one.changed else "",
        )
        for one in trial.incidents
    ]


@group.command()
def activate(
    number: Number, reason: Reason, tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False
) -> None:
    """Put an upload in force that was tried. For administrators."""
    _put(f"/packs/{number}/activate", reason, tenant, api_port, json_)


@group.command()
def back(reason: Reason, tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Put in force again what was in force before. For administrators."""
    _put("/packs/back", reason, tenant, api_port, json_)


def _put(path: str, reason: str, tenant: str, api_port: int | None, json_: bool) -> None:
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        answer = product.post(path, {"reason": reason})
    say_or_json(answer, f"In force in the tenant {tenant}: {answer['in_force']}.", json_=json_)
