"""Every failure the product can name, so that one handler can render all of them.

CausewayError
├── Temporary            try again after `delay` seconds             503
│   ├── LeaseLost        another worker has taken over               503
│   ├── Unavailable      a disk, file or database does not serve     503
│   └── ModelTrouble     a language model has no answer              503
└── Permanent            trying again changes nothing                400
    ├── BadInput         what was sent is wrong, and where           422
    ├── TooLarge         more than we accept                         413
    ├── Unauthorized     who are you?                                401
    ├── Forbidden        known, but not allowed                      403
    ├── NotFound         no such thing in this tenant                404
    ├── Conflict         somebody was first, or the thing moved on   409
    └── BadConfig        a file of ours is wrong; refuses to start   500
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from app.domain.base import JsonMapping


class CausewayError(Exception):
    """The root: carries the HTTP status and, where it helps, machine-readable details."""

    status: ClassVar[int] = 500

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts: JsonMapping = facts


class Temporary(CausewayError):
    """It may work later; `delay` says when to try again."""

    status = 503

    def __init__(self, detail: str, delay: float = 1.0, **facts: Any) -> None:
        super().__init__(detail, **facts)
        self.delay = delay


class LeaseLost(Temporary):
    """Another worker has taken this over: whatever was to be written is refused, and whoever holds the
    lease goes on.
    """


class ModelTrouble(Temporary):
    """The model has no answer that can be used; whoever asked goes on without one. `reason` is one of the words of
    app.domain.questions.Fallback.
    """

    def __init__(self, reason: str, detail: str, delay: float = 1.0) -> None:
        super().__init__(detail, delay=delay, reason=str(reason))
        self.reason = str(reason)


class Unavailable(Temporary):
    """Something of ours that keeps data does not serve now: what cannot be done, why in plain words, where it lies, and
    what to do.
    """

    def __init__(self, what: str, cause: str, *, place: str = "", remedy: str = "", delay: float = 1.0) -> None:
        where = f" ({place})" if place else ""
        advice = f". {remedy[:1].upper()}{remedy[1:]}" if remedy else ""
        super().__init__(f"{what}: {cause}{where}{advice}", delay=delay, where=place, remedy=remedy)
        self.cause = cause
        self.place = place
        self.remedy = remedy


class Permanent(CausewayError):
    """It will not work, however often it is tried."""

    status = 400


class BadInput(Permanent):
    """The shape or content of what was sent is wrong; `problems` lists every bad item."""

    status = 422

    def __init__(self, detail: str, problems: Sequence[JsonMapping] = (), **facts: Any) -> None:
        super().__init__(detail, **facts)
        self.problems = list(problems)


class TooLarge(Permanent):
    """More bytes, items or depth than we accept."""

    status = 413


class Unauthorized(Permanent):
    """No credential, or one that is not valid."""

    status = 401


class Forbidden(Permanent):
    """The credential is valid and does not allow this."""

    status = 403


class NotFound(Permanent):
    """Nothing of that name exists in this tenant."""

    status = 404


class Conflict(Permanent):
    """Somebody was first, or the thing has moved on; the facts name the winner."""

    status = 409


class BadConfig(Permanent):
    """A configuration file is wrong; each problem names file, line and key."""

    status = 500

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)
