"""Logs of OpenTelemetry, as JSON or as protobuf: one signal for each record.

A record of an error that names an exception or an HTTP status is an error of the API, any other a line of the log. A
record has no id, so it is known again by its content and its place among alike ones.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from collections import Counter
from collections.abc import Iterator

from app.domain.base import Severity, digest_of
from app.domain.signals import SignalType
from app.schemas.signals import IncomingSignal
from app.sources.base import Delivery, Leftover, SenderSettings, WebhookSource, WhatWasSaid, build_signal
from app.sources.fields import Fields, endpoint_in, merchant_in, severity_of, status_in, text_of
from app.sources.proofs import Proof, prove_shared_secret
from app.validation.strict_json import Unreadable

NAME = "otlp"
PROTOBUF = "application/x-protobuf"
DEEPEST = 6
ERROR_FROM = 17
LEVELS = (
    (21, "FATAL", Severity.CRITICAL),
    (17, "ERROR", Severity.HIGH),
    (13, "WARN", Severity.MEDIUM),
    (9, "INFO", Severity.INFO),
    (1, "DEBUG", Severity.INFO),
)
"""From which number on a record is how bad."""
EXCEPTIONS = ("exception.type", "error.type", "error_code", "error.code")


def is_protobuf(delivery: Delivery) -> bool:
    """Whether the body is packed as protobuf."""
    return delivery.headers.get("content-type", "").partition(";")[0].strip().lower() == PROTOBUF


def _recognise(delivery: Delivery) -> bool:
    return is_protobuf(delivery) or isinstance(Fields(delivery.content).get("resourceLogs"), list)


def _verify(delivery: Delivery, secret: bytes, settings: SenderSettings) -> Proof:
    return prove_shared_secret(delivery.headers, secret)


def _read(delivery: Delivery, settings: SenderSettings) -> WhatWasSaid:
    content = _unpacked(delivery.body) if is_protobuf(delivery) else delivery.content
    said = Fields(content)
    if not isinstance(said.get("resourceLogs"), list):
        return WhatWasSaid(rest=(Leftover(content),)) if said.held or not isinstance(content, dict) else WhatWasSaid()
    seen: Counter[str] = Counter()
    signals = []
    for resource, library, record in _records_in(said):
        identity = digest_of([resource.held, library, record.held])
        seen[identity] += 1
        signals.append(_signal_of(resource, library, record, f"{identity}/{seen[identity]}", settings))
    return WhatWasSaid(tuple(signals))


def _records_in(said: Fields) -> Iterator[tuple[Fields, str | None, Fields]]:
    for group in said.rows("resourceLogs"):
        resource = _attributes_in(group.inner("resource"))
        for part in group.rows("scopeLogs"):
            for record in part.rows("logRecords"):
                yield resource, part.text("scope", "name"), record


def _signal_of(
    resource: Fields, library: str | None, record: Fields, identity: str, settings: SenderSettings
) -> IncomingSignal:
    own = _attributes_in(record)
    number = record.number("severityNumber") or 0
    word, severity = next(((word, bad) for least, word, bad in LEVELS if number >= least), (None, None))
    level = record.text("severityText") or word
    severity = severity or severity_of(level) or Severity.INFO
    code, status = own.first(*EXCEPTIONS), status_in(own)
    text = own.first("exception.message") or text_of(value_of(record.get("body"))) or code or "a record without a text"
    attributes = {
        **{f"resource.{name}" if name in own.held else name: value for name, value in resource.held.items()},
        **own.held,
        "scope": library,
        "trace_id": record.text("traceId"),
        "span_id": record.text("spanId"),
    }
    known = {"event_id": identity, "merchant": merchant_in(own, resource)}
    moment = record.moment("timeUnixNano") or record.moment("observedTimeUnixNano")
    failed = number >= ERROR_FROM or severity.rank >= Severity.HIGH.rank
    if failed and (code or (status or 0) >= 400):
        return build_signal(
            NAME,
            SignalType.API_ERROR,
            **known,
            attributes={**attributes, "level": level},
            settings=settings,
            occurred_at=moment,
            severity=severity,
            error_code=code,
            endpoint=endpoint_in(own, resource),
            status=status,
            error_message=text,
        )
    return build_signal(
        NAME,
        SignalType.LOG,
        **known,
        attributes=attributes,
        settings=settings,
        occurred_at=moment,
        severity=severity,
        level=level,
        message=text,
    )


def _attributes_in(holder: Fields) -> Fields:
    """The attributes, a list of keys with typed values, as an object."""
    return Fields({one.text("key") or "": value_of(one.get("value")) for one in holder.rows("attributes")})


def value_of(held: object, depth: int = 0) -> object:
    """A typed value (`{"stringValue": ...}`) as a plain one."""
    value = Fields(held)
    if depth > DEEPEST or not value.held:
        return None
    if (numbers := value.get("intValue")) is not None:
        return value.number("intValue") if value.number("intValue") is not None else text_of(numbers)
    for name in ("stringValue", "boolValue", "doubleValue", "bytesValue"):
        if name in value.held:
            return value.get(name)
    if "arrayValue" in value.held:
        return [value_of(one, depth + 1) for one in value.items("arrayValue", "values")]
    return {
        pair.text("key") or "": value_of(pair.get("value"), depth + 1) for pair in value.rows("kvlistValue", "values")
    }


def _unpacked(body: bytes) -> object:
    """The same content from protobuf; Unreadable when it is none, or where the library for it is missing."""
    try:
        from google.protobuf.json_format import MessageToDict
        from google.protobuf.message import DecodeError
        from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    except ImportError:
        raise Unreadable(
            "Protobuf cannot be read here; send the logs as JSON (OTEL_EXPORTER_OTLP_PROTOCOL=http/json)."
        ) from None
    try:
        content = MessageToDict(ExportLogsServiceRequest.FromString(body), use_integers_for_enums=True)
    except (DecodeError, ValueError, RecursionError) as fault:
        raise Unreadable(f"The body is no export of logs in protobuf: {str(fault)[:100]}.") from None
    for group in Fields(content).rows("resourceLogs"):
        for record in (record for part in group.rows("scopeLogs") for record in part.rows("logRecords")):
            for name in ("traceId", "spanId"):
                record.held[name] = _hexadecimal(record.text(name))
    return content


def _hexadecimal(packed: str | None) -> str | None:
    try:
        return b64decode(packed or "", validate=True).hex() or None
    except (NotBase64, ValueError):
        return None


SOURCE = WebhookSource(
    name=NAME,
    title="OpenTelemetry logs (OTLP/HTTP)",
    proof="the secret as bearer token, as password or in X-Webhook-Secret (OTEL_EXPORTER_OTLP_HEADERS)",
    recognise=_recognise,
    verify=_verify,
    read=_read,
)
