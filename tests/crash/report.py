"""What must hold after the storm, claim by claim."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import override

from tests.crash import accounts
from tests.crash.accounts import Found, each
from tests.crash.assertions import Truths
from tests.crash.observations import Evidence, Life, turned_away
from tests.wire.discord_document import complaints

# An error is also what discord.py calls every lost connection. What fal's weather does to the line
# is the owner's to know.
ERROR = re.compile(
    r"\S+ \S+ (ERROR|CRITICAL) "
    r"(?!.*(Attempting a reconnect|owner_messages: (fal\b|Another process|Finished videos)))"
)
TWICE = "fal received no job twice"
SHOWN = 10
# How every status message begins whose job hasn't ended.
UNDER_WAY = "⏳⏸🎬🔎"
WHAT_TO_DO = "please ask again"


@dataclass(frozen=True)
class Claim:
    """`checked` is how much was looked at, `wrong` what was found."""

    says: str
    checked: int
    wrong: Sequence[str]


@dataclass(frozen=True)
class Verdict:
    claims: Sequence[Claim]
    notes: Sequence[str]

    @property
    def good(self) -> bool:
        return not any(claim.wrong for claim in self.claims)

    def claim(self, says: str) -> Claim:
        return next(claim for claim in self.claims if claim.says == says)

    @override
    def __str__(self) -> str:
        width = max(len(claim.says) for claim in self.claims)
        lines = [f"{'claim':{width}}  checked  wrong"]
        lines += [
            f"{claim.says:{width}}  {claim.checked:7}  {len(claim.wrong):5}"
            for claim in self.claims
        ]
        for claim in self.claims:
            lines += [f"✗ {claim.says}: {wrong}" for wrong in claim.wrong[:SHOWN]]
            if len(claim.wrong) > SHOWN:
                lines.append(f"✗ {claim.says}: and {len(claim.wrong) - SHOWN} more")
        return "\n".join([*lines, *self.notes])


def judge(evidence: Evidence) -> Verdict:
    """Look at everything. Call it once the bot has ended."""
    truths, least = Truths(evidence), evidence.least_delivered
    jobs = list(evidence.jobs.values())
    falsehoods = truths.falsehoods()
    claims = [
        Claim("each video that fal made is in its channel once", *accounts.videos(evidence)),
        Claim(f"at least {least:.0%} of jobs are delivered", *accounts.delivered(jobs, least)),
        Claim(TWICE, *each([*jobs, *evidence.forgotten], accounts.sent_twice)),
        Claim("no request was taken by two processes", *accounts.sources(evidence)),
        Claim("each job's money and unit agree with its end", *each(jobs, accounts.money)),
        Claim("what fal charged is spent or held, nothing else", *each(jobs, accounts.charges)),
        Claim("no member is above the quota at any time", *accounts.quotas(evidence)),
        Claim("one press of a button makes one video", *accounts.presses(evidence)),
        Claim("the same request twice is one video", *accounts.repeats(evidence)),
        Claim("no text was false", len(truths.told), falsehoods),
        Claim("each status message ends as its job did", *each(jobs, accounts.last_word(evidence))),
        Claim("nobody waits for what no job stands behind", *_left_alone(evidence)),
        Claim("no member was called twice for a job", *_calls(evidence)),
        Claim("everything came to its end in time", 1, [] if evidence.calm else ["not so"]),
        Claim("the bot never ended by itself", *_ends(evidence)),
        Claim("no unexpected error was logged", *_tracebacks(evidence)),
        Claim("every planned moment was reached", *_moments(evidence)),
        Claim("no rule of Discord's or fal's was broken", *_violations(evidence)),
    ]
    return Verdict(claims, _notes(evidence, truths))


def _left_alone(evidence: Evidence) -> Found:
    """The first word may stay after a crash, if it says what to do and no job came of it."""
    public = [message for message in evidence.messages if not message.ephemeral]
    waiting = [message for message in public if message.content[:1] in UNDER_WAY]
    behind = {job.asked.invocation: job for job in evidence.jobs.values()}
    forgotten = {job.asked.invocation for job in evidence.forgotten}
    wrong = [
        f"{message.content!r}: {message.invocation and behind.get(message.invocation)}"
        for message in waiting
        if message.invocation not in forgotten
        and (message.invocation in behind or WHAT_TO_DO not in message.content)
    ]
    return len(public), wrong


def _calls(evidence: Evidence) -> Found:
    calls = Counter(
        message.reference and message.reference.id
        for message in evidence.messages
        if message.pinged
    )
    return sum(calls.values()), [f"message {one}: {n} times" for one, n in calls.items() if n > 1]


def _ends(evidence: Evidence) -> Found:
    wrong = [
        f"{life.moment or 'a random life'}: exit code {life.code}; {life.log[-1500:]}"
        for life in evidence.lives
        if life.code is not None
    ]
    return len(evidence.lives), wrong


def _tracebacks(evidence: Evidence) -> Found:
    log = "".join(life.log for life in evidence.lives)
    entries = re.split(r"(?m)^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", log)
    wrong = [entry[-1500:] for entry in entries if "Traceback" in entry or ERROR.match(entry)]
    return len(entries), wrong


def _moments(evidence: Evidence) -> Found:
    planned = {life.moment for life in evidence.lives if ":" in life.moment}
    return len(planned), list(evidence.unreached)


def _violations(evidence: Evidence) -> Found:
    discord, fal = evidence.stage.discord, evidence.stage.fal
    wrong = [*discord.violations, *fal.violations, *complaints(discord.requests)]
    return len(discord.requests), wrong


def _notes(evidence: Evidence, truths: Truths) -> list[str]:
    """Say what happened, so that a storm in which nothing happens doesn't look good."""
    jobs = list(evidence.jobs.values())
    lives = Counter(_kind(life) for life in evidence.lives)
    ends = Counter(job.status for job in jobs)
    fates = Counter(job.asked.fate.name for job in jobs)
    unanswered = len(evidence.asked) - len(jobs)
    cancels = sum(":cancel" in one.command for one in evidence.looked_up)
    pressed = sum(one.pressed for one in evidence.asked)
    greed = sum("used today's quota" in text for text in truths.told)
    notes = [
        f"lives by their ends: {_counted(lives)}",
        f"databases put back: {len(evidence.gaps)}, jobs forgotten: {len(evidence.forgotten)}",
        f"videos asked for: {len(evidence.asked)}, not accepted: {unanswered}, jobs: {len(jobs)}",
        f"ends: {_counted(ends)}",
        f"fates: {_counted(fates)}",
        f"requests above the quota: {greed}",
        f"Cancel pressed: {cancels}; the same sent again: {sum(o.repeated for o in evidence.asked)}",
        f"Make another pressed: {pressed}, jobs of it: {sum(job.asked.pressed for job in jobs)}",
        f"POSTs that fal turned away, and that were repeated: {sum(map(turned_away, jobs))}",
        f"429 of Discord's: {sum(evidence.stage.discord.rate_limits.refused.values())}",
    ]
    if truths.unjudged:
        strange = sorted(set(truths.unjudged))[:5]
        notes.append(f"texts that no rule judges: {len(truths.unjudged)}, like {strange}")
    return notes


def _kind(life: Life) -> str:
    return "killed at a call" if ":" in life.moment else life.moment or "killed at random"


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())
