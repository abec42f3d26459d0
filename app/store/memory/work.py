"""Work in progress of a tenant in memory: leases, the outbox, setbacks, and answers kept by Idempotency-Key."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from app.domain.action_states import ActionStatus
from app.domain.tenants import Fence
from app.domain.work import Intent, Lease, RetryState, StoredResponse
from app.ports.system import Clock
from app.store import codec, transitions
from app.store.memory import still
from app.store.memory.events import MemoryEvents
from app.store.memory.shelf import ShelfView


class _Held(NamedTuple):
    """A lease's row: it stays when the lease is over, since tokens grow for ever."""

    token: int
    holder: str
    until: float


class MemoryLeases:
    """The Leases port in memory, by the store's clock."""

    def __init__(self, view: ShelfView, clock: Clock) -> None:
        self._view = view
        self._clock = clock

    def take(self, name: str, holder: str, *, seconds: float) -> Fence | None:
        """Take a lease that nobody else holds, under a token that has grown; one of our own that was not let go is
        taken anew.

        One that would last much longer than is asked for was written before the clock was set back: it is free.
        """
        rows, wanted, now = self._view.edit("leases"), codec.clean_text(name), self._now()
        row: _Held = rows.get(wanted, _Held(0, "", 0.0))
        if now < row.until <= now + transitions.longest_lease(seconds) and row.holder != codec.clean_text(holder):
            return None
        rows[wanted] = _Held(row.token + 1, codec.clean_text(holder), now + seconds)
        return Fence(name=wanted, token=row.token + 1)

    def renew(self, fence: Fence, *, seconds: float) -> bool:
        """Hold it for so long from now; False when it was taken over, or let go. One that ran out and that nobody took
        is held again.
        """
        rows = self._view.edit("leases")
        row: _Held | None = rows.get(codec.clean_text(fence.name))
        if row is None or row.token != fence.token or row.until <= 0.0:
            return False
        rows[codec.clean_text(fence.name)] = row._replace(until=self._now() + seconds)
        return True

    def release(self, fence: Fence) -> None:
        """Let it go at once, if it is still ours."""
        rows = self._view.edit("leases")
        row: _Held | None = rows.get(codec.clean_text(fence.name))
        if row is not None and row.token == fence.token:
            rows[codec.clean_text(fence.name)] = row._replace(until=0.0, holder="")

    def page(self) -> list[Lease]:
        """Leases that are held now, by name."""
        now = self._now()
        held = [(name, row) for name, row in sorted(self._view.rows("leases").items()) if row.until > now]
        return [
            Lease(fence=Fence(name=name, token=row.token), holder=row.holder, seconds_left=row.until - now)
            for name, row in held
        ]

    def check_fence(self) -> None:
        """LeaseLost when the scope's lease has been taken over, or was never taken."""
        fence = self._view.scope.fence
        if fence is not None:
            row: _Held | None = self._view.rows("leases").get(codec.clean_text(fence.name))
            if row is None or row.token != fence.token:
                raise transitions.lease_lost(fence)

    def _now(self) -> float:
        return self._clock.now().timestamp()


class MemoryOutbox:
    """The Outbox port in memory."""

    def __init__(self, view: ShelfView, chain: MemoryEvents) -> None:
        self._view = view
        self._chain = chain

    def put(self, intent: Intent) -> bool:
        """Keep an intent once, by its key; False when it was there."""
        rows, kept = self._view.edit("outbox"), still.as_stored(intent)
        return rows.setdefault(kept.key, kept) is kept

    def get(self, key: str) -> Intent | None:
        """One intent."""
        stored: Intent | None = self._view.rows("outbox").get(codec.clean_text(key))
        return stored

    def attempt(self, key: str, *, at: datetime) -> Intent:
        """Count one more attempt, before it is made; NotFound for an unknown key, Conflict for an intent that is
        closed.
        """
        self._view.edit("outbox")
        now = transitions.known_intent(self.get(key), key)
        if now.ended_at is not None:
            raise transitions.closed_intent(now)
        intent = self._keep(now.changed(attempts=now.attempts + 1, tried_at=at))
        if intent.attempts > 1:
            self._chain.tell(transitions.action_sent_again(intent), at)
        return intent

    def end(self, key: str, *, ending: str, error: str, at: datetime) -> None:
        """Close it; closing it again (a person settles a doubt) replaces how it ended. NotFound for an unknown key."""
        self._view.edit("outbox")
        now = transitions.known_intent(self.get(key), key)
        self._keep(now.changed(ending=codec.clean_text(ending), error=codec.clean_text(error), ended_at=at))

    def page(self, *, action_id: str | None = None, open_only: bool = False, limit: int = 200) -> list[Intent]:
        """Newest first."""
        wanted = None if action_id is None else codec.clean_text(action_id)
        found: Iterable[Intent] = self._view.rows("outbox").values()
        asked = [
            one for one in found if wanted in (None, one.action_id) and not (open_only and one.ended_at is not None)
        ]
        return sorted(asked, key=lambda one: (one.created_at, one.key), reverse=True)[: max(limit, 0)]

    def discard_before(self, moment: datetime) -> int:
        """Delete what ended before a moment, but for what ended in doubt, which a person may still settle; how many
        went.
        """
        rows = self._view.edit("outbox")
        found: Iterable[Intent] = rows.values()
        gone = [
            one.key
            for one in found
            if one.ended_at is not None and one.ended_at < moment and one.ending != ActionStatus.IN_DOUBT.value
        ]
        for key in gone:
            del rows[key]
        return len(gone)

    def _keep(self, intent: Intent) -> Intent:
        kept = still.as_stored(intent)
        self._view.edit("outbox")[kept.key] = kept
        return kept


class MemorySetbacks:
    """The Setbacks port in memory."""

    def __init__(self, view: ShelfView) -> None:
        self._view = view

    def get(self, incident_id: str) -> RetryState | None:
        """What is known about one incident; None when nothing went wrong."""
        stored: RetryState | None = self._view.rows("setbacks").get(codec.clean_text(incident_id))
        return stored

    def put(self, setback: RetryState) -> None:
        """Insert or replace."""
        kept = still.as_stored(setback)
        self._view.edit("setbacks")[kept.incident_id] = kept

    def clear(self, incident_id: str) -> None:
        """It goes on again."""
        self._view.edit("setbacks").pop(codec.clean_text(incident_id), None)

    def page(self, *, dead: bool | None = None) -> list[RetryState]:
        """Newest first."""
        found: Iterable[RetryState] = self._view.rows("setbacks").values()
        asked = [one for one in found if dead in (None, one.dead)]
        return sorted(asked, key=lambda one: (one.at, one.incident_id), reverse=True)


class MemoryReplies:
    """The Replies port in memory."""

    def __init__(self, view: ShelfView) -> None:
        self._view = view

    def begin(self, reply: StoredResponse, *, abandoned_before: datetime) -> StoredResponse | None:
        """Keep the question; None when it is ours to answer, else what is kept.

        A question whose asker went away before that moment without an answer is ours too, if it is the same question.
        """
        self._view.edit("replies")
        there = self._get(reply.key, reply.route)
        abandoned = there is not None and there.status is None and there.at < abandoned_before
        if there is not None and not (abandoned and there.fingerprint == codec.clean_text(reply.fingerprint)):
            return there
        self._keep(there.changed(at=reply.at) if there else reply)
        return None

    def finish(self, key: str, route: str, *, status: int, headers: Mapping[str, str], body: str) -> None:
        """Keep the answer, if the question still waits for one: the first answer stays."""
        self._view.edit("replies")
        there = self._get(key, route)
        if there is not None and there.status is None:
            self._keep(there.changed(status=status, headers=dict(headers), body=body))

    def forget(self, key: str, route: str) -> None:
        """Drop the question: it may be asked again as if for the first time."""
        self._view.edit("replies").pop((codec.clean_text(key), codec.clean_text(route)), None)

    def discard_before(self, moment: datetime) -> int:
        """Delete older ones; how many went."""
        rows = self._view.edit("replies")
        gone = [name for name, stored in rows.items() if stored.at < moment]
        for name in gone:
            del rows[name]
        return len(gone)

    def _get(self, key: str, route: str) -> StoredResponse | None:
        stored: StoredResponse | None = self._view.rows("replies").get((codec.clean_text(key), codec.clean_text(route)))
        return stored

    def _keep(self, reply: StoredResponse) -> None:
        kept = still.as_stored(reply)
        self._view.edit("replies")[kept.key, kept.route] = kept
