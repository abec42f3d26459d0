"""A collector is told of each call of the model, and of no word in it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from app.connectors.breaker import Breakers
from app.domain.errors import ModelTrouble
from app.llm.chat import ChatModel
from app.llm.opened import open_model
from app.settings import Settings
from tests.standins.models import OpenAi, serve_model

SECRET = "the question of somebody"


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.spans: list[Any] = []

    def Export(self, request: Any, context: Any) -> Any:
        self.spans += [span for of in request.resource_spans for scope in of.scope_spans for span in scope.spans]
        return trace_service_pb2.ExportTraceServiceResponse()


def test_a_collector_hears_which_model_and_how_many_tokens_and_what_went_wrong() -> None:
    collector, server = Collector(), grpc.server(ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with serve_model(OpenAi(talk=lambda prompt, told: "I see. [1]")) as model:
        settings = {"llm": "openai:gpt-5-mini", "llm_url": model.model_path(), "openai_key": "k"}
        opened = open_model(
            Settings.model_validate({**settings, "otlp_endpoint": f"http://127.0.0.1:{port}"}), Breakers()
        )
        assert isinstance(opened, ChatModel)
        opened.warm().join()
        opened.say("t", opened.prompt("wording"), SECRET, 5)
        model.troubles.append("429")
        with pytest.raises(ModelTrouble):
            opened.say("t", opened.prompt("wording"), SECRET, 5)
        opened.close()
    server.stop(0).wait(5)
    told = [
        {one.key: one.value.string_value or one.value.int_value for one in span.attributes} for span in collector.spans
    ]
    assert [span.name for span in collector.spans] == ["chat gpt-5-mini"] * 2
    assert told[0]["gen_ai.provider.name"] == "openai" and told[0]["gen_ai.usage.output_tokens"] == 40
    assert told[1]["error.type"] == "failed" and SECRET not in str(collector.spans)
