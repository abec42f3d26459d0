"""What /metrics shows: counters of this server's life, in a registry of its own, and what the store holds
when asked.
"""

from collections.abc import Callable
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from app.schemas.operations import AgentState

BREAKERS = ("closed", "half_open", "open")


class Meters:
    """The instruments of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = Counter("events_processed", "Signals taken in", ["tenant"], registry=self.registry)
        self.latency = Histogram(
            "processing_latency_seconds", "Time to answer a request", ["method", "path"], registry=self.registry
        )
        self.errors = Counter("errors", "Requests refused or failed, by error", ["error"], registry=self.registry)
        self.incidents = Gauge("incidents", "Incidents by status", ["tenant", "status"], registry=self.registry)
        self.actions = Gauge("actions", "Actions by status", ["tenant", "status"], registry=self.registry)
        self.pending = Gauge("signals_pending", "Signals no sweep has looked at", ["tenant"], registry=self.registry)
        self.behind = Gauge(
            "signals_behind_seconds",
            "Since the first signal not looked at occurred, by its tenant's clock",
            ["tenant"],
            registry=self.registry,
        )
        self.waited = Gauge(
            "signals_waited_seconds", "Since the first signal not looked at came in", ["tenant"], registry=self.registry
        )
        self.aside = Gauge(
            "signals_set_aside", "Signals set aside until a person brings them back", ["tenant"], registry=self.registry
        )
        self.breakers = Gauge(
            "tool_breaker",
            "Whether a tool is kept from calling a system that does not answer: 0 closed, 1 half open, 2 open",
            ["tenant", "tool"],
            registry=self.registry,
        )
        self.discarded = Counter(
            "discarded",
            "What upkeep has thrown away because it was old and not needed",
            ["tenant", "kind"],
            registry=self.registry,
        )
        self._held: dict[str, int] = {}
        self._gone: dict[tuple[str, str], int] = {}
        self._turn = Lock()

    def page(self, states: Callable[[], list[AgentState]]) -> bytes:
        """The exposition text, with what the store holds now; one reader at a time, so that no older reading follows a
        newer one.
        """
        with self._turn:
            self.incidents.clear()
            self.actions.clear()
            for state in states():
                self._show(state)
            return generate_latest(self.registry)

    def _show(self, state: AgentState) -> None:
        self._count_events(state.tenant, state.signals)
        for status, count in state.incidents_by_status.items():
            self.incidents.labels(state.tenant, status).set(count)
        for status, count in state.actions_by_status.items():
            self.actions.labels(state.tenant, status).set(count)
        self.pending.labels(state.tenant).set(state.signals_pending)
        self.behind.labels(state.tenant).set(state.lag.behind_seconds)
        self.waited.labels(state.tenant).set(state.lag.waited_seconds)
        self.aside.labels(state.tenant).set(state.lag.set_aside)
        for tool, breaker in state.breakers.items():
            self.breakers.labels(state.tenant, tool).set(BREAKERS.index(breaker))
        for kind, count in state.discarded.items():
            self.discarded.labels(state.tenant, kind).inc(max(0, count - self._gone.get((state.tenant, kind), 0)))
            self._gone[state.tenant, kind] = count

    def _count_events(self, tenant: str, held: int) -> None:
        """However a signal came in, it is in the store; a counter never falls, so old signals that are discarded do not
        count back.
        """
        self.events.labels(tenant).inc(max(0, held - self._held.get(tenant, 0)))
        self._held[tenant] = held
