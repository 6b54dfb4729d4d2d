"""The operator's socket to the running bot: beside the database, for the bot's own user only.

Each connection carries one order, as a line of JSON, and one answer. The connection of a drain
stays open as long as the bot's process lives: the end of one shows the end of the other.
"""

import asyncio
import json
import logging
import os
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from bot.domain.operator_orders import Drain, Explain, OperatorOrder, Serve
from bot.domain.refusal import Refusal

log = logging.getLogger(__name__)

WITHOUT_SOCKET = "the bot runs without it, so stop the bot to change jobs by hand, or to drain it"
MOST_CONNECTIONS = 16
"""The orders at a time, and the drains whose connections stay open."""
MOST_BYTES = 4096
"""The longest order."""
MOST_ANSWER_BYTES = 65_536
"""The longest answer: a list of all that holds the line."""
RECEIVE_SECONDS = 5.0
"""The longest wait for a client's order."""
OBEY_SECONDS = 120.0
"""The longest wait for an answer; the order is carried out to its end all the same."""
_END_SECONDS = 2.0
_LOOK_SECONDS = 1.0
# Linux takes 107 bytes, macOS 103: https://man7.org/linux/man-pages/man7/unix.7.html
_LONGEST_ADDRESS = 100

Obey = Callable[[OperatorOrder], Awaitable[str]]
"""Carries out an order and returns the outcome in a sentence. Raises Refusal."""
_ORDER = TypeAdapter[OperatorOrder](Annotated[OperatorOrder, Field(discriminator="kind")])


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome in one sentence, and whether the order was carried out."""

    ok: bool
    text: str


_ANSWER = TypeAdapter(Answer)


class NoAnswer(Exception):
    """Raised if the bot listens but doesn't answer; the message is a sentence for the operator."""


def socket_path(database: Path) -> Path:
    """Return the socket's path, beside the file itself: a symbolic link leads to the same bot."""
    return Path(f"{os.path.realpath(database)}.sock")


def try_socket(database: Path) -> None:
    """Make a socket beside the database and remove it. Raises OSError."""
    path = Path(f"{os.path.realpath(database)}.trial-{os.getpid()}.sock")
    try:
        _open_listener(path).close()
    finally:
        path.unlink(missing_ok=True)


def send_order(
    database: Path, order: OperatorOrder, *, within: float = OBEY_SECONDS + RECEIVE_SECONDS
) -> Answer | None:
    """Send the running bot an order and return its answer; None if no bot listens.

    Raises NoAnswer if there is no answer after `within` seconds.
    """
    with _connected(database) as connection:
        if connection is None:
            return None
        connection.settimeout(within)
        try:
            connection.sendall(_line(asdict(order)))
            with connection.makefile("rb") as answers:
                return _ANSWER.validate_json(answers.readline(MOST_ANSWER_BYTES))
        except (OSError, ValidationError) as error:
            match order:
                case Drain():
                    look = "`python -m bot jobs`"
                case Explain():
                    raise NoAnswer("the running bot gave no answer.") from error
                case Serve():
                    look = "`python -m bot servers`"
                case _:
                    look = f"`python -m bot jobs show {order.job_id}`"
            raise NoAnswer(
                f"the running bot gave no answer; {look} says whether anything came of it."
            ) from error


def drain(database: Path, meanwhile: Callable[[], None]) -> Answer | None:
    """Drain the running bot, and wait for the end of its process; None if no bot listens.

    Calls `meanwhile` every second. Raises NoAnswer if the bot ended before it was drained.
    """
    received = b""
    with _connected(database) as connection:
        if connection is None:
            return None
        with suppress(ConnectionError):
            connection.sendall(_line(asdict(Drain())))
            connection.settimeout(_LOOK_SECONDS)
            while True:
                try:
                    if not (part := connection.recv(MOST_BYTES)):
                        break
                except TimeoutError:
                    meanwhile()
                else:
                    received += part
    try:
        return _ANSWER.validate_json(received)
    except ValidationError as error:
        raise NoAnswer(
            "the bot ended before it was drained; what is at fal goes on when it is back."
        ) from error


@contextmanager
def _connected(database: Path) -> Generator[socket.socket | None]:
    """Yield a connection to the running bot; None if no bot listens. Raises NoAnswer."""
    path = socket_path(database)
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as connection:
        connection.settimeout(RECEIVE_SECONDS)
        try:
            with _address(path) as address:
                connection.connect(address)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            connected = None
        except OSError as error:
            raise NoAnswer(f"{path} can't be spoken to: {error}.") from error
        else:
            connected = connection
        yield connected


@asynccontextmanager
async def listening(database: Path, obey: Obey) -> AsyncGenerator[None]:
    """Take orders as long as the context lasts. The caller owns the database.

    If the socket can't be made, the bot runs without it.
    """
    path = socket_path(database)
    try:
        listener = _open_listener(path)
    except OSError as error:
        log.warning("%s can't be made (%s): %s", path, error, WITHOUT_SOCKET)
        yield
        return
    orders = _Orders(obey)
    server = await asyncio.start_unix_server(orders.answer, sock=listener, limit=MOST_BYTES)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)
        await orders.ended()


def _open_listener(path: Path) -> socket.socket:
    # The database has one owner, so a socket that is still there is left from a killed bot.
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _address(path) as address:
            listener.bind(address)
        # Nobody can connect before `listen`, so nobody connects with wider permissions.
        path.chmod(0o600)
    except OSError:
        listener.close()
        raise
    return listener


@contextmanager
def _address(path: Path) -> Generator[str]:
    """Yield a name of the socket that is short enough for the system."""
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class _Orders:
    """Takes orders, and carries each that was begun to its end."""

    def __init__(self, obey: Obey):
        self._obey = obey
        self._open: set[asyncio.Task[Answer]] = set()
        self._connections = 0
        self._kept_open = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        try:
            answer = _TOO_MANY
            if self._connections <= MOST_CONNECTIONS:
                answer = await self._answer_to(await self._receive(reader), writer)
            writer.write(_line(asdict(answer)))
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), RECEIVE_SECONDS)
        except (OSError, TimeoutError):
            log.info("whoever gave an order didn't wait for its answer")
        finally:
            writer.transport.abort()
            self._connections -= 1

    async def _answer_to(
        self, order: OperatorOrder | Answer, writer: asyncio.StreamWriter
    ) -> Answer:
        if isinstance(order, Answer):
            return order
        if isinstance(order, Drain) and order.wait and self._kept_open < MOST_CONNECTIONS:
            _keep_open(writer)
            self._kept_open += 1
        return await self._result(order)

    async def ended(self) -> None:
        """Wait a moment for the orders under way, then cancel the rest."""
        if self._open:
            _, late = await asyncio.wait(self._open, timeout=_END_SECONDS)
            for order in late:
                order.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _receive(self, reader: asyncio.StreamReader) -> OperatorOrder | Answer:
        try:
            line = await asyncio.wait_for(reader.readline(), RECEIVE_SECONDS)
            return _ORDER.validate_json(line)
        except ValueError:
            # The line is too long, no JSON, or no order of this version.
            return Answer(ok=False, text="that is no order; is the bot of another version?")

    async def _result(self, order: OperatorOrder) -> Answer:
        # That one changes nothing, and health checks send it all the time.
        log.log(
            logging.DEBUG if isinstance(order, Explain) else logging.INFO,
            "an order of the operator: %s",
            order,
        )
        task = asyncio.create_task(self._carry_out(order))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        # A drain takes as long as the longest video.
        timeout = None if isinstance(order, Drain) else OBEY_SECONDS
        done, _ = await asyncio.wait({task}, timeout=timeout)
        return task.result() if done else Answer(ok=False, text=_STILL_AT_IT)

    async def _carry_out(self, order: OperatorOrder) -> Answer:
        try:
            return Answer(ok=True, text=await self._obey(order))
        except Refusal as refusal:
            return Answer(ok=False, text=str(refusal))
        except Exception:
            log.exception("an order failed: %s", order)
            return Answer(ok=False, text="something went wrong; the bot's log says what.")


def _keep_open(writer: asyncio.StreamWriter) -> None:
    """Keep the connection open until this process ends, by a descriptor that is never closed."""
    connection: socket.socket = writer.get_extra_info("socket")
    os.dup(connection.fileno())


_TOO_MANY = Answer(ok=False, text="too many orders are under way; give this one again in a moment.")
_STILL_AT_IT = "the bot is still at it; the job's row will say what came of it."


def _line(content: dict[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"
