"""The gate: every command, menu, button, form and mention passes it before anything is done.

A use (`bot.ui.access.uses`) says what is checked. Each action that needs it checks by itself:

- the bot's own permissions in the channel (`check_permissions`);
- whose video it is (`for_maker_or_moderator`), and whether the member may see it (`viewer`);
- the server's rules for a video that is made: with the request (`SubmitVideo.check`), so that they
  are read once;
- the server's rules for `Use.SHOWS`: once the video's maker is known (`check_access`).
"""

from collections.abc import Awaitable, Callable, Sequence

import discord
from discord import app_commands

from bot.domain.moderation.rules import Asker
from bot.domain.refusal import NotPossible
from bot.ports import Undeliverable
from bot.ui.access.asker import asker_of, who_asks
from bot.ui.access.command_permissions import (
    MEMBERS_COMMAND,
    NOT_ASKED,
    CommandRights,
    answered,
    overridden_channel_of,
)
from bot.ui.access.moderators import check_moderator
from bot.ui.access.uses import Use
from bot.ui.client import PikaBot, bot_of
from bot.ui.presentation.servers import only_owners
from bot.ui.trouble import with_retries
from bot.ui.types import AnyInteraction, guild_of, has_user

_NO_MEMBER = (
    "You aren't a member of this server any more, so I can't do that for you; please join it again"
    " first."
)
_DENIED = "This server's settings don't let you use me here; please ask a moderator."
_DENIED_IN_CHANNEL = (
    "I may not be used in this channel; please try another one, or ask a moderator."
)
_BY_RULES = frozenset({Use.PREPARES, Use.POSTS})


async def enter(interaction: AnyInteraction, use: Use, *, menu: str | None = None) -> None:
    """Check that the member may do this. From here on a SIGTERM waits for the answer.

    `menu`: the Apps menu that led to it. Its own overrides count beside those of `/pika`: a member
    who is denied `/pika` makes no videos by a menu. Raises Refusal.
    """
    bot = bot_of(interaction)
    await bot.begin_answer()
    if not has_user(interaction):
        raise use.refusal(_NO_MEMBER)
    user = interaction.user
    if use is Use.OWNER:
        if user.id not in bot.application_owners:
            raise NotPossible(only_owners(bot.application_owners))
        return
    guild_of(interaction)
    await bot.check_served(interaction)
    if use is Use.ENDS:
        return
    member = _member(user, use)
    if use is Use.MODERATES:
        await check_moderator(interaction)
        return
    if not isinstance(interaction.command, app_commands.Command):
        # Slash commands are checked by Discord itself.
        rights = bot.rights
        channel_id = overridden_channel_of(interaction.channel, interaction.channel_id)
        await _check_right(
            use,
            interaction.permissions,
            [MEMBERS_COMMAND] if menu is None else [MEMBERS_COMMAND, menu],
            lambda command: answered(_denial(rights, command, member, channel_id)),
        )
    if use in _BY_RULES:
        await check_access(interaction, use)


async def check_access(interaction: AnyInteraction, use: Use) -> None:
    """Raise Refusal if the server's rules (channels, pause, block, roles) are against the use."""
    bot, guild_id = bot_of(interaction), guild_of(interaction)
    await _check_rules(bot, guild_id, asker_of(interaction), use)


async def enter_by_message(
    bot: PikaBot,
    message: discord.Message,
    channel: discord.abc.GuildChannel | discord.Thread,
    use: Use,
) -> Asker:
    """Check the use that a message in that channel makes of the bot; return its author.

    `channel` is known with its parent, which `message.channel` needn't be. Raises Refusal.
    """
    member = _member(message.author, use)
    channel_id = overridden_channel_of(channel, channel.id)

    async def denial(command: str) -> str | None:
        # With retries: unlike an interaction, a message may be answered after three seconds.
        try:
            return await with_retries(lambda: _denial(bot.rights, command, member, channel_id))
        except Undeliverable as trouble:
            raise NotPossible(NOT_ASKED) from trouble

    await _check_right(use, channel.permissions_for(member), [MEMBERS_COMMAND], denial)
    asker = who_asks(member, channel, channel.id)
    if use in _BY_RULES:
        await _check_rules(bot, member.guild.id, asker, use)
    return asker


async def _check_rules(bot: PikaBot, guild_id: int, asker: Asker, use: Use) -> None:
    entitlements = bot.services.videos.entitlements
    await entitlements.check_access(guild_id, asker, makes=use.makes)


def _member(user: discord.User | discord.Member, use: Use) -> discord.Member:
    """Return the user as a member of the server. Raises Refusal for somebody who has left it."""
    if isinstance(user, discord.Member):
        return user
    raise use.refusal(_NO_MEMBER)


async def _check_right(
    use: Use,
    granted: discord.Permissions,
    commands: Sequence[str],
    denial: Callable[[str], Awaitable[str | None]],
) -> None:
    """Raise Refusal unless Discord would let the member use all those commands in the channel.

    `granted` are the member's permissions there, and `denial` asks Discord for the sentence that
    refuses a command, if there is one.
    """
    if granted.administrator:
        return
    _check_denial(use, None if granted.use_application_commands else _DENIED)
    for command in commands:
        _check_denial(use, await denial(command))


async def _denial(
    rights: CommandRights, command: str, member: discord.Member, channel_id: int | None
) -> str | None:
    """Return the sentence that refuses the member the command there; None if it is allowed."""
    if await rights.may_use(command, member, channel_id):
        return None
    # In no channel at all, another one is of no use.
    anywhere = await rights.may_use(command, member, None)
    return _DENIED_IN_CHANNEL if anywhere else _DENIED


def _check_denial(use: Use, denial: str | None) -> None:
    if denial is not None:
        raise use.refusal(denial)
