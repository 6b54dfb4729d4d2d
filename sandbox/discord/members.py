"""What members do, as their Discord client would do it."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

from sandbox.discord.commands import MESSAGE_MENU, Found
from sandbox.discord.components import find_button, kind
from sandbox.discord.drafts import read_draft
from sandbox.discord.forms import (
    ModalValue,
    OptionValue,
    Resolver,
    command_options,
    modal_components,
)
from sandbox.discord.message_payloads import interaction_payload, message_payload
from sandbox.discord.model import ACKNOWLEDGE_SECONDS, Channel, Invocation, Kind, Member, Message
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import Json, as_integer, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.discord.cdn import File
    from sandbox.discord.state import State


class MemberActions:
    """Acting as a member. Whatever the client wouldn't let one do raises ValueError."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def invoke(
        self,
        member: Member,
        channel: Channel,
        command: str,
        options: Mapping[str, OptionValue] | None = None,
        *,
        wait: bool = True,
    ) -> Invocation:
        """Send a slash command, like `pika text`, from what the bot really synced.

        With `wait`, return once the bot has responded or its three seconds are over.

        Raises:
            ValueError: No such command or option, a required one is missing, a value doesn't
                fit, or the member may not use the command here.
        """
        found = self._usable(member, channel, self._state.commands.find(command))
        resolver = self._resolver(channel)
        filled = command_options(found, options or {}, resolver)
        invocation = self._new(Kind.COMMAND, command, member, channel)
        self._send(invocation, _command_data(found, filled, resolver))
        return await self._settled(invocation, wait=wait)

    async def invoke_menu(
        self, member: Member, message: Message, command: str, *, wait: bool = True
    ) -> Invocation:
        """Open the Apps menu of a message and pick a command."""
        self._see(member, message)
        found = self._state.commands.find(command, MESSAGE_MENU)
        found = self._usable(member, message.channel, found)
        invocation = self._new(Kind.COMMAND, command, member, message.channel, target=message)
        data: Json = {
            "id": found.command["id"],
            "name": command,
            "type": MESSAGE_MENU,
            "target_id": str(message.id),
            "resolved": {
                "messages": {str(message.id): message_payload(message, self._state.world)}
            },
        }
        self._send(invocation, data)
        return await self._settled(invocation, wait=wait)

    async def autocomplete(
        self,
        member: Member,
        channel: Channel,
        command: str,
        options: Mapping[str, OptionValue],
        *,
        focused: str,
    ) -> list[Json]:
        """Type in an option and see the choices offered, as objects of name and value.

        Raises:
            ValueError: The option isn't autocompleted.
            TimeoutError: The bot offered nothing within three seconds.
        """
        found = self._usable(member, channel, self._state.commands.find(command))
        if not any(o["name"] == focused and o.get("autocomplete") for o in found.options):
            raise ValueError(f"{focused!r} of {command!r} isn't autocompleted")
        resolver = self._resolver(channel)
        typed = {focused: "", **options}
        filled = command_options(found, typed, resolver, focused=focused)
        invocation = self._new(Kind.AUTOCOMPLETE, command, member, channel)
        self._send(invocation, _command_data(found, filled, resolver))
        await invocation.acknowledged()
        return invocation.choices

    async def click(
        self, member: Member, message: Message, button: str, *, wait: bool = True
    ) -> Invocation:
        """Press a button, named by its label or custom id."""
        self._see(member, message)
        pressed = find_button(message.components, button)
        custom_id = as_text(pressed["custom_id"])
        invocation = self._new(Kind.COMPONENT, custom_id, member, message.channel, source=message)
        data: Json = {
            "custom_id": custom_id,
            "component_type": kind(pressed),
            "id": as_integer(pressed.get("id")),
        }
        self._send(invocation, data)
        return await self._settled(invocation, wait=wait)

    async def submit_modal(
        self, opened_by: Invocation, values: Mapping[str, ModalValue], *, wait: bool = True
    ) -> Invocation:
        """Fill in the modal that an invocation opened and send it.

        Fields are named by custom id or label; those left out keep what the modal prefilled.
        """
        if opened_by.modal is None:
            raise ValueError(f"{opened_by.command!r} opened no modal")
        resolver = self._resolver(opened_by.channel)
        components = modal_components(opened_by.modal, values, resolver)
        custom_id = as_text(opened_by.modal["custom_id"])
        invocation = self._new(
            Kind.MODAL, custom_id, opened_by.member, opened_by.channel, source=opened_by.source
        )
        data: Json = {
            "custom_id": custom_id,
            "components": components,
            "resolved": resolver.resolved,
        }
        self._send(invocation, data)
        return await self._settled(invocation, wait=wait)

    async def post(
        self,
        member: Member,
        channel: Channel,
        content: str = "",
        files: Sequence[File] = (),
        *,
        reply_to: Message | None = None,
    ) -> Message:
        """Write a message; the bot hears of it if its intents ask for messages."""
        world = self._state.world
        needed = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES
        needed |= Permission.ATTACH_FILES if files else Permission.NONE
        if needed not in world.permissions(member, channel):
            raise ValueError(f"{member.name} may not post this in #{channel.name}")
        limit = world.guild.upload_limit_bytes
        draft = read_draft({"content": content}, dict(enumerate(files)), size_limit=limit)
        message = self._state.messages.create(member, channel, draft, reference=reply_to)
        self._state.changes.notify()
        return message

    def visible(self, member: Member, channel: Channel) -> list[Message]:
        """What the member sees in a channel, ephemeral messages included, oldest first."""
        return self._state.world.visible(member, channel)

    def direct_messages(self, member: Member) -> list[Message]:
        """What the bot and the member wrote one another in private, oldest first."""
        world = self._state.world
        return world.visible(member, world.direct_channel(member))

    def _resolver(self, channel: Channel) -> Resolver:
        return Resolver(self._state.world, self._state.cdn, channel)

    def _new(
        self,
        kind: Kind,
        command: str,
        member: Member,
        channel: Channel,
        *,
        source: Message | None = None,
        target: Message | None = None,
    ) -> Invocation:
        state = self._state
        invocation = Invocation(
            id=state.ids.next(),
            token=secrets.token_urlsafe(48),
            kind=kind,
            command=command,
            member=member,
            channel=channel,
            created_at=state.clock.now(),
            clock=state.clock,
            changes=state.changes,
            source=source,
            target=target,
        )
        state.invocations[invocation.token] = invocation
        return invocation

    def _send(self, invocation: Invocation, data: Json) -> None:
        payload = interaction_payload(invocation, data, self._state.world)
        self._state.gateway.dispatch("INTERACTION_CREATE", payload)

    async def _settled(self, invocation: Invocation, *, wait: bool) -> Invocation:
        if wait:
            # Too late, the member is told that the application did not respond: `failed`.
            with contextlib.suppress(TimeoutError):
                await invocation.acknowledged(ACKNOWLEDGE_SECONDS)
        return invocation

    def _see(self, member: Member, message: Message) -> None:
        if message not in self._state.world.visible(member, message.channel):
            raise ValueError(f"{member.name} doesn't see message {message.id}")

    def _usable(self, member: Member, channel: Channel, found: Found) -> Found:
        """Check that the client would offer the command to the member here."""
        may = self._state.world.permissions(member, channel)
        if Permission.VIEW_CHANNEL | Permission.USE_APPLICATION_COMMANDS not in may:
            raise ValueError(f"{member.name} may not use commands in #{channel.name}")
        default = found.command.get("default_member_permissions")
        # "0" reserves a command for administrators.
        needed = Permission(as_integer(default)) or Permission.ADMINISTRATOR
        if default is not None and needed not in may:
            raise ValueError(f"{member.name} may not use {found.command['name']!r}")
        return found


def _command_data(found: Found, options: list[Json], resolver: Resolver) -> Json:
    data: Json = {
        "id": found.command["id"],
        "name": found.command["name"],
        "type": found.command["type"],
        "options": options,
        "resolved": resolver.resolved,
    }
    if "guild_id" in found.command:
        data["guild_id"] = found.command["guild_id"]
    return data
