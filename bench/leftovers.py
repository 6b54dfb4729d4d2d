"""Jobs that wait at fal: fal's requests, and the database of a bot that was stopped."""

import sqlite3
from pathlib import Path

from bot.adapters.process.clock import SystemClock
from bot.adapters.sqlite.database import Value, open_reader, open_writer
from bot.adapters.sqlite.jobs import SqliteJobStore
from bot.application.messages.status_messages import content_key
from bot.domain.catalogue.models import Kind
from bot.domain.jobs.job import Handle, Job, NewJob, Place, Status
from bot.domain.moderation.rules import Ceilings
from bot.ports import Standing
from sandbox.fal import FalRequest, FalServer, State

ENDPOINT = "fal-ai/pika/v2.2/text-to-video"
# fal keeps requests under their app.
REQUESTS = "fal-ai/pika/requests"
ARGUMENTS: dict[str, str | int] = {
    "prompt": "a fox in the snow, its breath in the cold air",
    "resolution": "720p",
    "duration": 5,
    "seed": 7,
}
# Jobs that have waited for a while are looked at no more often than this.
ATTEMPTS = 12


def request_id(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


def hold(fal: FalServer, jobs: int) -> None:
    """Let fal run requests that never end."""
    for number in range(jobs):
        request = FalRequest(request_id(number), ENDPOINT, dict(ARGUMENTS), fal.now())
        request.state, request.started_at = State.IN_PROGRESS, fal.now()
        fal.requests[request.request_id] = request


async def leave_behind(fal: FalServer, jobs: int, path: Path) -> None:
    """Make a database with so many jobs, each running and due."""
    async with open_writer(path) as writer, open_reader(path) as reader:
        if not jobs:
            return
        store = SqliteJobStore(writer, reader, returns_per_day=0)
        first = await _led_to_fal(store, _handle(fal, 0))
        await writer.transact(lambda db: _multiply(db, fal, first, jobs))


async def _led_to_fal(store: SqliteJobStore, handle: Handle) -> Job:
    """Make one job, and take it through the states that the pipeline does."""
    now = SystemClock().now()
    new = NewJob(
        source="interaction:0",
        place=Place(guild_id=1, channel_id=2, member_id=3, message_id=4),
        model="pika-2.2-text",
        kind=Kind.TEXT,
        endpoint=ENDPOINT,
        prompt=str(ARGUMENTS["prompt"]),
        arguments=ARGUMENTS,
        price=200_000,
        price_assumed=False,
        resolution="720p",
        seconds=5,
    )
    job = await store.submit(new, at=now, ceilings=Ceilings(videos_per_day=1))
    job = await store.advance(job, Status.SUBMITTING, at=now, changes={"submitting_at": now})
    job = await store.advance(job, Status.SUBMITTED, at=now, changes={"handle": handle})
    job = await store.advance(job, Status.RUNNING, at=now, changes={"running_at": now})
    job = await store.schedule(job, attempts=ATTEMPTS, next_attempt_at=now)
    says = content_key(job, Standing(place=None, counts=True))
    assert says is not None, "a running job is shown"
    await store.record_shown(job, says, 4)
    return job


def _multiply(db: sqlite3.Connection, fal: FalServer, first: Job, jobs: int) -> None:
    """Copy a job's rows; each copy has its own ids."""
    for number in range(1, jobs):
        handle = _handle(fal, number)
        own: dict[str, Value] = {
            "id": first.id + number,
            "source": f"interaction:{number}",
            "message_id": 4 + number,
            "request_id": handle.request_id,
            "status_url": handle.status_url,
            "response_url": handle.response_url,
            "cancel_url": handle.cancel_url,
        }
        _copy(db, "jobs", "id", first.id, own)
        _copy(db, "ledger", "job_id", first.id, {"id": None, "job_id": first.id + number})


def _copy(db: sqlite3.Connection, table: str, key: str, value: int, own: dict[str, Value]) -> None:
    """Copy the rows whose `key` has this value, but for these columns."""
    nothing = db.execute(f"SELECT * FROM {table} LIMIT 0")  # noqa: S608 - a name of our own
    names = [str(column[0]) for column in nothing.description]
    values = ", ".join(f":{name}" if name in own else name for name in names)
    source = f"SELECT {values} FROM {table} WHERE {key} = :copied"  # noqa: S608 - names of our own
    sql = f"INSERT INTO {table} {source}"
    db.execute(sql, {**own, "copied": value})


def _handle(fal: FalServer, number: int) -> Handle:
    url = f"{fal.base_url}/{REQUESTS}/{request_id(number)}"
    return Handle(
        request_id=request_id(number),
        status_url=f"{url}/status",
        response_url=url,
        cancel_url=f"{url}/cancel",
    )
