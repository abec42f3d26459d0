"""What nobody could read: kept by its shape, shown, and read with the mapping that a person gives once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.access import UseCase, require
from app.context import AppContext
from app.domain.base import JsonObject, canonical_json, digest_of
from app.domain.errors import BadInput, NotFound
from app.domain.tenants import Scope
from app.domain.unmapped import FieldMapping, UnmappedItem, UnmappedShape
from app.ports.store import Session
from app.privacy.redact import redact, redact_field
from app.schemas.signals import IncomingSignal
from app.schemas.sources import ItemProblem, MappingAnswer, ShapeView
from app.services.intake import ingest
from app.sources.base import Leftover
from app.sources.mapping import list_mapping_problems, list_paths, read_by_mapping

MOST_SHAPES = 200
MOST_OF_SHAPE = 500
MOST_KEPT = 5_000
LARGEST = 64_000
"""Bytes of one item; of a larger one only its size is kept."""
MOST_SHOWN = 20
SHAPE_DEPTH = 2


@dataclass
class SortedLeftovers:
    """What became of the leftovers of a delivery: signals by a mapping that exists, or things that wait for one."""

    signals: list[IncomingSignal] = field(default_factory=list)
    waiting: int = 0


def sort_leftovers(ctx: AppContext, scope: Scope, source: str, rest: Sequence[Leftover]) -> SortedLeftovers:
    """Read what there is a mapping for; keep all else, each once, as far as there is room, and count it."""
    done = SortedLeftovers()
    if not rest:
        return done
    now = ctx.clock(scope).now()
    with ctx.store.write(scope) as session:
        for shape_id, parts in _by_shape(source, rest).items():
            _sort_shape(session, shape_id, source, parts, now, done)
    return done


def _by_shape(source: str, rest: Sequence[Leftover]) -> dict[str, list[Leftover]]:
    found: dict[str, list[Leftover]] = {}
    for part in rest:
        found.setdefault(_shape_id(source, part), []).append(part)
    return found


def _shape_id(source: str, part: Leftover) -> str:
    """Things of one kind are one shape, whatever they hold; without a kind, those with the same members."""
    told = part.kind or sorted({".".join(path.split(".")[:SHAPE_DEPTH]) for path in list_paths(part.content)})
    return f"SHP-{digest_of([source, told])[:16]}"


def _sort_shape(
    session: Session, shape_id: str, source: str, parts: Sequence[Leftover], now: datetime, done: SortedLeftovers
) -> None:
    known = session.unmapped.shape(shape_id)
    if known is None and len(session.unmapped.shapes()) >= MOST_SHAPES:
        shape_id = f"SHP-{digest_of([source, 'and others'])[:16]}"
        known = session.unmapped.shape(shape_id)
    shape = known or UnmappedShape(
        id=shape_id,
        source=source,
        kind=redact(parts[0].kind).text[:200],
        paths=tuple(redact(path).text for path in list_paths(parts[0].content)),
        first_at=now,
        last_at=now,
        count=0,
    )
    items = []
    for part in parts:
        item = UnmappedItem(
            id=f"UNM-{digest_of([source, part.kind, part.content])[:32]}",
            shape_id=shape_id,
            at=now,
            content=_without_secrets(part.content),
        )
        signal = read_by_mapping(source, item.content, shape.mapping, item.id).signal if shape.mapping else None
        if signal is not None:
            done.signals.append(signal)
        elif not (shape.mapping and shape.mapping.ignore):
            items.append(item)
    room = min(MOST_OF_SHAPE - session.unmapped.count(shape_id), MOST_KEPT - session.unmapped.count())
    session.unmapped.add([_cut(item) for item in items[: max(room, 0)]])
    session.unmapped.put_shape(shape.changed(count=shape.count + len(parts), last_at=now))
    done.waiting += len(items)


def _without_secrets(content: object, name: str = "") -> object:
    """The same without card data, bank accounts and credentials."""
    if isinstance(content, Mapping):
        return {redact(str(key)).text: _without_secrets(inner, str(key)) for key, inner in content.items()}
    if isinstance(content, list):
        return [_without_secrets(inner, name) for inner in content]
    if isinstance(content, str):
        return redact_field(name, content).text
    if isinstance(content, int | float) and not isinstance(content, bool):
        text = str(content)
        harmless = redact_field(name, text).text
        return content if harmless == text else harmless
    return content


def _cut(item: UnmappedItem) -> UnmappedItem:
    size = len(canonical_json(item.content))
    return item if size <= LARGEST else item.changed(content={"too_large_to_keep": size})


# --- shown and mapped
# -----------------------------------------------------------------------------------------------------


def list_shapes(ctx: AppContext, scope: Scope) -> list[ShapeView]:
    """Every shape, those that came last first, each with an example."""
    with ctx.store.read(scope) as session:
        return [
            ShapeView(
                **shape.plain(),
                kept=session.unmapped.count(shape.id),
                examples=[item.content for item in session.unmapped.items(shape.id, 1)],
            )
            for shape in session.unmapped.shapes()
        ]


def list_items(ctx: AppContext, scope: Scope, shape_id: str, limit: int) -> list[UnmappedItem]:
    """What is kept of a shape, oldest first; NotFound for a shape that never came."""
    with ctx.store.read(scope) as session:
        _require_shape(session, shape_id)
        return session.unmapped.items(shape_id, limit)


def map_shape(ctx: AppContext, scope: Scope, shape_id: str, mapping: FieldMapping, *, dry_run: bool) -> MappingAnswer:
    """Read what is kept of a shape with a mapping, and from now on what comes; with `dry_run` only show how."""
    require(scope, UseCase.MAP_SHAPE)
    wrong = list(list_mapping_problems(mapping))
    if wrong:
        raise BadInput(
            f"Nothing was changed. {wrong[0].field}: {wrong[0].problem}.",
            [{"field": one.field, "path": f"fields.{one.field}", "problem": one.problem} for one in wrong],
        )
    with ctx.store.read(scope) as session:
        shape = _require_shape(session, shape_id)
        items = session.unmapped.items(shape_id, MOST_OF_SHAPE)
    read = [(item, read_by_mapping(shape.source, item.content, mapping, item.id)) for item in items]
    signals = [found.signal for _, found in read if found.signal is not None]
    done = [item.id for item, found in read if found.signal is not None or mapping.ignore]
    problems = [
        ItemProblem(item_id=item.id, field=one.field, place=one.place, problem=one.problem)
        for item, found in read
        for one in ([] if mapping.ignore else found.problems)
    ]
    if not dry_run:
        _keep_mapping(ctx, scope, shape, mapping, len(done))
        if signals and not mapping.ignore:
            ingest.accept(ctx, scope, signals, lenient=True)
        with ctx.store.write(scope) as session:
            session.unmapped.remove(done)
    return MappingAnswer(
        dry_run=dry_run,
        read=len(done),
        left=len(items) - len(done),
        signals=[] if mapping.ignore else signals[:MOST_SHOWN],
        problems=problems[:MOST_SHOWN],
    )


def _keep_mapping(ctx: AppContext, scope: Scope, shape: UnmappedShape, mapping: FieldMapping, read: int) -> None:
    now = ctx.clock(scope).now()
    with ctx.store.write(scope) as session:
        known = session.unmapped.shape(shape.id) or shape
        session.unmapped.put_shape(known.changed(mapping=mapping, mapped_by=scope.principal.id, mapped_at=now))
        told: JsonObject = {"source": shape.source, "kind": shape.kind, "mapping": mapping.plain(), "read": read}
        session.events.append("source.mapped", shape.id, told, at=now)


def _require_shape(session: Session, shape_id: str) -> UnmappedShape:
    shape = session.unmapped.shape(shape_id)
    if shape is None:
        raise NotFound(f"There is no unmapped shape {shape_id[:64]} here.")
    return shape
