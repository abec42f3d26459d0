"""The options that many commands share, so that they mean the same everywhere."""

from typing import Annotated

import typer

Tenant = Annotated[str, typer.Option("--tenant", help="Which tenant to act in.", envvar="CAUSEWAY_TENANT")]
ApiPort = Annotated[int | None, typer.Option("--api-port", min=1, max=65535, help="Where the running server listens.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
SignalKind = Annotated[str | None, typer.Option("--type", help="What kind of signal each is, such as api_error.")]
Places = Annotated[
    list[str] | None,
    typer.Option("--set", help="A field and its column or path, such as merchant_id=Shop, or severity==high; repeat."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would become of it.")]
