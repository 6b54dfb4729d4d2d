"""An HTTP server on this machine, in place of a registry or of a list of vulnerabilities."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from typing_extensions import override

Reply = tuple[int, Mapping[str, str], bytes]
"""Status, headers and body."""


@dataclass(frozen=True)
class Sent:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes


def always(reply: Reply) -> Callable[[Sent], Reply]:
    def answer(_: Sent) -> Reply:
        return reply

    return answer


@contextmanager
def serving(answer: Callable[[Sent], Reply]) -> Generator[str]:
    """Serve until the end of the block; yields host and port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(b"")

        def do_POST(self) -> None:
            self._reply(self.rfile.read(int(self.headers["Content-Length"])))

        def _reply(self, sent: bytes) -> None:
            status, headers, body = answer(Sent(self.path, dict(self.headers.items()), sent))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # Its end is looked for that often, in seconds.
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
