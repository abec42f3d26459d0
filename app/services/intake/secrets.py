"""Keeps card data, bank accounts and credentials out of what is kept: every text of every signal is looked through.

Nearly all of them hold none. A glance at many signals at once tells so; only where it does not, each is read by itself.
"""

from collections.abc import Iterator, Sequence

from app.domain.base import JsonObject
from app.domain.signals import Signal
from app.privacy.redact import Redacted, plainly_harmless, redact, redact_field
from app.schemas.signals import IncomingSignal

TEXTS = (
    "source",
    "event_id",
    "merchant_id",
    "error_code",
    "endpoint",
    "status",
    "error_message",
    "topic",
    "payment_id",
    "order_id",
    "level",
    "message",
    "name",
    "ticket_id",
    "customer_id",
    "channel",
    "subject",
    "body",
)
"""Every field in which a sender writes freely."""
_TEXTS = frozenset(TEXTS)
AT_A_GLANCE = 8
"""So many signals are glanced at together; then halves of them, and at last each by itself."""
NOTHING = Redacted("")
Cleaned = tuple[IncomingSignal, tuple[str, ...]]
"""An item as it may be kept, and the kinds of what was taken out."""
Looked = set[str]
"""What was said in one batch, and under which name, in which there is no secret: its items repeat each other."""


def remove_secrets(items: Sequence[IncomingSignal]) -> Iterator[Cleaned]:
    """Each item as it may be kept, without card data, bank accounts and credentials."""
    looked: Looked = set()
    for start in range(0, len(items), AT_A_GLANCE):
        yield from _glance_at([(item, _said_in(item)) for item in items[start : start + AT_A_GLANCE]], looked)


def _glance_at(some: Sequence[tuple[IncomingSignal, list[str]]], looked: Looked) -> Iterator[Cleaned]:
    """All of them at once; each half by itself where that does not show that they are harmless."""
    said = set().union(*[spoken for _, spoken in some]) - looked
    if not said or plainly_harmless("\n".join(said)):
        looked |= said
        yield from [(item, ()) for item, _ in some]
    elif len(some) == 1:
        yield without_secrets(some[0][0], looked)
    else:
        yield from _glance_at(some[: len(some) // 2], looked)
        yield from _glance_at(some[len(some) // 2 :], looked)


def without_secrets(item: IncomingSignal, looked: Looked | None = None) -> Cleaned:
    """One item as it may be kept; `looked` is what was found harmless before, and grows."""
    looked = set() if looked is None else looked
    found = {name: _redact_value(name, text, looked) for name, text in _texts_of(item)}
    changed = {name: _redact_value(name, text, looked) for name, text in _values_of(item)}
    names = {name: redact(name) for name in item.attributes}
    parts = [*found.values(), *(part for name in item.attributes for part in (names[name], changed.get(name, NOTHING)))]
    kinds = [kind for part in parts for kind in part.kinds]
    if not kinds:
        return item, ()
    attributes = {
        names[name].text: changed[name].text if name in changed and changed[name].kinds else value
        for name, value in item.attributes.items()
    }
    changes: JsonObject = {name: part.text[: _longest_allowed(name)] for name, part in found.items() if part.kinds}
    return item.model_copy(update={**changes, "attributes": attributes}), tuple(dict.fromkeys(kinds))


def _said_in(item: IncomingSignal) -> list[str]:
    """Every text of an item with its name, and the names its sender chose."""
    said, attributes = vars(item), item.attributes
    spoken = [f"{name}={text}" for name in _TEXTS & item.model_fields_set if isinstance(text := said[name], str)]
    if attributes:
        spoken += [f"{name}={value}" for name, value in attributes.items()]
    return spoken


def _texts_of(item: IncomingSignal) -> list[tuple[str, str]]:
    said = vars(item)
    return [(name, said[name]) for name in TEXTS if isinstance(said[name], str)]


def _values_of(item: IncomingSignal) -> list[tuple[str, str]]:
    return [
        (name, str(value)) for name, value in item.attributes.items() if not (value is None or isinstance(value, bool))
    ]


def _redact_value(name: str, text: str, looked: Looked) -> Redacted:
    spoken = f"{name}={text}"
    if spoken in looked:
        return Redacted(text)
    found = redact_field(name, text)
    if not found.kinds and "=" not in name:
        looked.add(spoken)
    return found


def _longest_allowed(name: str) -> int | None:
    """How long a signal lets the field be: a placeholder may be longer than what it replaces."""
    kept = Signal.model_fields.get(name)
    limits = (getattr(rule, "max_length", None) for rule in (kept.metadata if kept else ()))
    return next((limit for limit in limits if isinstance(limit, int)), None)
