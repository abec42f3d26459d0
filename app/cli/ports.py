"""Ports of this machine: claimed before anything is started, so that a taken one costs a sentence and not a traceback."""

import errno
import socket

from app.domain.errors import Conflict


def claimed(host: str, port: int) -> socket.socket:
    """A listening socket on that port; Conflict when another program has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    claim = socket.socket(family, socket.SOCK_STREAM)
    claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        claim.bind((host, port))
        claim.listen(128)
    except OSError as problem:
        claim.close()
        raise Conflict(_why(host, port, problem)) from None
    return claim


def _why(host: str, port: int, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program; stop it or choose another port."
    return f"Cannot listen on {host}:{port}: {problem.strerror}."


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there."""
    try:
        claimed(host, port).close()
    except Conflict:
        return False
    return True
