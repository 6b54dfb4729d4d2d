"""The storm: one life of the bot after another, each ended by `kill -9`, under load and faults."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sandbox.discord import Invocation
from sandbox.render import Renderer
from sandbox.stage import Stage, open_stage
from tests.crash.beside import Copies, OtherProcess, start_a_second, witness
from tests.crash.crashing_bot import ANNOUNCEMENT
from tests.crash.expected_ends import TIMEOUT_SECONDS, arm_weather
from tests.crash.load import Load
from tests.crash.observations import Evidence, Life, forget_commands, read_books
from tests.crash.plan import NO_ARCHIVE, OTHER_PROCESS, PUT_BACK, RANDOM, SAME_DATABASE, Plan

_KILLED = -9
_REACHED_WITHIN = 12.0
_GOES_ON = "what was sent after the backup is known: the line goes on"
"""In the log: what was sent after the copy is known."""
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
    other: OtherProcess = field(init=False)
    copies: Copies = field(init=False)
    _log_length: int = 0

    def __post_init__(self) -> None:
        bot = self.stage.bot
        self.other = OtherProcess(self.stage, bot.folder / "other", self.plan.settings())
        self.copies = Copies(bot.folder, self.stage.discord.now)

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
        if moment == PUT_BACK:
            await self._put_back()
            return
        await self._begin(moment)
        if ":" in moment:
            await self._wait_for(moment)
        else:
            await self._wait_a_moment(moment)
        await self._end(moment)

    async def _put_back(self) -> None:
        """Live twice, go back to the database of before, and live until its gap is closed."""
        self.copies.make()
        for _ in range(2):
            await self._live(RANDOM)
        self.copies.put_back()
        if self.random.random() < 0.5:
            # It doesn't get far with that.
            await self._live(RANDOM)
        waits = any(job["status"] == "created" for job in read_books(self.stage.bot.folder).jobs)
        await self._begin(PUT_BACK)
        # Without a job in line the database needn't know its age.
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * TIMEOUT_SECONDS + 2 * self.plan.deadline + 20):
                while waits and _GOES_ON not in self._life_log():  # noqa: ASYNC110  # a file tells nobody
                    await asyncio.sleep(0.2)
        with suppress(TimeoutError):
            await self.stage.discord.wait_for(lambda: self.stage.discord.bot_online, 15)
        await self._end(PUT_BACK)

    async def _begin(self, moment: str) -> None:
        bot = self.stage.bot
        if moment.startswith("jobstore.remember_fact"):
            forget_commands(bot.folder)
        bot.environment["CRASH_AT"] = moment if ":" in moment else ""
        if most := self.plan.clock_steps:
            steps = [round(self.random.uniform(-most, most) * 60_000) for _ in range(2)]
            bot.environment["CRASH_CLOCK"] = f"{steps[0]},{steps[1]},{self.random.uniform(0, 4)}"
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

    async def _wait_a_moment(self, kind: str) -> None:
        """Wait until some moment: in half of all lives while it starts, in half while it works."""
        discord, process = self.stage.discord, self.stage.bot.process
        if kind == RANDOM and self.random.random() < 0.5:
            seconds = self.random.uniform(0, 2)
        else:
            with suppress(TimeoutError):
                await discord.wait_for(lambda: discord.bot_online, 15)
            if self.plan.weather and self.random.random() < 0.1:
                await discord.drop_gateway(forget=self.random.random() < 0.5)
            seconds = self.random.uniform(0, 2)
            await self._stand_beside(kind)
        ended = asyncio.create_task(process.wait())
        await asyncio.wait({ended}, timeout=seconds)
        ended.cancel()

    async def _stand_beside(self, kind: str) -> None:
        """Bring about what a life at the edges has beside it."""
        self._let_archive_be_written()
        if kind == SAME_DATABASE:
            await start_a_second(self.stage.bot)
        elif kind == OTHER_PROCESS:
            await self.other.start()
            await asyncio.sleep(self.random.uniform(1, 6))
            if self.random.random() < 0.5:
                await self.other.kill()
        elif kind == NO_ARCHIVE:
            self.stage.bot.block_archive()
            await asyncio.sleep(self.random.uniform(0, 3))

    def _let_archive_be_written(self) -> None:
        if (self.stage.bot.folder / "archive").is_file():
            self.stage.bot.unblock_archive()

    async def _end(self, moment: str) -> None:
        bot = self.stage.bot
        code = bot.process.returncode
        if code is None:
            await bot.kill()
        if self.other.is_running:
            # For a moment it is alone.
            await asyncio.sleep(self.random.uniform(0, 2))
            await self.other.kill()
        log = self._life_log()
        planned = ":" in moment and f"{ANNOUNCEMENT}{moment}" in log
        if ":" in moment and code is None:
            self.unreached.append(moment)
        by_itself = code is not None and not (planned and code == _KILLED)
        self.lives.append(Life(moment, log, code if by_itself else None))
        discord = self.stage.discord
        await discord.wait_for(lambda: not discord.bot_online)

    async def calm_down(self, playing: asyncio.Task[None]) -> None:
        """One last life, in which everything comes to its end. Raises TimeoutError."""
        bot = self.stage.bot
        del bot.environment["CRASH_AT"]
        bot.environment.pop("CRASH_CLOCK", None)
        self._let_archive_be_written()
        self._log_length = len(bot.log())
        await bot.start()
        discord, load = self.stage.discord, self.load
        await discord.wait_ready(60)
        await discord.wait_for(lambda: load.accepted >= self.plan.jobs, 120)
        playing.cancel()
        with suppress(asyncio.CancelledError):
            await playing
        await self._rest(bot.folder)

    async def _rest(self, folder: Path) -> None:
        """Wait until nothing in a database is still to be done. Raises TimeoutError."""
        patience = 2 * TIMEOUT_SECONDS + 2 * self.plan.deadline + 60
        async with asyncio.timeout(patience):
            while read_books(folder).restless:  # noqa: ASYNC110  # a database tells nobody
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
        self.lives.append(Life("SIGTERM", self._life_log(), code or None))

    def _life_log(self) -> str:
        return self.stage.bot.log()[self._log_length :]

    async def end_other(self) -> None:
        """Let what the other process began come to its end as well. Raises TimeoutError."""
        if self.other.exists:
            await self.stage.discord.wait_for(lambda: not self.stage.discord.bot_online)
            await self.other.start()
            await self.stage.discord.wait_ready(60)
            await self._rest(self.other.folder)
            await self.other.stop()


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
    async with opening as stage, witness(stage) as times:
        # A supervisor would wait between two starts; then the storm would take an hour.
        stage.discord.identify_limit.enabled = False
        random = Random(plan.seed)
        load = Load(stage, Random(plan.seed), plan.fate)
        raging = Storm(stage, load, plan, random, say)
        await stage.bot.kill()
        await stage.discord.wait_for(lambda: not stage.discord.bot_online)
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
        quotas = await raging.quotas()
        await raging.stop()
        try:
            # What it still sends to fal is hidden, too, if that is its fate.
            await raging.end_other()
        except TimeoutError as error:
            say(f"no calm of the other process: {error}")
            calm = False
        blinding.cancel()
        folders = [folder, raging.other.folder] if raging.other.exists else [folder]
        return Evidence(
            stage=stage,
            books=read_books(*folders),
            asked=load.asked,
            looked_up=load.looked_up,
            quotas=quotas,
            times=times,
            lives=[*raging.lives, *raging.other.lives],
            unreached=raging.unreached,
            calm=calm,
            quota_limit=plan.quota,
            least_delivered=plan.least_delivered,
            gaps=raging.copies.gaps,
            clocks_off=plan.clock_steps * 60,
        )
