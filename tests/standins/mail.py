"""A mail server that keeps letters, and misbehaves in the ways of SMTP."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.standins.base import DOES_IT, Asked, Said, StandIn, running


@dataclass
class Mail(StandIn):
    """One server without a login."""

    letters: list[str] = field(default_factory=list)
    done: list[tuple[str, str]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def effects(self) -> list[str]:
        return self.letters

    def answer(self, asked: Asked) -> Said:
        raise NotImplementedError("it speaks no HTTP")


@contextmanager
def served_mail(standin: Mail) -> Iterator[Mail]:
    """The server on a port of its own."""

    class Handler(socketserver.StreamRequestHandler):
        timeout = 20

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 mail.example.com ESMTP")
            while line := self.rfile.readline():
                verb = line.decode("ascii", "replace").strip().upper()
                standin.asked.append(Asked(verb.split(" ")[0], "/", {}, {}, line.decode(), line))
                if verb.startswith("DATA"):
                    if not self.data():
                        return
                elif verb.startswith("QUIT"):
                    self.say("221 bye")
                    return
                else:
                    self.say("250 fine")

        def data(self) -> bool:
            trouble = standin.troubles.popleft() if standin.troubles else ""
            self.say("354 go on")
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.decode("utf-8", "replace"))
            if not trouble or trouble in DOES_IT:
                standin.letters.append("".join(lines))
                standin.done.append(("created", str(len(standin.letters))))
            if trouble.startswith("silent"):
                standin.closing.wait(20)
                return False
            answers: dict[str, Any] = {"throttled": "451 later, please", "error": "554 no", "nonsense": "\x00\xff what"}
            self.say(next((said for start, said in answers.items() if trouble.startswith(start)), "250 taken"))
            return True

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, *_: Any) -> None:
            """A client that leaves is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    standin.port = server.server_address[1]
    with running(server, standin):
        yield standin
