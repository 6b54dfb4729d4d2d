"""The real bot, except that it kills itself at one call that crosses a port.

CRASH_AT names the call: `fal.submit:after:1` is right after the first `Fal.submit` has come to its
end, well or not. `jobstore.advance(stored)` are the transitions to that status only. The moment is
printed before the kill, so that such an end can be told from any other.

CRASH_UNGUARDED=1 takes the guard away that the storm is there to prove: a job whose POST may have
arrived goes back in line instead of becoming `uncertain`.

CRASH_CLOCK is what this life's clock shows too much, in milliseconds: `-5000,7000,2.5` is five
seconds too little, and after 2.5 seconds seven too much.
"""

import asyncio
import inspect
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Literal, TypeVar, cast

from typing_extensions import is_protocol

from bot import app, logs, ports
from bot.adapters.process.clock import SystemClock
from bot.domain.jobs.job import Status
from bot.settings import load
from bot.settings.credentials import load_credentials

P = TypeVar("P")
Method = Callable[..., Awaitable[object]]
When = Literal["before", "after"]

ANNOUNCEMENT = "CRASHING at "


def _members(of: object) -> dict[str, object]:
    return cast("dict[str, object]", of.__dict__)


def _methods(protocol: type) -> list[str]:
    """Return the methods that can be waited for; the others lead nowhere outside."""
    return [name for name, one in _members(protocol).items() if inspect.iscoroutinefunction(one)]


# Nothing wraps it; the store's calls before and after it are moments of their own.
_MADE_PER_REQUEST = {"Announcement"}


def _ports() -> dict[str, list[str]]:
    return {
        name.lower(): found
        for name, port in _members(ports).items()
        if isinstance(port, type) and is_protocol(port) and name not in _MADE_PER_REQUEST
        if (found := _methods(port))
    }


PORTS = _ports()
"""The methods of each port, as `bot.ports` has them."""


def name_of(port: object) -> str:
    """Return which port an object implements: the largest all of whose methods it has."""
    names = [
        name
        for name, methods in PORTS.items()
        if all(inspect.iscoroutinefunction(getattr(port, one, None)) for one in methods)
    ]
    return max(names, key=lambda name: len(PORTS[name]))


@dataclass
class Crash:
    """One moment, and the calls that were seen so far."""

    call: str
    when: When
    number: int
    seen: Counter[str] = field(default_factory=Counter[str])

    @classmethod
    def read(cls, text: str) -> "Crash":
        call, when, number = text.split(":")
        return cls(call, cast("When", when), int(number))

    def starts(self, call: str) -> int:
        """Count a call that is about to be made, and return its number."""
        self.seen[call] += 1
        self._perhaps("before", call, self.seen[call])
        return self.seen[call]

    def ended(self, call: str, number: int) -> None:
        self._perhaps("after", call, number)

    def _perhaps(self, when: When, call: str, number: int) -> None:
        if (call, when, number) == (self.call, self.when, self.number):
            print(f"{ANNOUNCEMENT}{call}:{when}:{number}", flush=True)  # noqa: T201
            os.kill(os.getpid(), signal.SIGKILL)


class Crashing:
    """Stands in front of an object that implements a port."""

    def __init__(self, port: object, crash: Crash | None, *, unguarded: bool):
        self._port = port
        self._name = name_of(port)
        self._crash = crash
        self._unguarded = unguarded

    def __getattr__(self, name: str) -> object:
        """Return what the port has under that name, with what goes wrong around it."""
        found = cast("object", getattr(self._port, name))
        if not inspect.iscoroutinefunction(found):
            return found
        method = cast("Method", found)
        if self._unguarded and (self._name, name) == ("jobstore", "advance"):
            method = _unguarded(method)
        return self._crashing(name, method)

    def _crashing(self, name: str, method: Method) -> Method:
        crash = self._crash
        if crash is None:
            return method

        @wraps(method)
        async def call(*arguments: object, **named: object) -> object:
            called = [f"{self._name}.{name}"]
            if called == ["jobstore.advance"]:
                called.append(f"jobstore.advance({arguments[1]})")
            numbers = [crash.starts(one) for one in called]
            try:
                return await method(*arguments, **named)
            finally:
                for one, number in zip(called, numbers, strict=True):
                    crash.ended(one, number)

        return call


def _unguarded(advance: Method) -> Method:
    async def call(job: object, to: Status, **named: object) -> object:
        to = Status.CREATED if to is Status.UNCERTAIN else to
        return await advance(job, to, **named)

    return call


def _step(steps: str) -> None:
    """Have this process's clock show another time, and later another one."""
    first, second, after = steps.split(",")
    now, steady = SystemClock.now, SystemClock().steady
    until = steady() + round(float(after) * 1000)

    def stepped(self: SystemClock) -> int:
        return now(self) + int(first if steady() < until else second)

    SystemClock.now = stepped


def main() -> None:
    configuration = load(os.environ)
    credentials = load_credentials(os.environ)
    level = configuration.settings.process.log_level
    logs.configure(level, [credentials.discord_token, credentials.fal_key])
    moment = os.environ.get("CRASH_AT")
    crash = Crash.read(moment) if moment else None
    unguarded = os.environ.get("CRASH_UNGUARDED") == "1"
    if steps := os.environ.get("CRASH_CLOCK"):
        _step(steps)

    def wrap(port: P, /) -> P:
        return cast("P", Crashing(port, crash, unguarded=unguarded))

    asyncio.run(app.run(configuration, credentials, wrap=wrap))


if __name__ == "__main__":
    main()
