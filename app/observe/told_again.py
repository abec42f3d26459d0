"""A failure that one visitor meets again and again is one failure: retries are no evidence."""

from collections.abc import Iterable

from app.config.vocabulary import Vocabulary
from app.domain.signals import Signal, SignalType
from app.observe.streams import failure_stream, visitor_of


def drop_told_again(signals: Iterable[Signal], words: Vocabulary) -> list[Signal]:
    """The signals, of what one visitor met at one place only the first; those without a visitor all count."""
    found: list[Signal] = []
    met: set[tuple[str, str, str]] = set()
    for signal in sorted(signals, key=lambda one: (one.occurred_at, one.id)):
        visitor = visitor_of(signal, words) if has_failed(signal) else ""
        event = (signal.merchant_id or "", failure_stream(signal), visitor) if visitor else None
        if event is None or event not in met:
            found.append(signal)
        if event is not None:
            met.add(event)
    return found


def has_failed(signal: Signal) -> bool:
    """Whether it reports a failure, if only by its status."""
    refused = (
        signal.signal_type is SignalType.WEBHOOK_DELIVERY and isinstance(signal.status, int) and signal.status >= 400
    )
    return signal.is_error or refused
