"""Ask the agent in the terminal."""

from typing import Annotated

import typer

from app.cli.options import ApiPort, AsJson, Tenant
from app.cli.show import as_json, say


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(ask)


def ask(
    question: Annotated[str, typer.Argument(help='Such as "why did you propose this?"')],
    about: Annotated[str | None, typer.Option(help="An incident or action id.")] = None,
    conversation: Annotated[str | None, typer.Option(help="Go on with this conversation.")] = None,
    model: Annotated[
        str | None, typer.Option(help="What a language model may do: off, wording or ideas; as before when left out.")
    ] = None,
    tenant: Tenant = "default",
    api_port: ApiPort = None,
    json_: AsJson = False,
) -> None:
    """Get an answer from recorded facts; each sentence names its evidence."""
    from app.cli.client import open_line

    wanted = {"question": question, "about": about, "conversation_id": conversation, "model": model}
    with open_line(tenant, api_port) as product:
        reply = product.post("/ask", {name: value for name, value in wanted.items() if value is not None})
    if json_:
        as_json(reply)
        return
    sources = {
        passage["chunk_id"]: f"{passage['title']}, {passage['section']}, {passage['location']}"
        for passage in reply["passages"]
    }
    for sentence in reply["answer"]["sentences"]:
        grounds = [*sentence["evidence_ids"], *(sources.get(chunk, chunk) for chunk in sentence["citations"])]
        grounds += sentence.get("records", [])
        grounds += [f"rule {rule}" for rule in sentence["rule_ids"]]
        grounds += [f"decision {sentence['decision']}"] if sentence["decision"] else []
        say(f"{sentence['text']} [{'; '.join(grounds)}]" if grounds else sentence["text"])
    for gap in reply["answer"]["unknown"]:
        say(f"Not known: {gap}")
    for suggested in reply["answer"].get("suggestions", []):
        say(f"You can ask: {suggested}")
    for idea in reply["answer"].get("ideas", []):
        say(f"An idea of the model, no finding: {idea['text']}")
    if reply["answer"].get("fallback"):
        say(f"(the model was of no use: {reply['answer']['fallback']})")
    say(f"(conversation {reply['conversation_id']}, worded by {reply['answer']['wording']})")
