"""The storm: one life of the bot after another, each ended by `kill -9`, under load and faults."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sandbox.discord import Invocation
from sandbox.render import Renderer
from sandbox.stage import Stage, open_stage
from tests import preloaded
from tests.crash.crashing_bot import ANNOUNCEMENT
from tests.crash.expected_ends import TIMEOUT_SECONDS, arm_weather
from tests.crash.load import Load
from tests.crash.observations import Evidence, Life, forget_commands, read_books
from tests.crash.plan import RANDOM, Plan

_KILLED = -9
_REACHED_WITHIN = 12.0
# What makes a call happen, where usual requests don't or hardly.
_FOCUS = {
    "archive.put": "picture",
    "fal.cancel": "cancel",
    "fal.find": "answer lost",
    "fal.upload": "picture",
    "pictures.take": "picture",
    "jobstore.advance(canceled)": "cancel",
    "jobstore.advance(created)": "busy",
    "jobstore.advance(failed)": "policy",
    "jobstore.advance(uncertain)": "answer lost",
    "jobstore.jobs_of": "jobs",
    "jobstore.record_inputs": "picture",
    "jobstore.owned_request_ids": "answer lost",
    "jobstore.request_cancel": "cancel",
}


@dataclass
class Storm:
    stage: Stage
    load: Load
    plan: Plan
    random: Random
    say: Callable[[str], None]
    lives: list[Life] = field(default_factory=list[Life])
    unreached: list[str] = field(default_factory=list[str])
    _log_length: int = 0

    async def rage(self) -> None:
        """Live through all lives of the plan; moments that didn't come get a second chance."""
        began = time.monotonic()
        for number, moment in enumerate(self.plan.lives, 1):
            self.load.wanted = 10 + self.plan.jobs * number // len(self.plan.lives)
            await self._live(moment)
            if number % 20 == 0 or number == len(self.plan.lives):
                took = time.monotonic() - began
                self.say(f"{took:5.0f} s  {number} lives, {self.load.accepted} videos accepted")
        again, self.unreached = self.unreached, []
        for moment in again:
            self.say(f"          once more: {moment}")
            await self._live(moment)

    async def _live(self, moment: str) -> None:
        if self.plan.weather:
            arm_weather(self.stage, self.random)
        await self._begin(moment)
        if moment == RANDOM:
            await self._wait_a_moment()
        else:
            await self._wait_for(moment)
        await self._end(moment)

    async def _begin(self, moment: str) -> None:
        bot = self.stage.bot
        if moment.startswith("jobstore.remember_fact"):
            forget_commands(bot.folder)
        bot.environment["CRASH_AT"] = moment
        if self.plan.clock_steps:
            minutes = self.random.uniform(-self.plan.clock_steps, self.plan.clock_steps)
            bot.environment["CRASH_CLOCK_MS"] = str(round(minutes * 60_000))
        self._log_length = len(bot.log())
        await bot.start()

    async def _wait_for(self, moment: str) -> None:
        """Do what makes that call happen until the bot has killed itself."""
        self.load.focus = _FOCUS.get(moment.partition(":")[0], "")
        self.load.eager = True
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stage.bot.process.wait(), _REACHED_WITHIN)
        self.load.focus = ""
        self.load.eager = False

    async def _wait_a_moment(self) -> None:
        """Wait until some moment: in half of all lives while it starts, in half while it works."""
        discord, process = self.stage.discord, self.stage.bot.process
        if self.random.random() < 0.5:
            moment = asyncio.sleep(self.random.uniform(0, 2))
        else:
            with suppress(TimeoutError):
                await discord.wait_for(lambda: discord.bot_online, 15)
            if self.plan.weather and self.random.random() < 0.1:
                await discord.drop_gateway(forget=self.random.random() < 0.5)
            if self.plan.second_process and self.random.random() < self.plan.second_process:
                await self._start_a_second()
            moment = asyncio.sleep(self.random.uniform(0, 2))
        ended = asyncio.create_task(process.wait())
        await asyncio.wait({ended, asyncio.ensure_future(moment)}, return_when="FIRST_COMPLETED")
        ended.cancel()

    async def _start_a_second(self) -> None:
        """Start another bot on the database, by another name; it has to end by itself."""
        bot = self.stage.bot
        link, said = bot.folder / "other.db", bot.folder / "second.log"
        if not link.is_symlink():
            link.symlink_to(bot.folder / "pika.db")
        environment = bot.environment | {"PIKA_DATABASE__PATH": str(link)}
        second = await preloaded.fork(["bot", "run"], environment, said, said)
        async with asyncio.timeout(30):
            code = await second.wait()
        assert code == 1, said.read_text()
        assert "is in use by another pika-bot" in said.read_text()

    async def _end(self, moment: str) -> None:
        bot = self.stage.bot
        code = bot.process.returncode
        if code is None:
            await bot.kill()
        log = bot.log()[self._log_length :]
        planned = bool(moment) and f"{ANNOUNCEMENT}{moment}" in log
        if moment and code is None:
            self.unreached.append(moment)
        by_itself = code is not None and not (planned and code == _KILLED)
        self.lives.append(Life(moment, log, code if by_itself else None))
        discord = self.stage.discord
        await discord.wait_for(lambda: not discord.bot_online)

    async def calm_down(self, playing: asyncio.Task[None]) -> None:
        """One last life, in which everything comes to its end. Raises TimeoutError."""
        bot = self.stage.bot
        del bot.environment["CRASH_AT"]
        bot.environment.pop("CRASH_CLOCK_MS", None)
        self._log_length = len(bot.log())
        await bot.start()
        discord, load = self.stage.discord, self.load
        await discord.wait_ready(60)
        await discord.wait_for(lambda: load.accepted >= self.plan.jobs, 120)
        playing.cancel()
        with suppress(asyncio.CancelledError):
            await playing
        patience = 2 * TIMEOUT_SECONDS + 2 * self.plan.deadline + 60
        async with asyncio.timeout(patience):
            while read_books(bot.folder).restless:  # noqa: ASYNC110  # a database tells nobody
                await asyncio.sleep(0.2)

    async def quotas(self) -> list[Invocation]:
        """Ask every member how they stand."""
        discord, load = self.stage.discord, self.load
        channel = load.channels[0]
        return [await discord.invoke(one, channel, "pika quota") for one in load.members]

    async def stop(self) -> None:
        """End the last life as a supervisor does."""
        bot = self.stage.bot
        code = await bot.stop()
        log = bot.log()[self._log_length :]
        self.lives.append(Life("SIGTERM", log, code or None))


@asynccontextmanager
async def _witness(stage: Stage) -> AsyncGenerator[list[float]]:
    """Write down when each request of the bot came."""
    times: list[float] = []
    discord = stage.discord

    async def watch() -> None:
        while True:
            await discord.wait_for(lambda: len(discord.requests) > len(times), 3600)
            times.extend([discord.now()] * (len(discord.requests) - len(times)))

    watching = asyncio.create_task(watch())
    try:
        yield times
    finally:
        watching.cancel()


async def storm(
    folder: Path, plan: Plan, renderer: Renderer, say: Callable[[str], None]
) -> Evidence:
    """Let the bot live through the plan, then through a peaceful end; return what was seen."""
    opening = open_stage(
        folder,
        timing=plan.timing(),
        renderer=renderer,
        settings=plan.settings(),
        module="tests.crash.crashing_bot",
    )
    async with opening as stage, _witness(stage) as times:
        # A supervisor would wait between two starts; then the storm would take an hour.
        stage.discord.identify_limit.enabled = False
        random = Random(plan.seed)
        load = Load(stage, Random(plan.seed), plan.fate)
        raging = Storm(stage, load, plan, random, say)
        await stage.bot.kill()
        playing = asyncio.create_task(load.go_on())
        blinding = asyncio.create_task(load.blind())
        calm = True
        try:
            await raging.rage()
            await raging.calm_down(playing)
        except TimeoutError as error:
            say(f"no calm: {error}")
            calm = False
        finally:
            playing.cancel()
            blinding.cancel()
        quotas = await raging.quotas()
        await raging.stop()
        return Evidence(
            stage=stage,
            books=read_books(folder),
            asked=load.asked,
            looked_up=load.looked_up,
            quotas=quotas,
            times=times,
            lives=raging.lives,
            unreached=raging.unreached,
            calm=calm,
            quota_limit=plan.quota,
            least_delivered=plan.least_delivered,
        )
