"""Servers that speak the wire of Gemini, OpenAI and Ollama: streamed text, answers in a shape, and every trouble."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.standins.base import StandIn, running

Talk = Callable[[str, str], str]
"""What a model makes of its instructions and of what it is told."""


def silent(prompt: str, told: str) -> str:
    """A model that has not been given anything to say."""
    return "{}" if "kind" in prompt or "ideas" in prompt else "I see. [1]"


@dataclass
class ModelServer(StandIn):
    """`talk` is the model; `troubles` is how it meets the next requests; `heard` is what it was told."""

    talk: Talk = silent
    heard: list[tuple[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def read(self, path: str, body: dict[str, Any]) -> tuple[str, str, bool]:
        """The instructions, what is told, and whether the answer is wanted piece by piece."""
        raise NotImplementedError

    def write(self, text: str, *, streamed: bool) -> Iterator[bytes]:
        """An answer as this vendor writes it."""
        raise NotImplementedError

    def model_path(self) -> str:
        """What an administrator writes into CAUSEWAY_LLM_URL."""
        return self.origin


def pieces_of(text: str) -> list[str]:
    """A text in pieces as they are streamed."""
    return [text[place : place + 17] for place in range(0, len(text), 17)] or [""]


class Gemini(ModelServer):
    """generateContent and streamGenerateContent."""

    def read(self, path: str, body: dict[str, Any]) -> tuple[str, str, bool]:
        system = "".join(part["text"] for part in body.get("systemInstruction", {}).get("parts", []))
        told = "".join(part["text"] for turn in body["contents"] for part in turn["parts"])
        return system, told, "streamGenerateContent" in path

    def write(self, text: str, *, streamed: bool) -> Iterator[bytes]:
        pieces = pieces_of(text) if streamed else [text]
        for place, piece in enumerate(pieces):
            last = place == len(pieces) - 1
            candidate = {"content": {"role": "model", "parts": [{"text": piece}]}, "index": 0}
            candidate |= {"finishReason": "STOP"} if last else {}
            counted = {"promptTokenCount": 120, "candidatesTokenCount": 40, "totalTokenCount": 160}
            said = json.dumps({"candidates": [candidate], **({"usageMetadata": counted} if last else {})})
            yield f"data: {said}\r\n\r\n".encode() if streamed else said.encode()


class OpenAi(ModelServer):
    """chat/completions."""

    def model_path(self) -> str:
        return f"{self.origin}/v1"

    def read(self, path: str, body: dict[str, Any]) -> tuple[str, str, bool]:
        said = {one["role"]: one["content"] for one in body["messages"]}
        return said.get("system", ""), said.get("user", ""), bool(body.get("stream"))

    def write(self, text: str, *, streamed: bool) -> Iterator[bytes]:
        usage = {"prompt_tokens": 120, "completion_tokens": 40, "total_tokens": 160}
        frame = {"id": "chatcmpl-1", "created": 1, "model": "stand-in"}
        if not streamed:
            message = {"role": "assistant", "content": text, "refusal": None}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            yield json.dumps(frame | {"object": "chat.completion", "choices": [choice], "usage": usage}).encode()
            return
        for piece in pieces_of(text):
            choice = {"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}
            yield _event(frame | {"object": "chat.completion.chunk", "choices": [choice]})
        ended = {"index": 0, "delta": {}, "finish_reason": "stop"}
        yield _event(frame | {"object": "chat.completion.chunk", "choices": [ended]})
        yield _event(frame | {"object": "chat.completion.chunk", "choices": [], "usage": usage})
        yield b"data: [DONE]\n\n"


class Ollama(ModelServer):
    """api/chat, whose answers are lines, and api/tags."""

    def read(self, path: str, body: dict[str, Any]) -> tuple[str, str, bool]:
        said = {one["role"]: one["content"] for one in body["messages"]}
        return said.get("system", ""), said.get("user", ""), bool(body.get("stream", True))

    def write(self, text: str, *, streamed: bool) -> Iterator[bytes]:
        frame = {"model": "llama3.2:latest", "created_at": "2026-03-02T09:00:00Z"}
        for piece in pieces_of(text) if streamed else [text]:
            yield _line(frame | {"message": {"role": "assistant", "content": piece}, "done": False})
        counted = {"prompt_eval_count": 120, "eval_count": 40, "total_duration": 1, "done_reason": "stop"}
        yield _line(frame | {"message": {"role": "assistant", "content": ""}, "done": True} | counted)


MODELS = {"google_genai": Gemini, "openai": OpenAi, "ollama": Ollama}


def _event(said: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(said)}\n\n".encode()


def _line(said: dict[str, Any]) -> bytes:
    return f"{json.dumps(said)}\n".encode()


@contextmanager
def serve_model(model: ModelServer) -> Iterator[ModelServer]:
    """The model on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Tests speak for themselves."""

        def do_GET(self) -> None:
            found = {"models": [{"name": "llama3.2:latest", "model": "llama3.2:latest"}]}
            self._answer(200, [json.dumps(found if self.path == "/api/tags" else {}).encode()])

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)))
            with model.lock:
                model.paths.append(self.path)
                model.keys.append(self.headers.get("x-goog-api-key") or self.headers.get("authorization") or "")
                trouble = model.troubles.popleft() if model.troubles else ""
            prompt, told, streamed = model.read(self.path, body)
            model.heard.append((prompt, told))
            if trouble == "hang":
                model.closing.wait(30)
                self.close_connection = True
            elif trouble in {"429", "500"}:
                said = {"error": {"code": int(trouble), "message": "not now", "status": "UNAVAILABLE"}}
                self._answer(int(trouble), [json.dumps(said).encode()])
            elif trouble == "nonsense":
                self._answer(200, [b"<html>\x00\xff never mind"])
            else:
                self._answer(200, model.write(model.talk(prompt, told), streamed=streamed), streamed=streamed)

        def _answer(self, status: int, parts: Any, *, streamed: bool = False) -> None:
            kind = "text/event-stream" if streamed and not isinstance(model, Ollama) else "application/json"
            try:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Connection", "close")
                self.end_headers()
                for part in parts:
                    self.wfile.write(part)
                    self.wfile.flush()
            except OSError:
                pass
            self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", model.port), Handler)
    server.daemon_threads = True
    model.port = server.server_address[1]
    with running(server, model):
        yield model
