"""Whoever comes to a port of the real bot takes nothing from its members, nor fills its log."""

import asyncio
import re
import resource
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path

import httpx
import pytest

from sandbox.fal.records import Delivery
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import ask, delivered, playing
from tests.wire.test_webhook import answers, listening

FILES = 128
CALLERS = 200
HALF = b"POST / HTTP/1.1\r\nHost: x\r\n"
# https://docs.kernel.org/networking/proc_net_tcp.html; of Unix sockets the flag that they accept.
_LISTENS = ("0A", "00010000")


def port_of(stage: Stage) -> int:
    return int(stage.bot.environment["PIKA_WEBHOOK__PORT"])


def files_of(stage: Stage) -> dict[int, str]:
    """Return what the bot has open, by its numbers."""
    found: dict[int, str] = {}
    folder = Path(f"/proc/{stage.bot.process.pid}/fd")
    for file in folder.iterdir():
        with suppress(FileNotFoundError):
            found[int(file.name)] = str(file.readlink())
    return found


def network(stage: Stage) -> list[tuple[str, str, str]]:
    """Return the protocol, the state and the address of each of the bot's sockets."""
    sockets = set(files_of(stage).values())
    rows: list[tuple[str, str, str]] = []
    for protocol in ("tcp", "tcp6", "udp", "udp6", "unix"):
        table = Path(f"/proc/{stage.bot.process.pid}/net/{protocol}")
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            words = line.split()
            if protocol == "unix":
                state, inode, address = words[3], words[6], (words[7:] or [""])[0]
            else:
                state, inode = words[3], words[9]
                address = str(int(words[1].rpartition(":")[2], 16))
            if f"socket:[{inode}]" in sockets:
                rows.append((protocol, state, address))
    return rows


def listeners(stage: Stage) -> list[str]:
    """Return the addresses at which anybody reaches the bot."""
    return sorted(
        f"{protocol} {address}"
        for protocol, state, address in network(stage)
        if state in _LISTENS or protocol.startswith("udp")
    )


def callers(stage: Stage) -> int:
    """Return the number of connections to the receiver."""
    port = str(port_of(stage))
    return sum(
        (address, state in _LISTENS) == (port, False) for _, state, address in network(stage)
    )


@contextmanager
def most_files(stage: Stage, number: int) -> Generator[None]:
    """Let the bot have no file of this number or a higher one."""
    pid = stage.bot.process.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (number, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


def call(stack: ExitStack, port: int) -> socket.socket:
    caller = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
    with suppress(ConnectionError):
        caller.sendall(HALF)
    return caller


def forged(stage: Stage, delivery: Delivery) -> httpx.Request:
    headers = {
        "Request-Id": delivery.request_id,
        "User-Id": "nobody",
        "Timestamp": str(int(stage.fal.now().timestamp())),
        "Signature": "0" * 128,
    }
    named = {f"X-Fal-Webhook-{name}": value for name, value in headers.items()}
    return httpx.Request("POST", delivery.url, headers=named, content=b"{}")


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="it is looked up in /proc")
async def test_a_crowd_at_the_port_costs_no_member_a_video(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings = listening({"PIKA_FAL__EVENTS": "false"})
    async with playing(tmp_path, renderer, settings) as stage:
        # Another port would need bounds of its own.
        socket_file = tmp_path / "pika.db.sock"
        assert listeners(stage) == [f"tcp {port_of(stage)}", f"unix {socket_file}"]
        await ask(stage, "before")
        await delivered(stage)
        log = stage.bot.log()
        with most_files(stage, FILES), ExitStack() as stack:
            for _ in range(CALLERS):
                call(stack, port_of(stage))
            await ask(stage, "meanwhile")
            await delivered(stage, 2)
        async with asyncio.timeout(60):
            while callers(stage):  # noqa: ASYNC110 - another process's files tell nobody
                await asyncio.sleep(0.02)
        assert not re.search(" (WARNING|ERROR) ", stage.bot.log().removeprefix(log))
        await stage.fal.wait_for(lambda: len(stage.fal.deliveries) == 2)
        await ask(stage, "afterwards")
        await delivered(stage, 3)
        await stage.fal.wait_for(lambda: answers(stage)[2:] == [200])

        # Whoever knows a job's URL may call it with whatever signature.
        async with httpx.AsyncClient(trust_env=False) as http:
            calls = [forged(stage, stage.fal.deliveries[-1]) for _ in range(20)]
            found = await asyncio.gather(*(http.send(call) for call in calls))
        assert {one.status_code for one in found} == {401}
        assert stage.bot.log().count("isn't signed by fal") == 1

        # Where there are no files at all, that is said once.
        opened = files_of(stage)
        none_left = next(number for number in count() if number not in opened)
        reason = "socket.accept() out of system resource: [Errno 24] Too many open files"
        with ExitStack() as stack:
            with most_files(stage, none_left):
                late = call(stack, port_of(stage))
                while reason not in stage.bot.log():
                    # The bot has closed a file meanwhile.
                    late = call(stack, port_of(stage))
                    await asyncio.sleep(0.02)
            late.sendall(b"\r\n")
            assert (await asyncio.to_thread(late.recv, 100)).startswith(b"HTTP/1.1 404")
        assert stage.bot.log().count("out of system resource") == 1
