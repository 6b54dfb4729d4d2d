"""The operator's way to the running bot: a Unix socket next to the database, for its user only.

One order a connection, as a line of JSON, and one answer. Whoever has the bot drained can tell its
end by the connection's: that stays open for as long as the process lives.
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

from bot.domain.operator_orders import Drain, OperatorOrder
from bot.domain.refusal import Refusal

log = logging.getLogger(__name__)

MOST_BYTES = 4096
"""The longest line, in either direction."""
HEAR_SECONDS = 5.0
"""How long a client may take to say what it wants."""
OBEY_SECONDS = 120.0
"""How long it waits for an answer at most; what was begun is ended all the same."""
_END_SECONDS = 2.0
_LOOK_SECONDS = 1.0
# Linux takes 107 bytes, macOS 103: https://man7.org/linux/man-pages/man7/unix.7.html
_LONGEST_ADDRESS = 100

Obey = Callable[[OperatorOrder], Awaitable[str]]
"""Does what an order says and returns what came of it. Raises Refusal."""
_ORDER = TypeAdapter[OperatorOrder](Annotated[OperatorOrder, Field(discriminator="kind")])


@dataclass(frozen=True, slots=True)
class Answer:
    """One sentence, and whether the order was obeyed."""

    ok: bool
    text: str


_ANSWER = TypeAdapter(Answer)


class NoAnswer(Exception):
    """The bot listens but doesn't answer; the message is one sentence for the operator."""


def socket_path(database: Path) -> Path:
    return Path(f"{database}.sock")


def tell(database: Path, order: OperatorOrder) -> Answer | None:
    """Give the running bot an order; None if no bot listens. Raises NoAnswer."""
    with _connected(database) as connection:
        if connection is None:
            return None
        connection.settimeout(OBEY_SECONDS + HEAR_SECONDS)
        try:
            connection.sendall(_line(asdict(order)))
            with connection.makefile("rb") as answers:
                return _ANSWER.validate_json(answers.readline(MOST_BYTES))
        except (OSError, ValidationError) as error:
            look = "`python -m bot jobs`"
            if not isinstance(order, Drain):
                look = f"`python -m bot jobs show {order.job_id}`"
            raise NoAnswer(
                f"the running bot gave no answer; {look} says whether anything came of it."
            ) from error


def drain(database: Path, meanwhile: Callable[[], None]) -> Answer | None:
    """Have the running bot drained, and wait for the end of its process; None if no bot listens.

    Calls `meanwhile` every second. Raises NoAnswer if the bot ended before it was drained.
    """
    said = b""
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
                    said += part
    try:
        return _ANSWER.validate_json(said)
    except ValidationError as error:
        raise NoAnswer(
            "the bot ended before it was drained; what is at fal goes on when it is back."
        ) from error


@contextmanager
def _connected(database: Path) -> Generator[socket.socket | None]:
    """Yield a connection to the running bot; None if no bot listens. Raises NoAnswer."""
    path = socket_path(database)
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as connection:
        connection.settimeout(HEAR_SECONDS)
        try:
            with _address(path) as address:
                connection.connect(address)
        except (FileNotFoundError, ConnectionRefusedError):
            reached = None
        except OSError as error:
            raise NoAnswer(f"{path} can't be spoken to: {error}.") from error
        else:
            reached = connection
        yield reached


@asynccontextmanager
async def listening(database: Path, obey: Obey) -> AsyncGenerator[None]:
    """Take orders for as long as the context lasts. Whoever calls this owns the database.

    Where there can be no socket the bot does without.
    """
    path = socket_path(database)
    try:
        door = _open_door(path)
    except OSError as error:
        log.warning("%s can't be made (%s): stop the bot to change jobs by hand", path, error)
        yield
        return
    orders = _Orders(obey)
    server = await asyncio.start_unix_server(orders.answer, sock=door, limit=MOST_BYTES)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)
        await orders.ended()


def _open_door(path: Path) -> socket.socket:
    # The database has one owner: what is still there is left from one that was killed.
    path.unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _address(path) as address:
            door.bind(address)
        # Nobody gets in before `listen`, so nobody gets in before this.
        path.chmod(0o600)
    except OSError:
        door.close()
        raise
    return door


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
    """Takes orders, and sees to it that each that was begun comes to its end."""

    def __init__(self, obey: Obey):
        self._obey = obey
        self._open: set[asyncio.Task[Answer]] = set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            order = await self._hear(reader)
            if isinstance(order, Drain) and order.wait:
                _keep_open(writer)
            answer = order if isinstance(order, Answer) else await self._result(order)
            writer.write(_line(asdict(answer)))
            await asyncio.wait_for(writer.drain(), HEAR_SECONDS)
        except (OSError, TimeoutError):
            log.info("whoever gave an order didn't wait for its answer")
        finally:
            writer.close()

    async def ended(self) -> None:
        """Wait a moment for the orders under way, and give up the others."""
        if self._open:
            _, late = await asyncio.wait(self._open, timeout=_END_SECONDS)
            for order in late:
                order.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _hear(self, reader: asyncio.StreamReader) -> OperatorOrder | Answer:
        try:
            line = await asyncio.wait_for(reader.readline(), HEAR_SECONDS)
            return _ORDER.validate_json(line)
        except ValueError:
            # Too long, no JSON, or not one of ours.
            return Answer(ok=False, text="that is no order; is the bot of another version?")

    async def _result(self, order: OperatorOrder) -> Answer:
        log.info("an order of the operator: %s", order)
        obeying = asyncio.create_task(self._carry_out(order))
        self._open.add(obeying)
        obeying.add_done_callback(self._open.discard)
        # A drain takes as long as the longest video.
        timeout = None if isinstance(order, Drain) else OBEY_SECONDS
        done, _ = await asyncio.wait({obeying}, timeout=timeout)
        return obeying.result() if done else Answer(ok=False, text=_STILL_AT_IT)

    async def _carry_out(self, order: OperatorOrder) -> Answer:
        try:
            return Answer(ok=True, text=await self._obey(order))
        except Refusal as refusal:
            return Answer(ok=False, text=str(refusal))
        except Exception:
            log.exception("an order failed: %s", order)
            return Answer(ok=False, text="something went wrong; the bot's log says what.")


def _keep_open(writer: asyncio.StreamWriter) -> None:
    """Let the connection end with this process: a descriptor that nobody closes holds it."""
    connection: socket.socket = writer.get_extra_info("socket")
    os.dup(connection.fileno())


_STILL_AT_IT = "the bot is still at it; the job's row will say what came of it."


def _line(content: dict[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"
