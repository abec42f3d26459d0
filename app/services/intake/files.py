"""A file of signals, taken whole or not at all, unless somebody asks for the good rows of it."""

from app.context import AppContext
from app.domain.tenants import Scope
from app.domain.unmapped import FieldMapping
from app.schemas.sources import FileAnswer, RejectedRow
from app.services.intake import ingest
from app.sources.files import MOST_TOLD, RowProblem, read_file, refuse_bad_rows

MOST_SHOWN = 20


def take_file(
    ctx: AppContext,
    scope: Scope,
    name: str,
    raw: bytes,
    *,
    mapping: FieldMapping | None = None,
    source: str | None = None,
    partial: bool = False,
    dry_run: bool = False,
) -> FileAnswer:
    """Keep the signals of a file; BadInput that names each bad row and column when one is wrong. With `dry_run` nothing
    is kept and everything is shown.
    """
    reading = read_file(name, raw, mapping, source)
    reach = ingest.reach_now(ctx, scope)
    problems, good = list(reading.problems), []
    for row, signal in reading.signals:
        wrong = ingest.faults(signal, row, reach)
        problems += [RowProblem(row, str(one["field"]), str(one["problem"])) for one in wrong]
        if not wrong:
            good.append(signal)
    problems.sort(key=lambda one: one.row)
    if not (partial and good) and not dry_run:
        refuse_bad_rows(problems)
    rejected = [RejectedRow.model_validate(one.plain()) for one in problems[:MOST_TOLD]]
    if dry_run:
        return FileAnswer(rows=reading.rows, accepted=0, dry_run=True, signals=good[:MOST_SHOWN], rejected=rejected)
    taken = ingest.accept(ctx, scope, good)
    return FileAnswer(
        rows=reading.rows,
        accepted=taken.accepted,
        duplicates=taken.duplicates,
        rejected=rejected,
        notes=taken.notes[:MOST_SHOWN],
    )
