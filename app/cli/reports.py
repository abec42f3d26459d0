"""What is told to others: the report of an incident, and queries of older systems as they were written."""

import io
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say, say_table


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(sql)
    cli.command()(report)


def report(
    incident: Annotated[str, typer.Argument(help="The id of an incident.")],
    pdf: Annotated[Path | None, typer.Option("--pdf", help="A file to write the report into as PDF.")] = None,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
) -> None:
    """Print the report of an incident as Markdown, or write it as PDF."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        if pdf is None:
            say(product.get(f"/incidents/{incident}/report").rstrip("\n"))
            return
        content = io.BytesIO()
        product.save(f"/incidents/{incident}/report?format=pdf", content)
    pdf.write_bytes(content.getvalue())
    say(f"The report of {incident} is in {pdf}.")


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
