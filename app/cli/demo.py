"""The thirty-second demo: the whole loop over the fixtures, in the terminal."""

import typer

from app.cli.show import say


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(demo)


def demo() -> None:
    """Watch the whole loop once: signals, causes, a proposal, one approval, the fix and its receipt. Leaves nothing
    behind.
    """
    from app.bootstrap import build_application
    from app.services.trials.demo import run_demo
    from app.settings import Settings

    application = build_application(Settings(log_level="WARNING"), memory=True)
    try:
        worked = run_demo(application.ctx, say)
    finally:
        application.stop()
    if not worked:
        raise typer.Exit(1)
