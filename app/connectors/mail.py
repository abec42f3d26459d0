"""Sends one letter over SMTP, through the same door as everything else. A letter that was taken cannot be looked up."""

import json
import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from threading import Timer
from typing import Final

from app.connectors.addresses import Address, NotAllowed
from app.connectors.answers import End, Ended, hide_secrets
from app.connectors.egress import OutsideDoor, trusted_authorities
from app.domain.base import JsonObject
from app.domain.decisions import WireCall

WORDS: Final = ("from", "to", "subject", "text")


def letter_of(call: WireCall, key: str, domain: str) -> EmailMessage:
    """The letter as it is sent: what was approved, and an id that is the same at every attempt."""
    said: JsonObject = json.loads(call.body)
    letter = EmailMessage(policy=SMTP)
    for name in ("from", "to", "subject"):
        text = str(said[name])
        if any(mark in text for mark in "\r\n\x00"):
            raise NotAllowed(f"the {name} of a letter holds a line end")
        letter[name.capitalize()] = text
    letter["Message-ID"] = f"<{key[:40]}@{domain}>"
    letter.set_content(str(said["text"]))
    return letter


def deliver_letter(
    door: OutsideDoor, place: Address, call: WireCall, secrets: Mapping[str, str], seconds: float, *, key: str
) -> Ended:
    """Hand it to the mail server. Until the text was sent nothing was done; after that only its word tells."""
    letter = letter_of(call, key, place.host)
    connection = door.dial(place, {place.origin}, seconds)
    handed_over = False
    try:
        with _hung_up_after(connection, seconds), _Session(connection, place) as session:
            _introduce(session, secrets)
            _must(session.mail(str(letter["From"])))
            _must(session.rcpt(str(letter["To"])))
            handed_over = True
            code, _ = session.data(letter.as_bytes())
    except smtplib.SMTPResponseException as refused:
        return _refused(refused.smtp_code, handed_over=False)
    except (OSError, smtplib.SMTPException, ValueError) as failure:
        end = End.UNKNOWN if handed_over else End.LATER
        return Ended(end, f"the mail server broke off: {type(failure).__name__}")
    if code == 250:
        said = hide_secrets({"http_status": 250, "message_id": str(letter["Message-ID"])}, secrets.values())
        assert isinstance(said, dict)
        return Ended(End.DONE, reference=str(letter["Message-ID"]), said=said)
    return _refused(code, handed_over=True)


def greet_server(door: OutsideDoor, place: Address, secrets: Mapping[str, str], seconds: float) -> str:
    """Say who we are and leave; why that did not work, or nothing."""
    connection = door.dial(place, {place.origin}, seconds)
    try:
        with _hung_up_after(connection, seconds), _Session(connection, place) as session:
            _introduce(session, secrets)
            _must(session.noop())
    except (OSError, smtplib.SMTPException) as failure:
        return f"the mail server broke off: {type(failure).__name__}"
    return ""


def _introduce(session: smtplib.SMTP, secrets: Mapping[str, str]) -> None:
    user, password = secrets.get("secret.user"), secrets.get("secret.password")
    session.ehlo_or_helo_if_needed()
    if user and password:
        session.login(user, password)


def _must(answer: tuple[int, bytes]) -> None:
    if not 200 <= answer[0] < 300:
        raise smtplib.SMTPResponseException(*answer)


def _refused(code: int, *, handed_over: bool) -> Ended:
    """4yz is not now, 5yz is never; both mean that it was not taken."""
    if 400 <= code < 500:
        return Ended(End.LATER, f"the mail server answered {code}", said={"smtp_status": code})
    if 500 <= code < 600:
        return Ended(End.REFUSED, f"the mail server answered {code}", said={"smtp_status": code})
    return Ended(End.UNKNOWN if handed_over else End.LATER, f"the mail server answered {code}")


@contextmanager
def _hung_up_after(connection: socket.socket, seconds: float) -> Iterator[None]:
    """Ends the conversation after its time, also with a server that says one letter now and then."""
    handle = connection.dup()

    def hang_up() -> None:
        with suppress(OSError):
            handle.shutdown(socket.SHUT_RDWR)

    clock = Timer(seconds, hang_up)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()
        handle.close()


class _Session(smtplib.SMTP):
    """A session over a connection that the door opened; it opens none itself."""

    def __init__(self, connection: socket.socket, place: Address) -> None:
        self._opened = _encrypted(connection, place) if place.scheme == "smtps" else connection
        super().__init__(place.host, place.port, local_hostname="localhost")

    def _get_socket(self, host: str, port: int, timeout: float | None) -> socket.socket:
        return self._opened


def _encrypted(connection: socket.socket, place: Address) -> ssl.SSLSocket:
    return trusted_authorities().wrap_socket(connection, server_hostname=place.host)
