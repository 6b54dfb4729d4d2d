"""The bot's Discord client."""

import asyncio
import logging
import secrets
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeAlias

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from bot.application.services import Services
from bot.domain.refusal import Refusal
from bot.ports import JobStore
from bot.ui.access.bot_permissions import invite_link
from bot.ui.access.command_permissions import CommandRights
from bot.ui.access.servers import check_server, owners_of
from bot.ui.acknowledgements import ASIDE, Acknowledgements, be_late
from bot.ui.answer_tokens import AnswerTokens
from bot.ui.errors import answer_error
from bot.ui.former_members import name_user
from bot.ui.gateway import GatewayBot
from bot.ui.messages.message_pictures import StickerUrls
from bot.ui.presentation.status import Rendering
from bot.ui.types import AnyButton, AnyCommand, AnyInteraction

log = logging.getLogger(__name__)

# Seconds. A longer limit is an error and no wait, so that one channel's limit doesn't hold up the
# others; a limit may take twenty minutes: https://github.com/discord/discord-api-docs/issues/6109.
# With a smaller value discord.py refuses a request wherever a limit's window is longer, also while
# requests are left.
_LONGEST_LIMIT = 60.0
_RESTARTED = "I'm being restarted; please try again in a minute."
MAINTENANCE = "I'm being shut down for maintenance; please come back later."
"""The answer to members who ask for a video while the line is drained."""


@dataclass(frozen=True, slots=True)
class Serving:
    """The objects that commands and buttons work with."""

    services: Services
    rendering: Rendering
    """The texts about jobs."""
    store: JobStore
    """Remembers which commands Discord knows."""


class PikaBot(GatewayBot):
    """The client, connected with the least it needs: no caches and no prefix commands.

    The privileged intent Message Content is for operators who want it (`message_content`).

    Slash commands, menus and buttons need the guilds intent only, mentions need messages as well:
    https://docs.discord.com/developers/events/gateway#gateway-intents
    """

    def __init__(
        self,
        *,
        guild_ready_timeout: float,
        presence_every: float,
        sticker_urls: StickerUrls,
        message_content: bool,
        tree: "type[app_commands.CommandTree[PikaBot]]",
    ):
        self.acknowledgements = Acknowledgements(self._answer_taken, self._other_answered)
        self.answers = AnswerTokens()
        super().__init__(
            command_prefix=commands.when_mentioned,
            tree_cls=tree,
            help_command=None,
            intents=discord.Intents(
                guilds=True, guild_messages=True, message_content=message_content
            ),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=guild_ready_timeout,
            max_ratelimit_timeout=_LONGEST_LIMIT,
            http_trace=self.acknowledgements.trace(),
        )
        self.tree.error(answer_error)
        self.guard_events()
        # Modals live in memory: this prefix of their ids tells them from an earlier process's.
        self.epoch = f"{secrets.token_hex(4)}:"
        self._announced = asyncio.Event()
        self._announced.set()
        self.presence_every = presence_every
        self.sticker_urls = sticker_urls
        self.rights = CommandRights(self)
        self._ready_within = 2 * guild_ready_timeout
        self._refuses_with: str | None = None
        self._answers = 0
        self._none_answering = asyncio.Event()
        self._served: Serving | None = None
        self.application_owners: frozenset[int] = frozenset()

    @property
    def services(self) -> Services:
        return self._serving.services

    @property
    def rendering(self) -> Rendering:
        return self._serving.rendering

    @property
    def store(self) -> JobStore:
        return self._serving.store

    @property
    def _serving(self) -> Serving:
        assert self._served is not None, "serve() comes before connecting"
        return self._served

    def serve(
        self, serving: Serving, all_commands: Iterable[AnyCommand], buttons: Iterable[AnyButton]
    ) -> None:
        """Register commands, buttons and the objects that they work with, before connecting."""
        self._served = serving
        self.add_dynamic_items(*buttons)
        for command in all_commands:
            self.tree.add_command(command)

    @contextmanager
    def accepting_request(self) -> Generator[None]:
        """Keep the program running while a request is accepted. Raises Refusal while it ends."""
        if self._refuses_with is not None:
            raise Refusal(self._refuses_with)
        self._answers += 1
        try:
            yield
        finally:
            self._end_answer()

    async def check_served(self, interaction: AnyInteraction) -> None:
        """Raise NotServed unless the owner agreed to the server; direct messages pass."""
        if interaction.guild_id is not None:
            await self.check_server(interaction.guild_id, interaction.guild, interaction.user.id)

    async def check_server(self, guild_id: int, guild: discord.Guild | None, user_id: int) -> None:
        """Raise NotServed for the user unless the bot's owner has agreed to the server."""
        servers, owners = self.services.servers, self.application_owners
        await check_server(servers, owners, guild_id, guild, user_id)

    async def begin_answer(self) -> None:
        """Keep the program running until the current task, which answers somebody, is done.

        Raises Refusal, late, while another process answers with the same token.
        """
        self.keep_running_until_answered()
        if self.services.sole_process.is_aside:
            await be_late()
            raise Refusal(ASIDE)

    async def _answer_taken(self) -> None:
        await self.services.sole_process.answer_taken()

    async def _other_answered(self) -> None:
        await self.services.sole_process.other_answered()

    def keep_running_until_answered(self) -> None:
        """Keep the program running until the current task is done."""
        task = asyncio.current_task()
        assert task is not None, "answers are given in tasks"
        self._answers += 1
        task.add_done_callback(self._end_answer)

    def _end_answer(self, _task: object = None) -> None:
        self._answers -= 1
        if not self._answers:
            self._none_answering.set()

    async def stop_accepting(self, grace: float, why: str = _RESTARTED) -> None:
        """Accept no more requests, and wait at most `grace` seconds for answers under way.

        Members read `why`; of several calls, the first one's.
        """
        self._refuses_with = self._refuses_with or why
        self._none_answering.clear()
        if self._answers:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._none_answering.wait(), grace)

    @override
    async def setup_hook(self) -> None:
        """Keep what the login brought. Nothing else is done here: paid videos wait for its end."""
        if self.application is not None:
            self.application_owners = owners_of(self.application)
        self.keep_own_user()

    @override
    async def close(self) -> None:
        # discord.py's own task that announces READY would stumble over a closed client.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._announced.wait(), self._ready_within)
        await super().close()

    @override
    def dispatch(self, event_name: str, /, *args: object, **kwargs: object) -> None:
        # Called within the event, before the task of the button or modal begins.
        if event_name == "interaction" and isinstance(args[0], discord.Interaction):
            name_user(args[0])
        super().dispatch(event_name, *args, **kwargs)

    @override
    async def on_message(self, message: discord.Message, /) -> None:
        """Do nothing: there are no prefix commands, and mentions have a listener of their own."""

    async def on_raw_app_command_permissions_update(
        self, update: discord.RawAppCommandPermissionsUpdateEvent
    ) -> None:
        self.rights.forget(update.guild.id)

    async def on_connect(self) -> None:
        self._announced.clear()

    async def on_ready(self) -> None:
        self._announced.set()
        log.info("connected to Discord as %s, in %d servers", self.user, len(self.guilds))
        if not self.guilds and self.application_id is not None:
            log.info("add the bot to a server: %s", invite_link(self.application_id))


Interaction: TypeAlias = discord.Interaction[PikaBot]


def bot_of(interaction: AnyInteraction) -> PikaBot:
    """Return the interaction's client as the bot that it is."""
    assert isinstance(interaction.client, PikaBot)
    return interaction.client
