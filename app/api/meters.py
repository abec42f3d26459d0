"""What /metrics shows: counters of this server's life, in a registry of its own, and gauges read from the store when asked."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from app.wire import AgentState


class Meters:
    """The instruments of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = Counter("events_processed", "Signals taken in", ["tenant"], registry=self.registry)
        self.latency = Histogram("processing_latency_seconds", "Time to answer a request", ["method", "path"], registry=self.registry)
        self.errors = Counter("errors", "Requests refused or failed, by error", ["error"], registry=self.registry)
        self.incidents = Gauge("incidents", "Incidents by status", ["tenant", "status"], registry=self.registry)
        self.actions = Gauge("actions", "Actions by status", ["tenant", "status"], registry=self.registry)
        self.pending = Gauge("signals_pending", "Signals no sweep has looked at", ["tenant"], registry=self.registry)

    def page(self, states: list[AgentState]) -> bytes:
        """The exposition text, with the gauges as the store has them now."""
        self.incidents.clear()
        self.actions.clear()
        for state in states:
            self.events.labels(state.tenant)
            for status, count in state.incidents_by_status.items():
                self.incidents.labels(state.tenant, status).set(count)
            for status, count in state.actions_by_status.items():
                self.actions.labels(state.tenant, status).set(count)
            self.pending.labels(state.tenant).set(state.signals_pending)
        return generate_latest(self.registry)
