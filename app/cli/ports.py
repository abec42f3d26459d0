"""Ports of this machine: claimed before anything is started, so that a taken one costs a sentence and not a
traceback.
"""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from app.domain.errors import Conflict


def claim_port(host: str, port: int) -> socket.socket:
    """A listening socket on that port; Conflict when another program has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    claim = socket.socket(family, socket.SOCK_STREAM)
    claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        claim.bind((host, port))
        claim.listen(128)
    except OSError as problem:
        claim.close()
        raise Conflict(_why_taken(host, port, problem)) from None
    return claim


@contextmanager
def nobody_else_at(host: str, *ports: int) -> Iterator[None]:
    """While it lasts, no other program answers for `localhost` on these ports; Conflict when one does already.

    Browsers try both loopback addresses under that one name, so a page served on the other one would have the origin of
    ours. The ports are held there without listening: whoever tries them is refused at once, and goes on to us.
    """
    other, family = ("127.0.0.1", socket.AF_INET) if ":" in host else ("::1", socket.AF_INET6)
    held: list[socket.socket] = []
    try:
        for port in ports:
            try:
                held.append(socket.socket(family, socket.SOCK_STREAM))
                held[-1].bind((other, port))
            except OSError as problem:
                if problem.errno == errno.EADDRINUSE:
                    raise Conflict(
                        f"Port {port} is taken by another program at {other}; stop it or choose another port."
                    ) from None
        yield
    finally:
        for holding in held:
            holding.close()


def _why_taken(host: str, port: int, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program; stop it or choose another port."
    return f"Cannot listen on {host}:{port}: {problem.strerror}."


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there."""
    try:
        claim_port(host, port).close()
    except Conflict:
        return False
    return True
