"""What goes wrong for one job, armed by the number in its prompt, and in general: the weather."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random

from sandbox import discord, fal
from sandbox.fal import (
    LOCKED,
    Answer,
    Delay,
    Drop,
    FailJob,
    Fault,
    Mangle,
    Truncate,
    infrastructure_error,
    policy_violation,
    proxy_page,
    refusal,
)
from sandbox.stage import Stage

TIMEOUT_SECONDS = 2.0
"""What the bot is told to wait for one answer of fal's."""
EDIT = "/channels/{channel}/messages/{message}"
POST = "/channels/{channel}/messages"


class End(Enum):
    """What must become of a job."""

    VIDEO = "fal makes a video"
    NONE = "fal refuses or fails"
    LOST = "the POST never arrives, and nobody can know"
    BLIND = "fal makes a video, and nobody can find out whose it is, or where"


@dataclass(frozen=True)
class Fate:
    """`weight` is how often it strikes among all others."""

    name: str
    weight: float
    end: End
    faults: Callable[[str], Sequence[Fault]]


def _fate(
    name: str, weight: float, *actions: tuple[fal.Route, fal.Action, int], end: End = End.VIDEO
) -> Fate:
    def faults(match: str) -> Sequence[Fault]:
        return [Fault(route, action, times, match) for route, action, times in actions]

    return Fate(name, weight, end, faults)


_FOR_EVER = 1_000_000
_UNREADABLE = Answer(200, b"<html>a page of somebody else's", accepted=True)
_HUGE = Answer(200, b" " * 3_000_000, accepted=True)
_WRONG_INPUT = refusal(fal.documented_error("one_of", ("body", "resolution")))
FATES: dict[str, Fate] = {
    fate.name: fate
    for fate in (
        _fate("nothing", 50),
        _fate("answer lost", 9, ("submit", Drop(accepted=True), 1)),
        _fate("answered 500, but taken", 3, ("submit", Answer(500, {}, accepted=True), 1)),
        _fate("slow answer", 4, ("submit", Delay(0.8), 1)),
        _fate("too slow an answer", 2, ("submit", Delay(TIMEOUT_SECONDS + 0.5), 1)),
        _fate("busy", 4, ("submit", Answer(429, {"detail": "Too many requests"}), 2)),
        _fate("locked", 3, ("submit", Answer(403, LOCKED), 1)),
        _fate("never arrived", 0.4, ("submit", Drop(accepted=False), 1), end=End.LOST),
        _fate("answered 503, not taken", 0.4, ("submit", Answer(503, {}), 1), end=End.LOST),
        _fate("blind", 2.5, ("submit", Drop(accepted=True), 1), end=End.BLIND),
        _fate("answered a page, but taken", 2, ("submit", _UNREADABLE, 1)),
        _fate("answered without an id", 1, ("submit", Mangle(drop=("request_id",)), 1)),
        _fate("answer of many megabytes", 1, ("submit", _HUGE, 1)),
        _fate("status unreadable", 1, ("status", Answer(200, b"[" * 50_000), 3)),
        _fate("status of tomorrow", 1, ("status", Mangle(change={"status": "PAUSED"}), 3)),
        _fate("result unreadable", 1, ("result", Mangle(drop=("video",)), 2)),
        _fate("never readable", 1, ("result", Answer(200, b"not JSON"), _FOR_EVER), end=End.BLIND),
        _fate("no video in the file", 1, ("file", Answer(200, b"GIF89a" + bytes(5_000)), 2)),
        _fate("policy", 4, ("submit", FailJob(policy_violation("prompt")), 1), end=End.NONE),
        _fate(
            "fal's own error",
            3,
            ("submit", FailJob(infrastructure_error("internal_error")), 1),
            end=End.NONE,
        ),
        _fate("refused", 3, ("submit", _WRONG_INPUT, 1), end=End.NONE),
        _fate("status 500", 2, ("status", Answer(500, {}), 2)),
        _fate("status a page", 2, ("status", proxy_page(502), 2)),
        _fate("status 404", 2, ("status", Answer(404, {"status": "NOT_FOUND"}), 1)),
        _fate("result 500", 2, ("result", refusal(infrastructure_error("internal_error")), 1)),
        _fate("result 404", 2, ("result", Answer(404, {"status": "NOT_FOUND"}), 1)),
        _fate("file cut off", 2, ("file", Truncate(1000, announce_all=True), 1)),
        _fate("file short", 1, ("file", Truncate(1000), 1)),
        _fate("file dropped", 2, ("file", Drop(), 1)),
    )
}

_UNAVAILABLE = discord.Answer(503, {"message": "Service Unavailable", "code": 0})
_BROKEN = discord.Answer(500, {"message": "Internal Server Error", "code": 0})
_DISCORD = [
    discord.Fault(method, path, action)
    for method, path in (("PATCH", EDIT), ("POST", POST))
    for action in (_UNAVAILABLE, _BROKEN, discord.Drop.BEFORE, discord.Drop.AFTER)
]
_FAL = [
    Fault("listing", Answer(500, {})),
    Fault("listing", Drop()),
    Fault("listing", proxy_page(502)),
    Fault("status", Drop()),
    Fault("token", Answer(500, {})),
    Fault("upload", Drop()),
    Fault("cancel", Answer(500, {})),
    Fault("cancel", Drop(accepted=True)),
]


def choose(random: Random) -> Fate:
    fates = list(FATES.values())
    return random.choices(fates, [fate.weight for fate in fates])[0]


def arm_weather(stage: Stage, random: Random) -> None:
    """Arm a fault or two of the kind that strikes whoever comes along."""
    if random.random() < 0.5:
        stage.discord.arm(random.choice(_DISCORD))
    if random.random() < 0.4:
        stage.fal.arm(random.choice(_FAL))
    if random.random() < 0.1:
        stage.discord.refuse_gateway(1, status=random.choice([503, None]))
    if random.random() < 0.1:
        stage.discord.arm(discord.Fault("GET", "/users/@me", _UNAVAILABLE))
