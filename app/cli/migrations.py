"""The migration in the terminal: may a wave be cut over, who would break and why; and a proposal to hold it."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say, say_or_json, say_table

if TYPE_CHECKING:
    from app.schemas.migrations import WaveShown

group = typer.Typer(help="Whether a wave may be cut over, who would break and why.", no_args_is_help=True)
Wave = Annotated[int, typer.Argument(min=0, max=10_000, help="The number of the wave.")]
VERDICTS = {"go": "go", "no_go": "NO GO", "done": "cut over"}


@group.command()
def waves(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Each wave with its verdict, its dates as far as they are known, and the reasons."""
    from app.cli.client import open_line, read_as
    from app.schemas.migrations import WaveShown

    with open_line(tenant, api_port) as product:
        raw = product.get("/migrations/waves")
    if json_:
        as_json(raw)
        return
    found = read_as(list[WaveShown], raw)
    say_table(
        ["wave", "verdict", "to be cut over", "first date", "last date", "hold"],
        [
            [
                "none" if one.wave is None else one.wave,
                VERDICTS[one.readiness],
                f"{len(one.waiting)} of {one.merchants}",
                one.first_cutover or "not known",
                one.last_cutover or "not known",
                _say_hold(one),
            ]
            for one in found
        ],
        empty="No merchant is known: python -m app merchants import FILE.",
    )
    for one in found:
        for reason in one.reasons:
            say(f"  wave {'none' if one.wave is None else one.wave}: {reason}")


@group.command()
def merchants(
    wave: Annotated[int | None, typer.Option(help="Only those of this wave.")] = None,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Each merchant with its stage, its date, and what is known that would break it."""
    from app.cli.client import open_line, read_as
    from app.schemas.migrations import MigrationRow

    with open_line(tenant, api_port) as product:
        raw = product.get("/migrations")
    found = [one for one in read_as(list[MigrationRow], raw) if wave is None or one.merchant.wave == wave]
    if json_:
        as_json([one.model_dump(mode="json") for one in found])
        return
    say_table(
        ["merchant", "wave", "stage", "cutover", "verdict", "why"],
        [
            [
                one.merchant.id,
                one.merchant.wave,
                one.merchant.stage.value,
                one.merchant.cutover_date or "not known",
                VERDICTS[one.readiness],
                "; ".join(one.reasons),
            ]
            for one in found
        ],
        empty="No merchant is known in it.",
    )


@group.command()
def hold(
    wave: Wave,
    reason: Annotated[str, typer.Option(help="Why; needed when nothing is known against the cutover.")] = "",
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Propose to hold a wave; policy rules on it and a person approves it, like every other action."""
    _propose(wave, "hold", reason, tenant, api_port, json_=json_)


@group.command()
def release(
    wave: Wave,
    reason: Annotated[str, typer.Option(help="Why it may be cut over after all.")],
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Propose to lift the hold of a wave; a person approves it, too."""
    _propose(wave, "release", reason, tenant, api_port, json_=json_)


def _propose(wave: int, verb: str, reason: str, tenant: str, api_port: int | None, *, json_: bool) -> None:
    from app.cli.client import open_line, read_as
    from app.domain.actions import Action

    with open_line(tenant, api_port) as product:
        raw = product.post(f"/migrations/waves/{wave}/{verb}", {"reason": reason})
    row = read_as(Action, raw)
    say_or_json(raw, f"{row.id}: {row.decision.title}; it is {row.status.value}. Nothing is done yet.", json_=json_)


def _say_hold(wave: "WaveShown") -> str:
    """Whether it is held, and what is asked."""
    if wave.hold is None:
        return ""
    held = f"held by {wave.hold.held_by}" if wave.hold.held_by else ""
    asked = f"{wave.hold.asked} {wave.hold.status}: {wave.hold.asked_by}" if wave.hold.asked else ""
    return "; ".join(filter(None, (held, asked)))
