"""Queries of older systems in the terminal, as they were written."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import AsJson, Tenant
from app.cli.show import as_json, say_table


def register(cli: typer.Typer) -> None:
    """Add the command of this file."""
    cli.command()(sql)


def sql(
    query: Annotated[str, typer.Argument(help="A SELECT over the four views of docs/operations.md.")],
    tenant: Tenant = "default",
    data: Annotated[Path | None, typer.Option("--data", help="The data folder (CAUSEWAY_DATA).")] = None,
    json_: AsJson = False,
) -> None:
    """Ask the store of one tenant in SQL; it is only read, also while the server runs."""
    from app.bootstrap import query_reports
    from app.settings import Settings

    found = query_reports(Settings() if data is None else Settings(data=data), tenant, query)
    if json_:
        as_json([dict(zip(found.names, row, strict=True)) for row in found.rows])
        return
    say_table(found.names, found.rows, empty="no rows")
