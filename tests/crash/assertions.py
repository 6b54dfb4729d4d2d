"""Every text that the bot ever wrote, held against what was true."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from tests.crash.notices import Told, everything_told
from tests.crash.observations import Evidence, Job, Value, number
from tests.crash.plan import NO_ARCHIVE, OTHER_PROCESS
from tests.crash.sentences import OF_A_JOB

_PLACE = re.compile(r"place (-?\d+)")
_LISTED = "**#"
_ANY_ID = re.compile(r"#(\d+)")
_QUOTA = re.compile(r"\*\*(\d+) of (\d+)\*\* videos here today, (\d+) left")
_WRITTEN_WITHIN = 1.0
_DAY_SECONDS = 86_400
_WHY_PAUSED: Mapping[str, set[int | None]] = {
    "the bot's account at fal needs its owner": {401, 402, 403},
    "the account is locked": {402, 403},
    "fal refuses FAL_KEY": {401, 403},
    "fal asks the bot to slow down": {429},
}
_OF_FAL = "⚠️ fal"
_MOST_UNCLEAR = 3
GETTING_READY = "Getting your video ready"


@dataclass
class Truths:
    """Asks of each text whether it was true. `unjudged` are those that nobody here understands."""

    evidence: Evidence
    told: list[str] = field(default_factory=list[str])
    unjudged: list[str] = field(default_factory=list[str])
    _shows: dict[int, str] = field(default_factory=dict[int, str])
    """The tag of each message's job."""
    _with_video: set[int] = field(default_factory=set[int])
    """The messages that had a video put into them so far."""

    def falsehoods(self) -> list[str]:
        found: list[str] = []
        for told in everything_told(self.evidence):
            self.told.append(told.text)
            found += [f"{told.text!r}: {lie}" for lie in self._lies(told)]
        return found

    def _lies(self, told: Told) -> Iterator[str]:
        of_jobs = [
            (part, rule)
            for part in _parts(told)
            for words, rule in OF_A_JOB.items()
            # The owner is told of fal itself, and of several jobs at a time.
            if words in part.text and not part.text.startswith(_OF_FAL)
        ]
        others = [rule for words, rule in _OTHERS.items() if words in told.text]
        if not (of_jobs or others or told.job_id):
            self.unjudged.append(told.text)
        job = self._job(told)
        if told.job_id is not None:
            yield from self._is_its_own(told, job) if job else ["there is no such job"]
        for part, rule in of_jobs:
            its = self._job(part)
            yield from rule(part, its) if its else ["nobody knows of which job"]
        for judge in others:
            yield from judge(self, told, job)

    def _job(self, told: Told) -> Job | None:
        """Return the job that is spoken of."""
        jobs = self.evidence.jobs_at(told.at)
        named = _ANY_ID.search(told.text)
        replied = self._shows.get(told.reply_to) if told.reply_to else None
        if told.job_id is None and replied is not None:
            known = [*jobs.values(), *self.evidence.jobs.values(), *self.evidence.forgotten]
            return next(job for job in known if job.row["tag"] == replied)
        return jobs.get(told.job_id or (int(named[1]) if named else 0))

    def _is_its_own(self, told: Told, job: Job) -> Iterator[str]:
        """A status message is the job's own, in its place, and so is the video in it."""
        if told.member_id != job.row["member_id"]:
            yield "the job is another member's"
        if job.asked.mark not in told.text:
            yield "the prompt is another job's"
        if told.channel not in {None, job.row["channel_id"]}:
            yield "the job is of another channel"
        tag = str(job.row["tag"])
        if told.message and self._shows.setdefault(told.message, tag) != tag:
            yield "the message was another job's before"
        if told.message and told.files:
            self._with_video.add(told.message)
        results = self.evidence.stage.fal.results
        made = {results[url].data for url in job.videos}
        for file in told.files:
            if file.data not in made or file.filename != f"pika-{job.id}.mp4":
                yield "its video isn't what fal made for it"

    def nothing_charged(self, told: Told, job: Job | None) -> Iterator[str]:
        if GETTING_READY in told.text:
            # It says so of itself only where it stays for ever, which is looked at in the end.
            return
        if job is not None and job.charged:
            yield f"fal charged for {job}"
        jobs = self.evidence.jobs_at(told.at).values()
        yield from (f"it made {one}" for one in jobs if one.asked.invocation.id == told.source)

    def ready(self, told: Told, _: Job | None) -> Iterator[str]:
        if told.reply_to not in self._with_video:
            yield "there is no video in the message"

    def quota(self, told: Told, _: Job | None) -> Iterator[str]:
        if (said := _QUOTA.search(told.text)) is None:
            return
        used, limit, left = map(int, said.groups())
        if limit != self.evidence.quota_limit or used + left != limit:
            yield "the sum is wrong"
        if used not in self._used_about(told):
            yield f"it was {self._used_about(told)}"

    def quota_used_up(self, told: Told, _: Job | None) -> Iterator[str]:
        if self.evidence.quota_limit not in self._used_about(told):
            yield f"it was {self._used_about(told)}"

    def _used_about(self, told: Told) -> set[int]:
        """Return what the asking member had used while the question was being answered."""
        asking = next(one for one in self.evidence.invocations if one.id == told.source)
        today, off = int(told.at // _DAY_SECONDS), self.evidence.clocks_off
        used, seen = Counter[Value](), defaultdict[Value, set[int]](lambda: {0})
        for entry in self.evidence.ledger_at(told.at):
            at, database = number(entry, "at") / 1000, entry["database"]
            whose = entry["member_id"], entry["day"]
            if whose != (asking.member.id, today) or at > told.at + off:
                continue
            # Its time is taken before it waits for its turn to be written.
            if at < asking.created_at - _WRITTEN_WITHIN - off:
                seen[database].clear()
            used[database] += number(entry, "videos")
            seen[database].add(used[database])
        return {0}.union(*seen.values()) if len(seen) != 1 else seen.popitem()[1]

    def listed(self, told: Told, _: Job | None) -> Iterator[str]:
        asking = next(one for one in self.evidence.invocations if one.id == told.source)
        jobs = self.evidence.jobs_at(told.at)
        for line in told.text.splitlines():
            named, place = _ANY_ID.search(line), _PLACE.search(line)
            job = jobs.get(int(named[1])) if named else None
            if job is None or job.row["member_id"] != asking.member.id:
                yield f"the member didn't ask for {job}"
            elif job.asked.mark not in line or (place and not self._is_place(place[1])):
                yield f"that isn't {job}"

    def in_line(self, told: Told, job: Job | None) -> Iterator[str]:
        place = _PLACE.search(told.text)
        if place is None or not self._is_place(place[1]):
            yield f"that is no place of {job}"

    def _is_place(self, place: str) -> bool:
        # Members take turns, so a job that was asked for later may stand before it.
        return 1 <= int(place) <= len(self.evidence.jobs) + len(self.evidence.forgotten)

    def paused(self, told: Told, _: Job | None) -> Iterator[str]:
        """What pauses the line was said to some job before; to which, nobody is told."""
        sent = [post for post in self.evidence.stage.fal.posts if post.at.timestamp() <= told.at]
        said = {post.status for post in sent}
        for words, statuses in _WHY_PAUSED.items():
            if words in told.text and not said & statuses:
                yield f"fal said {said}"
        if "leave open whether" in told.text and len(sent) < _MOST_UNCLEAR:
            yield f"fal was sent only {len(sent)}"

    def same_again(self, told: Told, job: Job | None) -> Iterator[str]:
        """The member's own video of the same words; none was made of this."""
        asking = next(one for one in self.evidence.asked if one.invocation.id == told.source)
        if job is None or job.asked.mark != asking.mark:
            yield f"that isn't it: {job}"
            return
        if job.row["member_id"] != asking.invocation.member.id:
            yield f"it is another member's: {job}"
        if f"<t:{number(job.row, 'created_at') // 1000}:R>" not in told.text:
            yield f"that isn't when it was: {job}"
        if f"/{job.row['channel_id']}/{job.row['message_id']})" not in told.text:
            yield f"the link leads elsewhere: {job}"
        jobs = self.evidence.jobs_at(told.at).values()
        yield from (f"it made {one}" for one in jobs if one.asked is asking)

    def taken_back(self, told: Told, _: Job | None) -> Iterator[str]:
        jobs = self.evidence.jobs_at(told.at).values()
        yield from (
            f"{one} stands behind it" for one in jobs if one.row["message_id"] == told.message
        )

    def too_large(self, _told: Told, _job: Job | None) -> Iterator[str]:
        yield "no video here is too large"

    def gone(self, _: Told, job: Job | None) -> Iterator[str]:
        if job is not None and job.row["deleted_by"] is None:
            yield f"nobody deleted {job}"

    def other_process(self, _told: Told, _job: Job | None) -> Iterator[str]:
        yield from self._had(OTHER_PROCESS)

    def no_archive(self, _told: Told, _job: Job | None) -> Iterator[str]:
        yield from self._had(NO_ARCHIVE)

    def _had(self, kind: str) -> Iterator[str]:
        if not any(life.moment.startswith(kind) for life in self.evidence.lives):
            yield f"no life had it: {kind}"

    def looked_at_elsewhere(self, _told: Told, _job: Job | None) -> Iterator[str]:
        yield from ()


def _parts(told: Told) -> Sequence[Told]:
    """Return what is about one job each: of a list its lines."""
    if _LISTED not in told.text:
        return [told]
    return [replace(told, text=line) for line in told.text.splitlines()]


Other: TypeAlias = Callable[[Truths, Told, Job | None], Iterator[str]]
_OTHERS: Mapping[str, Other] = {
    "othing was charged": Truths.nothing_charged,
    "your video is ready": Truths.ready,
    "the count starts anew": Truths.quota,
    "used today's quota": Truths.quota_used_up,
    "too large for this place": Truths.too_large,
    "**Paused**": Truths.paused,
    _OF_FAL: Truths.paused,
    "✅ fal takes videos again": Truths.looked_at_elsewhere,
    "Another process runs with this bot's token": Truths.other_process,
    "Two copies of me are running": Truths.other_process,
    "No other process answers": Truths.other_process,
    "I don't know that video any more": Truths.other_process,
    "80 % of this month's": Truths.looked_at_elsewhere,
    "This month's $": Truths.looked_at_elsewhere,
    "Finished videos": Truths.no_archive,
    "can't keep": Truths.no_archive,
    "I was restarted before": Truths.taken_back,
    GETTING_READY: Truths.looked_at_elsewhere,
    "I'm asking fal to cancel": Truths.looked_at_elsewhere,
    _LISTED: Truths.listed,
    "**In line**": Truths.in_line,
    "You asked for exactly this": Truths.same_again,
    "You have no videos here yet": Truths.looked_at_elsewhere,
    # What is said to a mention that no video is made of: it is the same whatever else is true.
    "Mention me with a picture attached": Truths.looked_at_elsewhere,
    "`/pika text` makes a video from words alone": Truths.looked_at_elsewhere,
    "What should happen in the video?": Truths.looked_at_elsewhere,
    "Discord doesn't show me": Truths.looked_at_elsewhere,
    "pictures at a time; please send fewer": Truths.looked_at_elsewhere,
    "`frames` takes": Truths.looked_at_elsewhere,
    "That message has no picture attached": Truths.looked_at_elsewhere,
    "That is a video, and I animate pictures": Truths.looked_at_elsewhere,
    "That sticker is drawn by Discord's own app": Truths.looked_at_elsewhere,
    "I may not be used in this channel": Truths.looked_at_elsewhere,
    "settings don't let you use me here": Truths.looked_at_elsewhere,
    "That offer is for whoever asked": Truths.looked_at_elsewhere,
    "took its first frame": Truths.looked_at_elsewhere,
    # Of finished videos: tests/wire looks at each, no storm presses their buttons.
    "**Your finished videos**": Truths.looked_at_elsewhere,
    "You have no finished videos here yet": Truths.looked_at_elsewhere,
    "A film of": Truths.looked_at_elsewhere,
    "for good": Truths.looked_at_elsewhere,
    "was deleted": Truths.gone,
    "no longer kept": Truths.looked_at_elsewhere,
    "There is no video #": Truths.looked_at_elsewhere,
    "There is no file of video #": Truths.looked_at_elsewhere,
    "There is no finished video #": Truths.looked_at_elsewhere,
    "is still being posted": Truths.looked_at_elsewhere,
    "There is no better version": Truths.looked_at_elsewhere,
    "can't be joined": Truths.looked_at_elsewhere,
    "I couldn't join": Truths.looked_at_elsewhere,
    "I join at most": Truths.looked_at_elsewhere,
    "continues no other": Truths.looked_at_elsewhere,
    "isn't yours": Truths.looked_at_elsewhere,
    "I couldn't read the last picture": Truths.looked_at_elsewhere,
    "is no longer offered": Truths.looked_at_elsewhere,
}
