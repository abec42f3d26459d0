"""The thirty-second demo: the whole loop over the fixtures, in the terminal."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.show import say

if TYPE_CHECKING:
    from app.bootstrap import Application


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(demo)


def demo(
    use_llm: Annotated[
        bool, typer.Option("--use-llm", help="Let a language model word the answer, if one is set (docs/model.md).")
    ] = False,
) -> None:
    """Watch the whole loop once: signals, causes, a proposal, one approval, the fix and its receipt. Leaves nothing
    behind.
    """
    from app.bootstrap import build_application
    from app.domain.questions import ModelUse
    from app.services.trials.demo import run_demo
    from app.settings import Settings

    application = build_application(Settings(log_level="WARNING"), passing=True)
    try:
        use = ModelUse.WORDING if use_llm and _open_model(application) else ModelUse.OFF
        worked = run_demo(application.ctx, say, use)
    finally:
        application.stop()
    if not worked:
        raise typer.Exit(1)


def _open_model(application: "Application") -> bool:
    """Open the model and say which it is; without one the demo goes on as it does anyway."""
    from app.ports.model import ModelStanding

    opening = application.ctx.model.warm()
    if opening is not None:
        opening.join()
    state = application.ctx.model.state()
    if state.standing is not ModelStanding.READY:
        say(f"No model: {state.reason}. The demo goes on without one; nothing else needs it.")
        return False
    say(f"The answer at the end is worded by {state.name}, as far as recorded facts bear it.")
    return True
