"""Which addresses a tool may reach: names and numbers in one strict spelling, and no number of a private network.

What Python calls a global address includes tunnels to private ones, so the networks are listed here one by one.
"""

import ipaddress
import re
from typing import Final, NamedTuple

from app.domain.errors import Permanent

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
LONGEST_URL: Final = 2_000
SPELLING: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<target>/[A-Za-z0-9/._~!$&'()*+,;=:@%?-]*)?"
)
"""The whole of what an address may look like: no user, no fragment, no backslash, no space, no capital in the host."""
NAME: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""A name has a last part that begins with a letter: a number in any notation has none."""
PORTS: Final = {"https": 443, "http": 80}
CLOSED_4: Final = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
OPEN_6: Final = ipaddress.IPv6Network("2000::/3")
CLOSED_6: Final = tuple(
    ipaddress.IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)


class NotAllowed(Permanent):
    """The address is none that this tool may reach, so nothing was sent."""


class Address(NamedTuple):
    """An address in its parts: what is compared is what is dialled."""

    scheme: str
    host: str
    port: int
    target: str = "/"

    @property
    def origin(self) -> str:
        """Scheme, host and port, always all three."""
        return f"{self.scheme}://{self.host}:{self.port}"


def read_url(url: str) -> Address:
    """The parts of an address; NotAllowed for every spelling that two readers could understand differently."""
    found = SPELLING.fullmatch(url) if len(url) <= LONGEST_URL else None
    if found is None:
        raise NotAllowed("the address is not written in the one way that is allowed")
    port = int(found["port"] or PORTS[found["scheme"]])
    host = found["host"]
    if port > 65_535 or not (NAME.fullmatch(host) or _is_plain_ipv4(host)):
        raise NotAllowed("the address names no host that could be allowed")
    return Address(found["scheme"], host, port, found["target"] or "/")


def _is_plain_ipv4(host: str) -> bool:
    try:
        return str(ipaddress.IPv4Address(host)) == host
    except ValueError:
        return False


def is_public(address: IPAddress) -> bool:
    """Whether an address belongs to the open internet, and to no private, local, shared or translated network."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in net for net in CLOSED_4)
    return address in OPEN_6 and address.ipv4_mapped is None and not any(address in net for net in CLOSED_6)


def read_address(text: str) -> IPAddress:
    """An address as a resolver wrote it; one with a zone belongs to a local link."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise NotAllowed("the name stands for something that is no address") from None
