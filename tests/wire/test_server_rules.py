"""Rules and budgets as members meet them, through the real commands."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.sqlite.database import open_reader, open_writer
from bot.adapters.sqlite.rules import SqliteRules
from bot.domain.moderation.rules import Allowance, Quality, RoleRule, ServerRules
from bot.ports import Change
from sandbox.discord import Permission
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.moderating import moderate
from tests.wire.playing import answer, ask, delivered, jobs, playing, quota


@dataclass
class Ruled:
    """The bot on the stage, and its server's rules, changed beside it."""

    stage: Stage
    book: SqliteRules

    async def server(self, rules: ServerRules) -> None:
        await self.book.change_server(self.change, lambda _: rules, repr)

    async def role(self, rule: RoleRule) -> None:
        await self.book.change_role(self.change, rule.role_id, lambda _: rule, repr)

    @property
    def change(self) -> Change:
        return Change(guild_id=self.stage.discord.guild.id, actor_id=1, at=1, what="rules")


@asynccontextmanager
async def ruled(folder: Path, renderer: Renderer, **settings: str) -> AsyncGenerator[Ruled]:
    path = folder / "pika.db"
    async with (
        playing(folder, renderer, settings) as stage,
        open_writer(path) as writer,
        open_reader(path) as reader,
    ):
        yield Ruled(stage, SqliteRules(writer, reader))


async def test_who_may_do_what_where(tmp_path: Path, renderer: Renderer) -> None:
    async with ruled(tmp_path, renderer) as play:
        stage, discord = play.stage, play.stage.discord
        supporter = discord.add_role("Supporter", Permission.NONE)
        sue = discord.add_member("Sue", roles=[supporter])
        channel, elsewhere = discord.channels["videos"], discord.add_channel("elsewhere")
        await play.server(
            ServerRules(
                channels=frozenset({channel.id}),
                quality=Quality(resolution="720p", models=frozenset({"Draft"})),
            )
        )
        await play.role(
            RoleRule(
                role_id=supporter.id,
                quality=Quality(resolution="1080p"),
                allowance=Allowance(videos_per_day=7),
            )
        )
        asked = await discord.invoke(sue, elsewhere, "pika text", {"prompt": "a fox"})
        assert f"Please make videos in <#{channel.id}>." in answer(asked)
        assert "up to `720p`" in answer(await ask(stage, resolution="1080p"))
        assert "Please pick `model` from" in answer(await ask(stage, model="Pika 2.2"))
        ada = await discord.invoke(discord.members["Ada"], channel, "pika models")
        assert "Pika 2.2" not in answer(ada)
        assert "Pika 2.2" in answer(await discord.invoke(sue, channel, "pika models"))
        assert "0 of 7" in answer(await discord.invoke(sue, channel, "pika quota"))
        # A thread of an allowed channel counts as it.
        thread = discord.add_thread(channel, "foxes", sue)
        await discord.invoke(sue, thread, "pika text", {"prompt": "a fox", "resolution": "1080p"})
        await stage.fal.wait_for(lambda: len(stage.fal.posts) == 1)
        assert stage.fal.posts[0].arguments["resolution"] == "1080p"


async def test_a_soft_landing(tmp_path: Path, renderer: Renderer) -> None:
    """At 80 % the default becomes the draft, at 95 % only named roles go on, then nobody does."""
    async with ruled(tmp_path, renderer, PIKA_QUOTA__CONFIRM_USD="9") as play:
        stage, discord = play.stage, play.stage.discord
        named = discord.add_role("Named", Permission.NONE)
        discord.add_member("Nick", roles=[named])
        await play.role(RoleRule(role_id=named.id, has_priority=True))
        rules = ServerRules(allowance=Allowance(unlimited=True), usd_per_day=1_000_000)
        await play.server(rules)
        await ask(stage, "the first", resolution="1080p", duration=10)
        await delivered(stage)
        assert "A budget is nearly used up" in await quota(stage)
        assert "has $0.10 left" in answer(await ask(stage, "too dear"))
        # $0.90 of $1.12 are just above 80 %.
        await play.server(ServerRules(usd_per_day=1_120_000))
        await discord.invoke(
            discord.members["Ada"], discord.channels["videos"], "pika settings",
            {"resolution": "1080p", "model": "Pika 2.2"},
        )  # fmt: skip
        await ask(stage, "the default")
        await delivered(stage, 2)
        newest = (await jobs(stage))[0]
        assert (newest["model"], newest["resolution"]) == ("pika-2-turbo-text", "720p")
        # $1.10 of $1.12 are above 95 %.
        assert "only named roles go on" in answer(await ask(stage, "one more"))
        await play.server(ServerRules(usd_per_day=1_150_000))
        refused = answer(await ask(stage, "one more"))
        assert "only named roles go on" in refused
        assert "has $0.05 left" in answer(await ask(stage, "one more", "Nick"))
        await play.server(ServerRules(usd_per_day=1_100_000))
        closed = answer(await ask(stage, "one more", "Nick"))
        assert "This server's budget for today of $1.10 is used up" in closed
        assert "⛔ This server's budget" in await quota(stage)


async def test_a_paused_server_and_the_bots_own_budget(tmp_path: Path, renderer: Renderer) -> None:
    async with ruled(tmp_path, renderer, PIKA_BUDGET__USD_PER_MONTH="0.20") as play:
        await play.server(ServerRules(is_paused=True))
        assert "paused me in this server" in answer(await ask(play.stage))
        await play.server(ServerRules())
        await ask(play.stage)
        await delivered(play.stage)
        refused = answer(await ask(play.stage, "another"))
        assert "This bot's budget for this month of $0.20 is used up" in refused
        assert "Nothing was charged" in refused


async def test_an_offer_is_looked_at_anew_when_it_is_agreed_to(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with ruled(tmp_path, renderer) as play:
        stage, ada = play.stage, play.stage.discord.members["Ada"]
        supporter = stage.discord.add_role("Supporter", Permission.NONE)
        await play.server(ServerRules(quality=Quality(resolution="720p")))
        await play.role(RoleRule(role_id=supporter.id, quality=Quality()))
        ada.roles.append(supporter)
        offers = [await ask(stage, f"fox {n}", resolution="1080p", duration=10) for n in range(2)]
        for offered, has_role in zip(offers, (False, True), strict=True):
            assert "**This video costs the server's owner about $0.90**" in answer(offered)
            message = offered.response_message
            assert message is not None
            (ada.roles.append if has_role else ada.roles.remove)(supporter)
            pressed = await stage.discord.click(ada, message, "Make it for about $0.90")
            if not has_role:
                assert "up to `720p`" in answer(pressed)
        # Refused once, the offer is still open, for one video.
        again = offers[0].response_message
        assert again is not None
        await asyncio.gather(
            *(stage.discord.click(ada, again, "Make it for about $0.90") for _ in range(2))
        )
        await delivered(stage, 2)
        assert len(await jobs(stage)) == 2


async def test_a_reset_gives_nobody_more_than_the_owner_allows(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, {"PIKA_QUOTA__MOST_VIDEOS_PER_DAY": "2"}) as stage:
        mo = stage.discord.members["Mo"]
        for number in range(2):
            await ask(stage, f"fox {number}", who="Mo")
        await stage.discord.wait_for(lambda: len(stage.fal.posts) == 2)
        for _ in range(2):
            said = await moderate(stage, "quota", member=mo, reset=True)
            assert "2 videos" in said or "Nothing changed" in said
            refused = answer(await ask(stage, "one more", who="Mo"))
            assert refused.startswith("The bot's owner allows 2 videos a day here")
            assert refused.endswith("Nothing was charged.")
        assert "The bot's owner allows 2 a day, and 2 are made." in await quota(stage, who="Mo")
        # What a moderator grants by number and reason is the documented exception.
        await moderate(stage, "quota", member=mo, grant=1)
        await ask(stage, "a gift", who="Mo")
        await stage.discord.wait_for(lambda: len(stage.fal.posts) == 3)
        await delivered(stage, 3)
        assert len(await jobs(stage)) == 3
