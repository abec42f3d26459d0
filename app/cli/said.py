"""Say in the terminal what you know of an incident: whether a sign holds, and which cause it is."""

from enum import StrEnum
from typing import Annotated

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say

IncidentId = Annotated[str, typer.Argument(help="The incident's id, such as INC-12345678.")]
Note = Annotated[str, typer.Option(help="What you saw, and where.")]


class Word(StrEnum):
    """What can be answered."""

    yes = "yes"
    no = "no"
    unknown = "unknown"


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(check)
    cli.command()(cause)


def check(
    incident: IncidentId,
    sign: Annotated[str, typer.Argument(help="The sign as the next check names it: cause.sign.")],
    answer: Annotated[Word, typer.Argument(help="Whether it holds.")],
    note: Note = "",
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Answer a check of an incident: it is reasoned about anew at once."""
    _send(f"/incidents/{incident}/checks/{sign}", {"answer": answer.value, "note": note}, tenant, api_port, json_)


def cause(
    incident: IncidentId,
    cause: Annotated[str, typer.Argument(help="A cause of the pack, or unknown.")],
    note: Note = "",
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Name the cause of an incident: it leads from then on, whatever the agent observes."""
    _send(f"/incidents/{incident}/cause", {"cause": cause, "note": note}, tenant, api_port, json_)


def _send(path: str, wanted: dict[str, str], tenant: str, api_port: int | None, json_: bool) -> None:
    from app.cli.client import open_line, read_as
    from app.schemas.incidents import WordAnswer

    with open_line(tenant, api_port) as product:
        answer = product.post(path, wanted)
    if json_:
        as_json(answer)
        return
    found = read_as(WordAnswer, answer)
    say(f"{found.incident.id} is {found.incident.status.value}{'' if found.changed else '; this was said already'}")
    if found.assessment is None:
        return
    for one in found.assessment.hypotheses[:3]:
        say(f"  {one.confidence:6.1%}  {one.cause}: {one.title}")
    for asked in found.assessment.next_checks[:1]:
        say(f"Next check {asked.sign}: {asked.sentence}")
