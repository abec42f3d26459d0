"""Decide about actions in the terminal."""

from typing import Annotated

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say, say_or_json
from app.domain.base import JsonMapping, JsonObject
from app.domain.errors import BadInput

ActionId = Annotated[str, typer.Argument(help="The action's id, such as ACT-12345678.")]
Digest = Annotated[str | None, typer.Option(help="The digest of the version you looked at; required for high risk.")]
Label = Annotated[str, typer.Option(help="A name to note beside the decision.")]
CauseIsWrong = Annotated[bool, typer.Option("--cause-is-wrong", help="Not only the proposal: its cause is wrong, too.")]
Feedback = Annotated[str, typer.Option(help="Why; a rejection needs it.")]


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(approve)
    cli.command()(reject)
    cli.command()(snooze)
    cli.command()(undo)


def approve(
    action: ActionId,
    digest: Digest = None,
    label: Label = "",
    feedback: Feedback = "",
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Approve an action as it stands (or exactly the version --digest names)."""
    _send_decision(
        {"action_id": action, "approved": True, "reviewer": label, "feedback": feedback},
        digest,
        tenant,
        api_port,
        json_,
    )


def reject(
    action: ActionId,
    digest: Digest = None,
    label: Label = "",
    feedback: Feedback = "",
    cause_is_wrong: CauseIsWrong = False,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Reject an action; say why with --feedback, the agent learns from it."""
    refused: JsonObject = {
        "action_id": action,
        "approved": False,
        "reviewer": label,
        "feedback": feedback,
        "cause_is_wrong": cause_is_wrong,
    }
    _send_decision(refused, digest, tenant, api_port, json_)


def snooze(
    action: ActionId,
    minutes: Annotated[int | None, typer.Option(help="For how long; 0 asks again at once.")] = None,
    until: Annotated[str | None, typer.Option(help="Until when, such as 2026-03-02T15:30:00Z.")] = None,
    reason: Annotated[str, typer.Option(help="Why; it is shown beside it.")] = "",
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Put a question off: it stays one, and is listed apart until then."""
    from app.cli.client import open_line, read_as
    from app.schemas.actions import SnoozeAnswer

    wish = {"minutes": minutes, "again_at": until}
    body: JsonObject = {"reason": reason, **{name: value for name, value in wish.items() if value is not None}}
    with open_line(tenant, api_port) as product:
        answer = product.post(f"/actions/{action}/snooze", body)
    put_off = read_as(SnoozeAnswer, answer)
    say_or_json(answer, f"{put_off.action.id}: {put_off.action.decision.title}. {put_off.note}", json_=json_)


def undo(
    action: ActionId,
    reason: Annotated[str, typer.Option(help="Why; it is kept, and people are told.")],
    merchant: Annotated[list[str] | None, typer.Option(help="Only there; may be repeated.")] = None,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Take back what an action did, for everybody it was done for, and people take over; or only at some merchants."""
    from app.cli.client import open_line, read_as
    from app.domain.actions import Action
    from app.schemas.actions import UndoAnswer

    if not reason.strip():
        raise BadInput("--reason is empty: say why it is to be taken back")
    with open_line(tenant, api_port) as product:
        only: JsonObject = {"merchants": [*merchant]} if merchant else {}
        answer = product.post(f"/actions/{action}/undo", {"reason": reason, **only})
        asked = read_as(UndoAnswer, answer)
        rows = asked.undo_rows
        if product.inside:
            product.run_cycle()
            rows = [read_as(Action, product.get(f"/actions/{row.id}")) for row in rows]
    if json_:
        as_json(answer)
        return
    say(f"{asked.action.id} is to be taken back: {asked.action.decision.title}. {asked.note}")
    for row in rows:
        names = ", ".join(row.decision.undo_requests[row.cohort].merchants)
        say(f"  {row.id} is {row.status.value}  for {names}")


def _send_decision(wanted: JsonMapping, digest: str | None, tenant: str, api_port: int | None, json_: bool) -> None:
    from app.cli.client import open_line, read_as
    from app.domain.actions import Action

    with open_line(tenant, api_port) as product:
        answer = product.post("/actions/approve", {**wanted, **({"digest": digest} if digest else {})})
        if product.inside:
            product.run_cycle()
            answer = product.get(f"/actions/{read_as(Action, answer).id}")
    if json_:
        as_json(answer)
        return
    decided = read_as(Action, answer)
    say(f"{decided.id} is {decided.status.value}: {decided.decision.title}")
    if decided.still_needs_another:
        say(f"  {decided.still_needs_another}.")
    for request in decided.decision.requests:
        say(f"  {request.method} {request.url}  for {', '.join(request.merchants)}")
