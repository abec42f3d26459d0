"""The audit record in the terminal: prove it, or take it away."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say

if TYPE_CHECKING:
    from app.cli.client import Line

group = typer.Typer(help="The hash-chained record of everything that happened.", no_args_is_help=True)
PAGE = 500


@group.command()
def verify(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Walk the chain; exit 1 and name the first broken link when it does not hold."""
    from app.cli.client import line

    with line(tenant, api_port) as product:
        chain = product.get("/audit", verify=True, limit=1)["chain"]
    if json_:
        as_json(chain)
    elif chain["ok"]:
        say(f"The chain of tenant {tenant} holds: {chain['checked']} event(s) checked.")
    else:
        say(f"The chain of tenant {tenant} is broken at event {chain['first_bad']}: {chain['reason']}")
    if not chain["ok"]:
        raise typer.Exit(1)


@group.command()
def export(
    out: Annotated[Path | None, typer.Option(help="A file to write; the terminal when none is given.")] = None,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
) -> None:
    """Every event, one JSON object per line, oldest first."""
    from app.cli.client import line

    with line(tenant, api_port) as product:
        rows = [json.dumps(event) for event in _events(product)]
    if out is None:
        for row in rows:
            typer.echo(row)
        return
    out.write_text("".join(f"{row}\n" for row in rows), "utf-8")
    say(f"{len(rows)} event(s) written to {out}.")


def _events(product: "Line") -> Iterator[dict[str, Any]]:
    after = 0
    while page := product.get("/audit", after=after, limit=PAGE):
        yield from page
        after = page[-1]["seq"]
