"""The root of the command line: every group registered, every refusal turned into one sentence and an exit code."""

import typer
from typer.core import TyperGroup

from app.cli import (
    actions,
    analyse,
    ask,
    audit,
    controls,
    data,
    demo,
    doctor,
    migrations,
    notices,
    packs,
    playbooks,
    quiet,
    reports,
    runbooks,
    said,
    serve,
    signals,
    simulate,
    taking,
    tools,
    unmapped,
)
from app.domain.base import list_in
from app.domain.errors import CausewayError


class Speaking(TyperGroup):
    """Says a refusal in one sentence on stderr and exits 1; misuse exits 2 as usual."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the command."""
        try:
            return super().invoke(ctx)
        except CausewayError as refusal:
            typer.echo(refusal.detail, err=True)
            problems = [*getattr(refusal, "problems", []), *list_in(refusal.facts, "problems")]
            for told in [told for problem in problems[:20] if (told := _problem_line(problem)) != refusal.detail]:
                typer.echo(f"  {told}", err=True)
            raise typer.Exit(1) from None


def _problem_line(problem: object) -> str:
    if not isinstance(problem, dict):
        return str(problem)
    return (
        f"{problem.get('path') or problem.get('filename') or ''}:"
        f" {problem.get('problem') or problem.get('detail') or ''}".lstrip(": ")
    )


cli = typer.Typer(
    cls=Speaking,
    help="Causeway: finds what a migration broke, fixes it with your approval, and proves the fix.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (serve, demo, signals, ask, actions, said, taking, controls, doctor, audit, data, reports, simulate):
    group.register(cli)
cli.add_typer(runbooks.group, name="runbooks")
cli.add_typer(signals.merchants, name="merchants")
cli.add_typer(migrations.group, name="migrations")
cli.add_typer(unmapped.group, name="unmapped")
cli.add_typer(tools.group, name="tools")
cli.add_typer(packs.group, name="packs")
cli.add_typer(notices.group, name="notices")
cli.add_typer(playbooks.group, name="playbooks")
cli.add_typer(quiet.group, name="quiet")
cli.add_typer(controls.group, name="kill-switch")
cli.add_typer(audit.group, name="audit")
cli.add_typer(data.group, name="db")
cli.add_typer(analyse.group, name="analyse")
