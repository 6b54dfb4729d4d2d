"""A thousand commands at once, over sockets: quotas, grants and budgets end at their limits."""

import asyncio
import random
from collections import Counter
from pathlib import Path

from bot.adapters.sqlite.database import open_reader, open_writer
from bot.adapters.sqlite.rules import SqliteRules
from bot.domain.moderation.rules import Allowance, RoleRule, ServerRules
from bot.ports import Change
from sandbox.discord import Invocation, Member, Permission
from sandbox.fal import Timing
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import answer, jobs, ledger, playing, seen

MEMBERS = 25
EACH = 24
"""Requests of each member while quotas count, 600 in all; then 400 more on a budget."""
PRICE = 200_000
SETTINGS = {
    "PIKA_QUOTA__VIDEOS_PER_DAY": "2",
    "PIKA_QUOTA__SAME_REQUEST_SECONDS": "0",
    "PIKA_FAL__CONCURRENCY": "1",
    # Only what is accepted is looked at, not what becomes of it.
    "PIKA_DISCORD__LINE_REFRESH_SECONDS": "600",
}


class Server:
    """The rules of the sandbox's server, changed beside the bot as its moderators would."""

    def __init__(self, book: SqliteRules, guild_id: int):
        self.book = book
        self.change = Change(guild_id=guild_id, actor_id=1, at=1, what="rules")

    async def rules(self, rules: ServerRules) -> None:
        await self.book.change_server(self.change, lambda _: rules, repr)

    async def role(self, rule: RoleRule) -> None:
        await self.book.change_role(self.change, rule.role_id, lambda _: rule, repr)

    async def grant(self, member: Member, units: int) -> None:
        await self.book.grant(self.change, member.id, units=units, reason="", expires_at=None)


async def ask_all(stage: Stage, asking: list[Member]) -> list[Invocation]:
    """Send everybody's `/pika text` at once, no two the same."""
    channel = stage.discord.channels["videos"]
    random.Random(7).shuffle(asking)

    async def one(number: int, member: Member) -> Invocation:
        return await stage.discord.invoke(
            member, channel, "pika text", {"prompt": f"fox {number}", "resolution": "720p"}
        )

    answered = await asyncio.gather(*(one(*request) for request in enumerate(asking)))
    await stage.discord.wait_for(
        lambda: not any("Getting your video ready" in one.content for one in seen(stage)), 180
    )
    return answered


def is_refused(invocation: Invocation) -> bool:
    message = invocation.response_message
    return bool(invocation.followups) or (message is not None and message.ephemeral)


async def test_a_thousand_commands_at_once_respect_every_limit(
    tmp_path: Path, renderer: Renderer
) -> None:
    path = tmp_path / "pika.db"
    async with playing(tmp_path, renderer, SETTINGS, Timing(concurrency=1)) as stage:
        discord = stage.discord
        # What is proved is what they take, not how fast so many are answered.
        discord.patience = 60
        supporter = discord.add_role("Supporter", Permission.NONE)
        members = [
            discord.add_member(f"M{n}", roles=[supporter] if n % 3 == 0 else [])
            for n in range(MEMBERS)
        ]
        async with open_writer(path) as writer, open_reader(path) as reader:
            server = Server(SqliteRules(writer, reader), discord.guild.id)
            await server.role(RoleRule(role_id=supporter.id, allowance=Allowance(videos_per_day=5)))
            for member in members[::4]:
                await server.grant(member, 2)
            first = await ask_all(stage, members * EACH)
            rows = await jobs(stage)
            taken = Counter(int(str(row["member_id"])) for row in rows)
            assert taken == {
                member.id: (5 if n % 3 == 0 else 2) + 2 * (n % 4 == 0)
                for n, member in enumerate(members)
            }
            # Whoever wasn't the first is told in private, before or after the first word.
            await discord.wait_for(
                lambda: sum(map(is_refused, first)) == len(first) - len(rows), 180
            )
            assert all("today's quota" in answer(one) for one in filter(is_refused, first))
            # Everybody may go on, as far as the server's money goes.
            budget = len(rows) * PRICE + 40 * PRICE
            await server.rules(ServerRules(allowance=Allowance(unlimited=True), usd_per_day=budget))
            await server.role(
                RoleRule(
                    role_id=supporter.id,
                    allowance=Allowance(unlimited=True),
                    has_priority=True,
                )
            )
            second = await ask_all(stage, members[::3] * 44 + members[1:5])
            assert len(first) + len(second) >= 1000
            assert len(await jobs(stage)) == len(rows) + 40
            assert not [one for one in first + second if one.failed]
        said = await stage.bot.command("ledger", "verify")
        assert "all agree" in said
        rows = await ledger(stage)
        assert sum(int(str(row["held"])) + int(str(row["spent"])) for row in rows) == budget
