"""A web server on loopback that answers with exactly the bytes that a test gives it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import cast


@dataclass
class FileServer:
    port: int = 0
    answers: dict[str, bytes] = field(default_factory=dict)
    """What to send for a path; nothing at all for a path that isn't here."""
    held: set[str] = field(default_factory=set)
    """Paths whose connection stays open after the answer."""
    requests: list[str] = field(default_factory=list)
    connections: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, path: str, body: bytes, head: str = "", status: str = "200 OK") -> str:
        """Answer `path` with `body`, properly, and return its URL."""
        return self.serve_raw(
            path, f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + body
        )

    def serve_raw(self, path: str, answer: bytes) -> str:
        self.answers[path] = answer
        return f"{self.host}{path}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(request)
        path = request.split(" ")[1].partition("?")[0]
        writer.write(self.answers.get(path, b""))
        if path in self.held or path not in self.answers:
            await reader.read()
        writer.close()


@asynccontextmanager
async def file_server() -> AsyncGenerator[FileServer]:
    files = FileServer()
    server = await asyncio.start_server(files.handle, "127.0.0.1", 0)
    address = cast("tuple[str, int]", server.sockets[0].getsockname())
    files.port = address[1]
    async with server:
        yield files
    # One whose client's end wasn't heard of yet would be left to the next test's warnings.
    for connection in files.connections:
        connection.close()
        with suppress(OSError):
            await connection.wait_closed()
