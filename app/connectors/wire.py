"""What a tool would send for real: for one cohort every call, byte for byte, before anybody is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.connectors.addresses import Address, read_url
from app.connectors.templates import Words, fill_body, fill_header, fill_path
from app.domain.base import Json, JsonMapping, digest_of
from app.domain.decisions import WireCall
from app.domain.errors import BadInput
from app.ports.connectors import ToolSpec
from app.ports.live import CallSpec, Connection, LiveSpec

MARK_LETTERS = 24


class NoConnection(BadInput):
    """A tool cannot be carried out for real here, and why."""


@dataclass(frozen=True)
class Route:
    """One tool over one connection, for one merchant or for all of a cohort."""

    live: LiveSpec
    connection: Connection
    merchant: str
    words: Words

    @property
    def place(self) -> Address:
        """Where its host is."""
        scheme = "smtps" if self.live.kind == "mail" else "http" if self.connection.unencrypted else "https"
        port = self.connection.port or {"https": 443, "http": 80, "smtps": 465}[scheme]
        if scheme == "smtps":
            return Address("smtp" if self.connection.unencrypted else scheme, self.connection.host, port)
        return read_url(f"{scheme}://{self.connection.host}:{port}/")

    def call(self, spec: CallSpec) -> WireCall:
        """One call, with what is secret, and what is known only when it is sent, still open."""
        place = self.place
        shown = (
            place.host
            if place.port in {80, 443} and place.scheme in {"http", "https"}
            else f"{place.host}:{place.port}"
        )
        body = "" if spec.body is None else fill_body(spec.body, self.words)
        headers = {name: fill_header(text, self.words) for name, text in spec.headers.items()}
        if body and self.live.kind == "http":
            headers = {"Content-Type": "application/json", **headers}
        return WireCall(
            merchant=self.merchant,
            method=spec.method if self.live.kind == "http" else "MAIL",
            url=f"{place.scheme}://{shown}{fill_path(spec.path, self.words)}",
            headers=headers,
            body=body,
        )


def routes_of(
    spec: ToolSpec, connections: Sequence[Connection], tenant: str, arguments: JsonMapping, merchants: Sequence[str]
) -> tuple[Route, ...]:
    """How a tool is carried out for a cohort of a tenant: over the first connection it has; none when it has none."""
    for live in spec.live:
        ours = [one for one in connections if (one.name, one.tenant) == (live.connection, tenant)]
        if ours:
            return tuple(_routes(spec, live, ours, tenant, arguments, merchants))
    return ()


def _routes(
    spec: ToolSpec,
    live: LiveSpec,
    ours: Sequence[Connection],
    tenant: str,
    arguments: JsonMapping,
    merchants: Sequence[str],
) -> Iterator[Route]:
    for name, allowed in live.only.items():
        if arguments.get(name) not in allowed:
            raise NoConnection(f"{live.connection} cannot do it with {name} {arguments.get(name)!r}")
    for merchant in merchants if live.per_merchant else ("",):
        connection = next((one for one in ours if one.merchant == merchant), None) or next(
            (one for one in ours if not one.merchant), None
        )
        if connection is None:
            raise NoConnection(f"{live.connection} has no connection for {merchant or 'all merchants together'}")
        yield Route(live, connection, merchant, _words(spec, connection, tenant, arguments, merchant))


def _words(spec: ToolSpec, connection: Connection, tenant: str, arguments: JsonMapping, merchant: str) -> Words:
    values: dict[str, Json] = {f"value.{name}": value for name, value in connection.values.items()}
    mark = digest_of([tenant, spec.name, dict(arguments), merchant])[:MARK_LETTERS]
    return {**dict(arguments), **values, "merchant": merchant, "mark": mark}


def calls_of(routes: Sequence[Route]) -> tuple[WireCall, ...]:
    """What is shown before it is sent, and sent as it was shown."""
    return tuple(route.call(route.live.send) for route in routes)
