"""Runbooks in the terminal: add, list, search, approve, remove."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say, say_or_json, say_table

group = typer.Typer(help="The knowledge the agent cites.", no_args_is_help=True)
DocumentId = Annotated[str, typer.Argument(help="The document's id, from `runbooks list`.")]


@group.command()
def add(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, help="Markdown, text or PDF.")
    ],
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Upload files; they are cited from now on."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        answer = product.post("/rag/upload", files=[("file", (path.name, path.read_bytes())) for path in files])
    if json_:
        as_json(answer)
    else:
        for document in answer["documents"]:
            say(f"{document['id']}  {document['trust']}  {document['title']}")
        for refused in answer["rejected"]:
            say(f"Refused: {refused['filename']}: {refused['detail']}")
    if answer["rejected"]:
        raise typer.Exit(1)


@group.command("list")
def list_(tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """List every document, by title."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        found = product.get("/rag/documents")
    if json_:
        as_json(found)
        return
    rows = [(item["id"], item["source"], item["trust"], item["uploader"], item["title"]) for item in found]
    say_table(("DOCUMENT", "SOURCE", "TRUST", "UPLOADER", "TITLE"), rows, empty="No document.")


@group.command()
def search(
    query: str,
    k: Annotated[int, typer.Option(min=1, max=50)] = 5,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Find the passages that answer a query."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        found = product.get("/rag/search", q=query, k=k)
    if json_:
        as_json(found)
        return
    if not found:
        say("Nothing covers it.")
    for passage in found:
        say(f"{passage['score']:.2f}  {passage['title']} / {passage['section']} ({passage['location']})")
        say(f"      {' '.join(passage['text'].split())[:200]}")


@group.command()
def approve(document: DocumentId, tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Trust a document that waits."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        trusted = product.post(f"/rag/documents/{document}/approve")
    say_or_json(trusted, f"{trusted['id']} is trusted: {trusted['title']}", json_=json_)


@group.command()
def remove(document: DocumentId, tenant: Tenant = "default", api_port: ApiPort = None, json_: AsJson = False) -> None:
    """Remove an upload; the shipped runbooks stay."""
    from app.cli.client import open_line

    with open_line(tenant, api_port) as product:
        removed = product.delete(f"/rag/documents/{document}")
    say_or_json(removed, f"{removed['removed']} is gone.", json_=json_)
