"""Foreign JSON, read without trust: whatever is missing or of another type is simply not there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from app.domain.base import Severity

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR = 1971
"""Before it a time means that there is none."""
WORDS = {
    **dict.fromkeys(
        ("critical", "fatal", "emergency", "emerg", "alert", "page", "p1", "sev1", "urgent"), Severity.CRITICAL
    ),
    **dict.fromkeys(("high", "error", "err", "major", "p2", "sev2"), Severity.HIGH),
    **dict.fromkeys(("medium", "warning", "warn", "moderate", "normal", "p3", "sev3"), Severity.MEDIUM),
    **dict.fromkeys(("low", "minor", "notice", "p4", "p5", "sev4"), Severity.LOW),
    **dict.fromkeys(("info", "information", "informational", "debug", "trace", "none", "success", "ok"), Severity.INFO),
}
"""How senders say how bad it is."""
MERCHANT_NAMES = (
    *("merchant_id", "merchantId", "merchant.id", "merchant", "store_id", "store.id", "store_hash", "shop_id"),
    *("shop", "shop_domain", "store", "shop.id"),
)
"""Under what names senders tell whose trouble it is."""
ENDPOINT_NAMES = ("endpoint", "http.route", "http_route", "route", "url.path", "http.target", "path", "handler", "uri")
CODE_NAMES = ("http.response.status_code", "http.status_code", "status_code", "http_status", "code")


class Fields:
    """An object somebody else wrote, asked by path."""

    def __init__(self, held: object) -> None:
        self.held: dict[str, object] = held if isinstance(held, dict) else {}

    def get(self, *path: str) -> object:
        """What stands there, or None."""
        found: object = self.held
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def inner(self, *path: str) -> "Fields":
        """The object that stands there; an empty one where none does."""
        return Fields(self.get(*path))

    def rows(self, *path: str) -> "list[Fields]":
        """The objects of a list."""
        return [Fields(one) for one in self.items(*path) if isinstance(one, dict)]

    def items(self, *path: str) -> list[object]:
        """Whatever stands in a list."""
        found = self.get(*path)
        return found if isinstance(found, list) else []

    def text(self, *path: str) -> str | None:
        """A text, or a number as one."""
        return text_of(self.get(*path))

    def first(self, *names: str) -> str | None:
        """The first of these that says something; names are whole, dots and all."""
        return next((text for name in names if (text := text_of(self.held.get(name)))), None)

    def number(self, *path: str) -> int | None:
        """A whole number, or a text of digits as one."""
        return whole_of(self.get(*path))

    def moment(self, *path: str) -> datetime | None:
        """A time, however it is written."""
        return read_moment(self.get(*path))

    def severity(self, *path: str) -> Severity | None:
        """How bad it is, in whatever word."""
        return severity_of(self.text(*path))


def text_of(value: object) -> str | None:
    """A text that says something; numbers become one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return str(value)
    return value.strip() or None if isinstance(value, str) else None


def whole_of(value: object) -> int | None:
    """A whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) < 21 and value.strip().lstrip("-").isdecimal() and value.isascii():
        return int(value)
    return None


def minor_of(amount: object, digits: int = 2) -> int | None:
    """A decimal amount such as 12.50 in minor units."""
    try:
        scaled = Decimal(str(amount)).scaleb(digits)
        return int(scaled) if scaled.is_finite() and abs(scaled) < 2**53 else None
    except (InvalidOperation, ValueError):
        return None


def read_moment(value: object) -> datetime | None:
    """A time from ISO 8601 (without an offset it is UTC), or from seconds, milli-, micro- or nanoseconds since 1970."""
    if (number := whole_of(value)) is not None:
        value = number
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value.strip())
            found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found = EPOCH + timedelta(microseconds=_microseconds(value))
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return found if found.year >= FIRST_YEAR else None


def _microseconds(number: float) -> float:
    """What a number counts is seen by its size."""
    if number >= 10**17:
        return number // 1_000
    if number >= 10**14:
        return number
    return number * (1_000 if number >= 10**11 else 1_000_000)


def severity_of(word: str | None) -> Severity | None:
    """How bad a word of a sender's is; None for one that nobody knows."""
    return WORDS.get((word or "").strip().lower())


def merchant_in(*places: Fields) -> str | None:
    """Whose trouble it is, where one of these says so."""
    return next(_said(MERCHANT_NAMES, places), None)


def endpoint_in(*places: Fields) -> str | None:
    """Which endpoint it is about."""
    return next(_said(ENDPOINT_NAMES, places), None)


def status_in(*places: Fields) -> int | None:
    """The HTTP status it is about."""
    found = (whole_of(text) for text in _said(CODE_NAMES, places))
    return next((number for number in found if number is not None and 100 <= number <= 599), None)


def _said(names: tuple[str, ...], places: tuple[Fields, ...]) -> Iterator[str]:
    return (text for place in places for name in names if (text := text_of(place.held.get(name))))
