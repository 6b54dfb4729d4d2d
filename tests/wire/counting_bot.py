"""The real bot, except that it prints each read of an admission, of preferences, and each plan."""

import asyncio
import inspect
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from bot import app, logs
from bot.adapters.sqlite import job_reads, jobs
from bot.application.videos import submit
from bot.settings import load
from bot.settings.credentials import load_credentials

P = TypeVar("P")
R = TypeVar("R")
A = ParamSpec("A")
COUNTED = "COUNTED "


def printing(name: str, function: Callable[A, R]) -> Callable[A, R]:
    def call(*args: A.args, **kwargs: A.kwargs) -> R:
        print(f"{COUNTED}{name}", flush=True)  # noqa: T201  # the log of this process is read
        return function(*args, **kwargs)

    return call


class PrintingPreferences:
    """Stands in front of the port of members."""

    def __init__(self, port: object):
        self._port = port

    def __getattr__(self, name: str) -> object:
        attribute = cast("object", getattr(self._port, name))
        if name == "preferences" and inspect.iscoroutinefunction(attribute):
            return printing("preferences", cast("Callable[..., object]", attribute))
        return attribute


def wrap(port: P, /) -> P:
    has_preferences = hasattr(port, "set_preferences")
    return cast("P", PrintingPreferences(port)) if has_preferences else port


def main() -> None:
    # By name, as the bot's own modules look them up: each call is one read, or one plan.
    counted = ((jobs, "read_admission"), (job_reads, "read_admission"), (submit, "plan"))
    for module, name in counted:
        function = cast("Callable[..., object]", getattr(module, name))
        setattr(module, name, printing(name, function))
    configuration = load(os.environ)
    credentials = load_credentials(os.environ)
    logs.configure(
        configuration.settings.process.log_level, [credentials.discord_token, credentials.fal_key]
    )
    asyncio.run(app.run(configuration, credentials, wrap=wrap))


if __name__ == "__main__":
    main()
