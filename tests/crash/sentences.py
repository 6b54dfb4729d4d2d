"""A rule for each sentence about a job, which yields what the sentence says wrongly of it."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from tests.crash.expected_ends import End
from tests.crash.notices import Told
from tests.crash.observations import Job, received

_STARTED = re.compile(r"started <t:(\d+):R>")
_WHO = re.compile(r"<@(\d+)>")
_REFUSED_FOR_GOOD = {400, 404, 413, 422}
_REFUSED_ALONE = {401, 403, 429}


def _canceled(told: Told, job: Job) -> Iterator[str]:
    if job.status != "canceled" or job.videos:
        yield f"it is {job}"
    later = [post for post in job.posts if post.at.timestamp() > told.at]
    if later:
        yield f"{job} was sent {len(later)} times after that"


def _mentions_its_member(told: Told, job: Job) -> Iterator[str]:
    who = _WHO.match(told.text)
    if who is None or int(who[1]) != job.row["member_id"]:
        yield f"that isn't the member of {job}"


def _not_worked_out(told: Told, job: Job) -> Iterator[str]:
    if job.row["failure"] is None:
        yield f"it is {job}"
    yield from _mentions_its_member(told, job)


def _counts(told: Told, job: Job) -> Iterator[str]:
    if job.sum("videos") != ("It counts" in told.text):
        yield f"it is {job.sum('videos')}: {job}"


def _at_fal(_: Told, job: Job) -> Iterator[str]:
    if not job.requests:
        yield f"fal has none for {job}"


def _rendering(told: Told, job: Job) -> Iterator[str]:
    said = _STARTED.search(told.text)
    request = job.requests[0] if job.requests else None
    if request is None or request.started_at is None or said is None:
        yield f"fal never started {job}"
        return
    ended = request.ended_at.timestamp() if request.ended_at else told.at
    # The bot sees it between two looks, and Discord shows whole seconds.
    off = 1 + told.clocks_off
    if not request.started_at.timestamp() - off <= int(said[1]) <= ended + off:
        yield f"fal rendered {job} from {request.started_at} on, until {request.ended_at}"


def _never_twice(_: Told, job: Job) -> Iterator[str]:
    if len(received(job)) > 1:
        yield f"{job} was sent again"


def _refused(_: Told, job: Job) -> Iterator[str]:
    if job.requests or job.posts[-1].status not in _REFUSED_FOR_GOOD:
        yield f"fal took it: {job}"


def _failed(_: Told, job: Job) -> Iterator[str]:
    if not any(one.error and one.error.status < 500 for one in job.requests):
        yield f"fal didn't say so of {job}"


def _failed_itself(_: Told, job: Job) -> Iterator[str]:
    if not any(one.error and one.error.status >= 500 for one in job.requests):
        yield f"fal didn't say so of {job}"


def _unknown(_: Told, job: Job) -> Iterator[str]:
    # It may have turned up since.
    if job.status not in {"outcome_unknown", "delivered"}:
        yield f"it is {job}"


def _waiting(_: Told, job: Job) -> Iterator[str]:
    if job.row["inputs"] == "[]":
        yield f"there is no picture that fal could refuse: {job}"


def _your_turn(_: Told, job: Job) -> Iterator[str]:
    if job.row["submitting_at"] is None:
        yield f"it never was that of {job}"


def _refused_alone(told: Told, job: Job) -> Iterator[str]:
    said = [post.status for post in job.posts if post.at.timestamp() <= told.at]
    if sum(one in _REFUSED_ALONE for one in said) < 2:  # before and after another was taken
        yield f"fal said {said}"


def _has_ended(told: Told, job: Job) -> Iterator[str]:
    if f"ended ({job.row['status']})" not in told.text:
        yield f"it is {job}"


def _will_be_posted(_: Told, job: Job) -> Iterator[str]:
    # Of a gap only what was before it ended is known; and what nobody can read can't be posted.
    lost = job.asked.fate.end is End.BLIND
    if job.videos and job.status != "delivered" and not (job.of_gap or lost):
        yield f"it wasn't: {job}"


def _found_out(_told: Told, _job: Job) -> Iterator[str]:
    # At every start, of each job that waits.
    yield from ()


OfAJob: TypeAlias = Callable[[Told, Job], Iterator[str]]
OF_A_JOB: Mapping[str, OfAJob] = {
    "🚫": _canceled,
    "your video is ready": _mentions_its_member,
    "didn't work out": _not_worked_out,
    "count towards your quota": _counts,
    "It counts towards your quota": _counts,
    "**At fal**": _at_fal,
    "**Rendering**": _rendering,
    "It's never sent twice": _never_twice,
    "fal refused": _refused,
    "fal couldn't make it": _failed,
    "fal had a problem of its own": _failed_itself,
    "fal never said": _unknown,
    "fal isn't taking the picture": _waiting,
    "fal takes other videos": _refused_alone,
    "**Your turn**": _your_turn,
    "so it will be posted": _will_be_posted,
    "still finding out whether video": _found_out,
    "has already ended": _has_ended,
}
