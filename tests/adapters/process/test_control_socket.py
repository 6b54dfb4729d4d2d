import asyncio
import json
import logging
import select
import socket
import stat
import threading
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path

import pytest

from bot.adapters.process import control_socket as control
from bot.adapters.process.control_socket import (
    MOST_BYTES,
    Answer,
    NoAnswer,
    listening,
    send_order,
    socket_path,
)
from bot.domain.operator_orders import Drain, OperatorOrder, Reconcile, Release
from bot.domain.refusal import Refusal

RELEASE = Release(job_id=7, charged=True)


async def repeat(order: OperatorOrder) -> str:
    return f"heard {order}"


async def ask(database: Path, order: OperatorOrder) -> Answer | None:
    return await asyncio.to_thread(send_order, database, order)


def say(database: Path, line: bytes) -> bytes:
    """Say something to the socket that isn't the client's words; return what comes back."""
    with closing(socket.socket(socket.AF_UNIX)) as connection:
        connection.settimeout(10)
        connection.connect(str(socket_path(database)))
        connection.sendall(line)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answers:
            return answers.read()


def first_words(database: Path, order: OperatorOrder) -> bytes:
    """Give an order, and hang up at the begin of its answer."""
    with closing(socket.socket(socket.AF_UNIX)) as connection:
        connection.settimeout(10)
        connection.connect(str(socket_path(database)))
        connection.sendall(json.dumps(asdict(order)).encode() + b"\n")
        return connection.recv(10)


def open_files() -> set[Path]:
    return {one.resolve() for one in Path("/proc/self/fd").iterdir()}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "pika.db"


@pytest.mark.parametrize(
    "order",
    [RELEASE, Reconcile(job_id=1), Reconcile(job_id=2, request_id="764cabcf")],
    ids=["release", "reconcile", "with an id"],
)
async def test_an_order_arrives_as_it_was_given(database: Path, order: OperatorOrder):
    async with listening(database, repeat):
        assert await ask(database, order) == Answer(ok=True, text=f"heard {order}")
    assert not socket_path(database).exists()


async def test_a_refusal_is_an_answer(database: Path):
    async def refuse(order: OperatorOrder) -> str:
        assert isinstance(order, Release)
        raise Refusal(f"not {order.job_id}")

    async with listening(database, refuse):
        assert await ask(database, RELEASE) == Answer(ok=False, text="not 7")


async def test_a_failure_is_logged_and_the_next_order_is_obeyed(
    database: Path, caplog: pytest.LogCaptureFixture
):
    async def stumble(order: OperatorOrder) -> str:
        assert isinstance(order, Release)
        return str(1 // (order.job_id - 7))

    async with listening(database, stumble):
        assert await ask(database, RELEASE) == Answer(
            ok=False, text="something went wrong; the bot's log says what."
        )
        assert await ask(database, Release(job_id=8)) == Answer(ok=True, text="1")
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"release 7\n",
        b"[]\n",
        b'{"kind": "delete", "job_id": 7}\n',
        b'{"kind": "release", "job_id": "all"}\n',
        b"\xff\xfe\n",
        b"[" * MOST_BYTES + b"\n",
        b"x" * (4 * MOST_BYTES),
    ],
)
async def test_what_is_no_order_does_nothing(database: Path, line: bytes):
    async def never(order: OperatorOrder) -> str:
        raise AssertionError(order)

    async with listening(database, never):
        try:
            answer = await asyncio.to_thread(say, database, line)
        except ConnectionResetError:
            # More came than is read.
            assert len(line) > MOST_BYTES
        else:
            assert json.loads(answer)["ok"] is False


async def test_who_says_nothing_is_not_waited_for(database: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(control, "RECEIVE_SECONDS", 0.1)
    async with listening(database, repeat):
        silent = socket.socket(socket.AF_UNIX)
        with closing(silent):
            silent.settimeout(10)
            silent.connect(str(socket_path(database)))
            assert await asyncio.to_thread(silent.recv, 100) == b""
        assert await ask(database, RELEASE) is not None


async def test_a_crowd_is_told_to_come_back(database: Path):
    async with listening(database, repeat):
        with ExitStack() as stack:
            for _ in range(control.MOST_CONNECTIONS):
                idle = stack.enter_context(socket.socket(socket.AF_UNIX))
                idle.connect(str(socket_path(database)))
            refused = await ask(database, RELEASE)
            assert refused is not None
            assert refused.text.startswith("too many orders are under way; give this one again")
        while (answer := await ask(database, RELEASE)) == refused:
            pass
        assert answer == Answer(ok=True, text=f"heard {RELEASE}")


async def test_who_never_reads_the_answer_is_hung_up_on(
    database: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(control, "RECEIVE_SECONDS", 0.2)

    async def say_much(_: OperatorOrder) -> str:
        return "much " * 1_000_000

    async with listening(database, say_much):
        with closing(socket.socket(socket.AF_UNIX)) as caller:
            caller.connect(str(socket_path(database)))
            caller.sendall(json.dumps(asdict(RELEASE)).encode() + b"\n")
            poll = select.poll()
            poll.register(caller, 0)
            ((_, event),) = await asyncio.to_thread(poll.poll, 60_000)
            assert event & select.POLLHUP


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux says what is open")
async def test_drains_that_nobody_waits_for_take_no_more_files(
    database: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(control, "MOST_CONNECTIONS", 2)
    async with listening(database, repeat), asyncio.timeout(60):
        before = len(open_files())
        for _ in range(5):
            # Its end is the end of the process.
            assert await asyncio.to_thread(first_words, database, Drain())
        while len(open_files()) > before + 2:  # noqa: ASYNC110 - files tell nobody
            await asyncio.sleep(0.01)


async def test_an_order_that_takes_long_is_ended_though_nobody_waits(
    database: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(control, "OBEY_SECONDS", 0.1)
    go_on, ended = asyncio.Event(), asyncio.Event()

    async def slowly(_: OperatorOrder) -> str:
        await go_on.wait()
        ended.set()
        return "at last"

    async with listening(database, slowly):
        answer = await ask(database, RELEASE)
        assert answer is not None
        assert "still at it" in answer.text
        go_on.set()
        await ended.wait()


async def test_the_end_gives_up_what_never_ends(database: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(control, "_END_SECONDS", 0.1)
    begun = asyncio.Event()

    async def never(_: OperatorOrder) -> str:
        begun.set()
        await asyncio.Event().wait()
        return ""

    async with listening(database, never):
        asking = asyncio.create_task(ask(database, RELEASE))
        await begun.wait()
    with pytest.raises(NoAnswer, match="jobs show 7"):
        await asking


async def test_only_the_bots_user_may_give_orders(database: Path):
    async with listening(database, repeat):
        assert stat.S_IMODE(socket_path(database).stat().st_mode) == 0o600


async def test_what_a_killed_bot_left_is_replaced(database: Path):
    with closing(socket.socket(socket.AF_UNIX)) as left:
        left.bind(str(socket_path(database)))
    assert await ask(database, RELEASE) is None
    async with listening(database, repeat):
        assert await ask(database, RELEASE) is not None


async def test_no_bot_is_no_answer(database: Path):
    assert await ask(database, RELEASE) is None


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux has another way")
async def test_a_long_path_has_a_socket_too(tmp_path: Path):
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    async with listening(folder / "pika.db", repeat):
        assert await ask(folder / "pika.db", RELEASE) is not None
        assert (folder / "pika.db.sock").is_socket()
    assert folder not in open_files()


async def test_where_there_can_be_no_socket_the_bot_goes_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    database = tmp_path / ("name" * 40)
    with caplog.at_level(logging.WARNING):
        async with listening(database, repeat):
            pass
    assert "stop the bot to change jobs by hand" in caplog.text
    with pytest.raises(NoAnswer, match="can't be spoken to"):
        await ask(database, RELEASE)


async def test_a_bot_that_dies_gives_no_answer(database: Path):
    with closing(socket.socket(socket.AF_UNIX)) as dying:
        dying.bind(str(socket_path(database)))
        dying.listen()

        def die() -> None:
            with closing(dying.accept()[0]) as connection:
                connection.recv(10)

        death = threading.Thread(target=die)
        death.start()
        with pytest.raises(NoAnswer, match="gave no answer; `python -m bot jobs show 7`"):
            await ask(database, RELEASE)
        death.join()
