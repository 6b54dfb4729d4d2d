"""What must hold of each job: its video, its POSTs, its money, its last word."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from tests.crash.expected_ends import End
from tests.crash.observations import Evidence, Job, number, received

# What the books must say of a job when it has ended: units of the quota, held, spent (in prices).
_ENDINGS: dict[str, tuple[set[int], int, int]] = {
    # A unit that came back with an outcome unknown stays away when the video turns up after all.
    "delivered": ({0, 1}, 0, 1),
    "canceled": ({0}, 0, 0),
    "refused": ({0}, 0, 0),
    "service_error": ({0}, 0, 0),
    "model_error": ({0, 1}, 0, 1),
    "outcome_unknown": ({0}, 1, 0),
    "file_lost": ({0}, 0, 1),
    "own_error": ({0}, 0, 0),
}

_ONE_PRESS_MS = 5_000
_SAME_REQUEST_MS = 60_000

Found: TypeAlias = tuple[int, list[str]]
"""How much was looked at, and what was wrong."""


def each(jobs: Sequence[Job], wrong: Callable[[Job], Iterator[str]]) -> Found:
    return len(jobs), [f"{job}: {what}" for job in jobs for what in wrong(job)]


def videos(evidence: Evidence) -> Found:
    """Compare by bytes: no two requests make the same ones, as each has a prompt of its own."""
    places: defaultdict[bytes, list[int]] = defaultdict(list)
    for message in evidence.messages:
        for attachment in message.attachments:
            places[attachment.data].append(message.channel.id)
    wrong: list[str] = []
    results = evidence.stage.fal.results
    jobs = {url: job for job in evidence.jobs.values() for url in job.videos}
    forgotten = {url: job for job in evidence.forgotten for url in job.videos}
    for url, result in results.items():
        job = jobs.get(url) or forgotten.get(url)
        if job is None:
            wrong.append(f"fal made a video for nobody: {result.request.request_id}")
            continue
        blind = job.asked.fate.end is End.BLIND
        wanted = [] if blind else [job.row["channel_id"]]
        if url in forgotten and not places[result.data]:
            # A database that was put back as it was before can't deliver it any more.
            continue
        if places[result.data] != wanted or (
            blind and url in jobs and job.status != "outcome_unknown"
        ):
            wrong.append(f"{job}: {len(places[result.data])} times")
    if len({result.data for result in results.values()}) != len(results):
        wrong.append("two videos are alike, so this proves nothing")
    return len(results), wrong


def delivered(jobs: Sequence[Job], least: float) -> Found:
    """Leave out what fal refuses or hides, and what its member took back."""
    wanted = [
        job
        for job in jobs
        if job.asked.fate.end in {End.VIDEO, End.LOST} and not _ended_as_wished(job)
    ]
    lacking = [str(job) for job in wanted if job.status != "delivered"]
    enough = len(lacking) <= (1 - least) * len(wanted)
    return len(wanted), [] if enough else lacking


def _ended_as_wished(job: Job) -> bool:
    return job.asked.canceled and job.status == "canceled"


def sent_twice(job: Job) -> Iterator[str]:
    if len(job.requests) > 1:
        yield f"fal has {len(job.requests)} requests"
    elif len(answers := received(job)) > 1:
        yield f"POSTs answered {answers}"


def sources(evidence: Evidence) -> Found:
    """Look for two processes that took one request."""
    many = Counter(str(job.row["source"]) for job in evidence.jobs.values())
    return len(many), [f"{source}: {count} jobs" for source, count in many.items() if count > 1]


def money(job: Job) -> Iterator[str]:
    price = number(job.row, "price")
    if [entry["kind"] for entry in job.entries].count("reserve") != 1:
        yield "not reserved once"
    if job.status not in _ENDINGS:
        yield "has not ended"
        return
    units, held, spent = _ENDINGS[job.status]
    sums = job.sum("videos"), job.sum("held"), job.sum("spent")
    if sums[0] not in units or sums[1:] != (held * price, spent * price):
        yield f"units, held and spent are {sums}"


def charges(job: Job) -> Iterator[str]:
    booked = job.sum("held") + job.sum("spent")
    if job.charged and booked != job.charged:
        yield f"fal charged {job.charged}, the books have {booked}"
    # Nobody knows of an unknown outcome, and a model's error may cost.
    if not job.charged and booked and job.status not in {"outcome_unknown", "model_error"}:
        yield f"fal charged nothing, the books have {booked}"


def quotas(evidence: Evidence) -> Found:
    used = Counter[tuple[object, ...]]()
    wrong: list[str] = []
    for entry in evidence.books.ledger:
        who = entry["database"], entry["guild_id"], entry["member_id"], entry["day"]
        used[who] += number(entry, "videos")
        if not 0 <= used[who] <= evidence.quota_limit:
            wrong.append(f"{who}: {used[who]} of {evidence.quota_limit}")
    return len(evidence.books.ledger), wrong


def presses(evidence: Evidence) -> Found:
    """Each press of *Make another* makes a video of the same, and those close together make one."""
    jobs, wrong = evidence.jobs, list[str]()
    last: dict[tuple[object, ...], int] = {}
    made = [job for job in jobs.values() if job.asked.pressed or job.row["parent_id"] is not None]
    for job in made:
        parent = jobs.get(number(job.row, "parent_id")) if job.row["parent_id"] else None
        if parent is None or not job.asked.pressed or parent.asked.mark != job.asked.mark:
            wrong.append(f"{job}: it was made of {parent}")
        pressed = job.row["parent_id"], job.row["member_id"]
        at = number(job.row, "created_at")
        if at - last.get(pressed, 0) < _ONE_PRESS_MS:
            wrong.append(f"{job}: the second of one press")
        last[pressed] = at
    return sum(one.pressed for one in evidence.asked), wrong


def repeats(evidence: Evidence) -> Found:
    """A request that is sent again within a minute is a new one only where nothing came of it."""
    last: dict[object, Job] = {}
    wrong: list[str] = []
    for job in evidence.jobs.values():
        if job.row["fingerprint"] is None:
            continue
        same = job.row["database"], job.row["fingerprint"]
        before = last.get(same)
        last[same] = job
        at = number(job.row, "created_at")
        if before is None or at - number(before.row, "created_at") >= _SAME_REQUEST_MS:
            continue
        ended = before.row["status"] in {"canceled", "failed"}
        # Another life's clock wrote the one, and this life's the other.
        off = 2_000 * evidence.clocks_off
        if not ended or number(before.row, "ended_at") > at + off:
            wrong.append(f"{job}: {before} was there already")
    return sum(one.repeated for one in evidence.asked), wrong


def last_word(evidence: Evidence) -> Callable[[Job], Iterator[str]]:
    messages = {message.id: message for message in evidence.messages}
    beginnings = {"delivered": "> ", "canceled": "🚫", "failed": "❌"}

    def wrong(job: Job) -> Iterator[str]:
        message = messages.get(number(job.row, "message_id"))
        beginning = beginnings.get(str(job.row["status"]), "it has ended")
        if message is None or not message.content.startswith(beginning):
            yield f"it says {message and message.content!r}"
        elif bool(message.attachments) != (job.status == "delivered"):
            yield f"it has {len(message.attachments)} files"

    return wrong
