"""Leases of a tenant in SQL, by the database's clock: whoever takes one gets a token larger than every one
before it.
"""

from sqlalchemy import ColumnElement, or_

from app.domain.tenants import Fence
from app.domain.work import Lease
from app.store import codec, transitions
from app.store.sql.scope import Scoped
from app.store.sql.tables import leases


class SqlLeases:
    """The Leases port over a database. A row stays when its lease is over: tokens grow for ever."""

    def __init__(self, rows: Scoped) -> None:
        self._rows = rows

    def take(self, name: str, holder: str, *, seconds: float) -> Fence | None:
        """Take a lease that nobody else holds, under a token that has grown; one of our own that was not let go is
        taken anew.

        One that would last much longer than is asked for was written before the clock was set back: it is free.
        """
        wanted, now = codec.clean_text(name), self._rows.now()
        self._rows.insert_once(leases, {"name": wanted, "token": 0, "holder": "", "until": 0.0})
        free = self._rows.update(leases).where(
            leases.c.name == wanted,
            or_(
                leases.c.until <= now,
                leases.c.holder == codec.clean_text(holder),
                leases.c.until > now + transitions.longest_lease(seconds),
            ),
        )
        taken = free.values(token=leases.c.token + 1, holder=codec.clean_text(holder), until=now + seconds)
        token = self._rows.run(taken.returning(leases.c.token)).scalar()
        return None if token is None else Fence(name=wanted, token=token)

    def renew(self, fence: Fence, *, seconds: float) -> bool:
        """Hold it for so long from now; False when it was taken over, or let go. One that ran out and that nobody took
        is held again.
        """
        held = self._rows.update(leases).where(*_same_fence(fence), leases.c.until > 0.0)
        return self._rows.run(held.values(until=self._rows.now() + seconds)).rowcount == 1

    def release(self, fence: Fence) -> None:
        """Let it go at once, if it is still ours."""
        self._rows.run(self._rows.update(leases).where(*_same_fence(fence)).values(until=0.0, holder=""))

    def page(self) -> list[Lease]:
        """Leases that are held now, by name."""
        left = (leases.c.until - self._rows.now()).label("seconds_left")
        asked = self._rows.select(leases, leases.c.name, leases.c.token, leases.c.holder, left)
        found = self._rows.run(asked.where(leases.c.until > self._rows.now()).order_by(leases.c.name))
        return [
            Lease(fence=Fence(name=row.name, token=row.token), holder=row.holder, seconds_left=row.seconds_left)
            for row in found
        ]


def check_fence(rows: Scoped) -> None:
    """LeaseLost when the scope's lease has been taken over, or was never taken; one that ran out and that nobody took
    still counts.
    """
    fence = rows.scope.fence
    if fence is None:
        return
    if rows.find(leases, leases.c.token, name=codec.clean_text(fence.name), token=fence.token).first() is None:
        raise transitions.lease_lost(fence)


def _same_fence(fence: Fence) -> tuple[ColumnElement[bool], ...]:
    return leases.c.name == codec.clean_text(fence.name), leases.c.token == fence.token
