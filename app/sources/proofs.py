"""What proves that a sender sent exactly these bytes: keyed digests and shared secrets, compared in constant time, with
a window around the time that was signed.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.errors import Unauthorized
from app.sources.fields import read_moment

TOLERANCE = timedelta(seconds=300)
SECRET_HEADER = "x-webhook-secret"  # noqa: S105 (the name of a header)


class Unproven(Unauthorized):
    """Nothing shows that the sender sent this: no signature, a wrong one, or one of another time."""


@dataclass(frozen=True)
class Proof:
    """Somebody who knows the secret sent this. `seal` knows exactly this delivery again where a time was signed with
    it: a sender that tries again signs anew, so the same seal twice is a replay.
    """

    seal: str | None = None


def keyed_digest(secret: bytes, message: bytes) -> bytes:
    """The HMAC-SHA256."""
    return hmac.new(secret, message, hashlib.sha256).digest()


def hex_digest(secret: bytes, message: bytes) -> str:
    """The same in hexadecimal."""
    return keyed_digest(secret, message).hex()


def base64_digest(secret: bytes, message: bytes) -> str:
    """The same in base64."""
    return b64encode(keyed_digest(secret, message)).decode("ascii")


def require_match(wanted: str, given: Iterable[str]) -> None:
    """Unproven unless one of the given texts is the wanted one."""
    found = False
    for one in given:
        found |= hmac.compare_digest(wanted.encode(), one.encode("utf-8", "replace"))
    if not found:
        raise Unproven("The signature does not belong to these bytes, or was made with another secret.")


def require_header(headers: Mapping[str, str], name: str) -> str:
    """A header without which nothing is proven."""
    value = headers.get(name.lower(), "").strip()
    if not value:
        raise Unproven(f"The header {name} is missing, so nothing shows who sent this.")
    return value


def require_fresh(signed_at: datetime | None, now: datetime) -> None:
    """Unproven when the signed time is none, or lies too far from now."""
    if signed_at is None:
        raise Unproven("The signed time is not one.")
    if abs(now - signed_at) > TOLERANCE:
        raise Unproven(
            f"It was signed at {signed_at.isoformat(timespec='seconds')}, more than {TOLERANCE.seconds} seconds from"
            " now: it is stale or replayed, or one of the two clocks is wrong."
        )


def sealed_proof(*signed: str) -> Proof:
    """The proof of what was signed together with a time."""
    return Proof(seal=hashlib.sha256("\n".join(signed).encode("utf-8", "replace")).hexdigest())


def prove_shared_secret(headers: Mapping[str, str], secret: bytes) -> Proof:
    """For senders that sign nothing: the secret itself, as a bearer token, as the password of basic authentication, or
    in X-Webhook-Secret.
    """
    kind, _, rest = headers.get("authorization", "").strip().partition(" ")
    given = [headers[SECRET_HEADER].strip()] if SECRET_HEADER in headers else []
    if kind.lower() == "bearer":
        given.append(rest.strip())
    if kind.lower() == "basic":
        given += _passwords_in(rest.strip())
    if not given:
        raise Unproven(
            "No secret came with it; send it as Authorization: Bearer, as the password of basic authentication, or as"
            " X-Webhook-Secret."
        )
    require_match(secret.decode("utf-8", "replace"), given)
    return Proof()


def _passwords_in(encoded: str) -> list[str]:
    try:
        said = b64decode(encoded, validate=True).decode("utf-8")
    except (NotBase64, ValueError):
        return []
    return [said.partition(":")[2], said]


def prove_standard_webhook(headers: Mapping[str, str], body: bytes, secret: bytes, now: datetime) -> Proof:
    """The rule of Standard Webhooks: id, time and body signed together, several signatures allowed."""
    message_id, sent, signatures = (
        require_header(headers, name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    )
    wanted = base64_digest(secret, b"%b.%b.%b" % (message_id.encode(), sent.encode(), body))
    require_match(f"v1,{wanted}", signatures.split())
    require_fresh(read_unix_moment(sent), now)
    return sealed_proof(message_id, sent, wanted)


def read_unix_moment(text: str) -> datetime | None:
    """Seconds since 1970 as a time; None for anything else."""
    return read_moment(int(text)) if text.isascii() and text.isdigit() and len(text) <= 12 else None
