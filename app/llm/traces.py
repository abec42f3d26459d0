"""Tells a collector of each call of the model, by the conventions of OpenTelemetry for generative AI: which model, how
many tokens, what went wrong. No word of a question or an answer is among it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from app.domain.errors import ModelTrouble

PROVIDERS: Final = {"google_genai": "gcp.gemini", "openai": "openai", "ollama": "ollama"}
SECONDS: Final = 2


class Traces:
    """What is kept of calls; nothing where no collector is named."""

    def __init__(self, endpoint: str | None = None) -> None:
        self._provider: Any = _open_provider(endpoint) if endpoint else None

    @contextmanager
    def record(self, name: str, prompt: str) -> Iterator[dict[str, int]]:
        """One call, with whatever is noted into the mapping meanwhile."""
        noted: dict[str, int] = {}
        if self._provider is None:
            yield noted
            return
        vendor, _, model = name.partition(":")
        given = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": PROVIDERS.get(vendor, vendor),
            "gen_ai.request.model": model,
            "gen_ai.prompt.name": prompt,
        }
        tracer = self._provider.get_tracer("causeway")
        with tracer.start_as_current_span(f"chat {model}", attributes=given, record_exception=False) as span:
            try:
                yield noted
            except ModelTrouble as trouble:
                span.set_attribute("error.type", trouble.reason)
                raise
            finally:
                span.set_attributes(noted)

    def close(self) -> None:
        """Send what waits."""
        if self._provider is not None:
            self._provider.shutdown()


def _open_provider(endpoint: str) -> Any:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(endpoint=endpoint, insecure=endpoint.startswith("http://"), timeout=SECONDS)
    provider = TracerProvider(resource=Resource.create({"service.name": "causeway"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
