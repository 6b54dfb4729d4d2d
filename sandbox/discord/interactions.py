"""Members' use of commands, buttons and modals, as their Discord client does it."""

import contextlib
import secrets
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from sandbox.discord.acting import Acting
from sandbox.discord.command_rules import MESSAGE_MENU, USER_MENU
from sandbox.discord.commands import Found
from sandbox.discord.components import Component, find_button, find_select, kind
from sandbox.discord.forms import (
    ModalValue,
    OptionValue,
    Resolver,
    SelectValue,
    command_data,
    command_options,
)
from sandbox.discord.guilds import Channel, Member
from sandbox.discord.message_payloads import (
    BOT_DIRECT_CONTEXT,
    GUILD_CONTEXT,
    interaction_payload,
    message_payload,
)
from sandbox.discord.modal_forms import modal_components, selected
from sandbox.discord.model import Invocation, Kind, Message
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import Json, as_integer, as_list, as_object, as_text

Options: TypeAlias = Mapping[str, OptionValue]


class MemberInteractions(Acting):
    """Using the bot as a member. Whatever the client wouldn't let one do raises ValueError.

    What is `forged` comes from something else than Discord's client: no right is checked, and a
    button need not be on the message.
    """

    async def invoke(
        self,
        member: Member,
        channel: Channel,
        command: str,
        options: Mapping[str, OptionValue] | None = None,
        *,
        wait: bool = True,
        forged: bool = False,
    ) -> Invocation:
        """Send a slash command, like `pika text`, from what the bot really synced.

        With `wait`, return once the bot has responded or its three seconds are over.

        Raises:
            ValueError: No such command or option, a required one is missing, a value doesn't
                fit, or the member may not use the command here.
        """
        found = self._state.commands.find(command, channel)
        if not forged:
            self._check_usable(member, channel, found)
        resolver = self._resolver(channel)
        filled = command_options(found, options or {}, resolver)
        invocation = self._new(Kind.COMMAND, command, member, channel)
        self._send(invocation, command_data(found, filled, resolver))
        return await self._settled(invocation, wait=wait)

    async def invoke_menu(
        self,
        member: Member,
        message: Message,
        command: str,
        *,
        wait: bool = True,
        forged: bool = False,
    ) -> Invocation:
        """Open the Apps menu of a message and pick a command."""
        found = self._state.commands.find(command, message.channel, MESSAGE_MENU)
        if not forged:
            self._see(member, message)
            self._check_usable(member, message.channel, found)
        invocation = self._new(Kind.COMMAND, command, member, message.channel, target=message)
        data: Json = {
            "id": found.command["id"],
            "name": command,
            "type": MESSAGE_MENU,
            "target_id": str(message.id),
            "resolved": {
                "messages": {
                    str(message.id): message_payload(message, self._state.world, is_target=True)
                }
            },
        }
        self._send(invocation, data)
        return await self._settled(invocation, wait=wait)

    async def invoke_user_menu(
        self, member: Member, channel: Channel, target: Member, command: str, *, wait: bool = True
    ) -> Invocation:
        """Open the Apps menu of a member and pick a command."""
        found = self._state.commands.find(command, channel, USER_MENU)
        self._check_usable(member, channel, found)
        resolver = self._resolver(channel)
        data: Json = {
            "id": found.command["id"],
            "name": command,
            "type": USER_MENU,
            "target_id": resolver.add(target),
            "resolved": resolver.resolved,
        }
        invocation = self._new(Kind.COMMAND, command, member, channel)
        self._send(invocation, data)
        return await self._settled(invocation, wait=wait)

    async def autocomplete(
        self, member: Member, channel: Channel, command: str, options: Options, *, focused: str
    ) -> list[Json]:
        """Type in an option and see the choices offered, as objects of name and value.

        Raises TimeoutError if the bot offered nothing within three seconds.
        """
        invocation = self.type_in(member, channel, command, options, focused=focused)
        await invocation.acknowledged()
        return invocation.choices

    def type_in(
        self, member: Member, channel: Channel, command: str, options: Options, *, focused: str
    ) -> Invocation:
        """Type in an option without waiting. Raises ValueError if it isn't autocompleted."""
        found = self._state.commands.find(command, channel)
        self._check_usable(member, channel, found)
        if not any(o["name"] == focused and o.get("autocomplete") for o in found.options):
            raise ValueError(f"{focused!r} of {command!r} isn't autocompleted")
        resolver = self._resolver(channel)
        typed = {focused: "", **options}
        filled = command_options(found, typed, resolver, focused=focused)
        invocation = self._new(Kind.AUTOCOMPLETE, command, member, channel)
        self._send(invocation, command_data(found, filled, resolver))
        return invocation

    async def click(
        self,
        member: Member,
        message: Message,
        button: str,
        *,
        wait: bool = True,
        forged: bool = False,
    ) -> Invocation:
        """Press a button, named by its label or custom id; a forged one by its custom id only."""
        if forged:
            pressed: Json = {"type": int(Component.BUTTON), "style": 2, "label": "Forged"}
            pressed["custom_id"] = button
        else:
            self._see(member, message)
            pressed = find_button(message.components, button)
        custom_id = as_text(pressed["custom_id"])
        invocation = self._new(Kind.COMPONENT, custom_id, member, message.channel, source=message)
        data: Json = {
            "custom_id": custom_id,
            "component_type": kind(pressed),
            "id": as_integer(pressed.get("id")),
        }
        self._send(invocation, data, forged=pressed if forged else None)
        return await self._settled(invocation, wait=wait)

    async def select(
        self,
        member: Member,
        message: Message,
        custom_id: str,
        values: Sequence[SelectValue],
        *,
        wait: bool = True,
    ) -> Invocation:
        """Choose in a select menu: options by value or label, or members, roles, channels."""
        self._see(member, message)
        menu = find_select(message.components, custom_id)
        resolver = self._resolver(message.channel)
        data: Json = {
            "custom_id": custom_id,
            "component_type": kind(menu),
            "id": as_integer(menu.get("id")),
            "values": selected(menu, values, resolver),
        }
        if resolver.resolved:
            data["resolved"] = resolver.resolved
        invocation = self._new(Kind.COMPONENT, custom_id, member, message.channel, source=message)
        self._send(invocation, data)
        return await self._settled(invocation, wait=wait)

    async def submit_modal(
        self,
        opened_by: Invocation,
        values: Mapping[str, ModalValue],
        *,
        wait: bool = True,
        forged_by: Member | None = None,
    ) -> Invocation:
        """Fill in the modal that an invocation opened and send it.

        Fields are named by custom id or label; those left out keep what the modal prefilled.
        The bot may have been restarted since it opened the modal: the member doesn't know.
        `forged_by`: another member than the one for whom it was opened sends it.
        """
        if opened_by.modal is None:
            raise ValueError(f"{opened_by.command!r} opened no modal")
        resolver = self._resolver(opened_by.channel)
        limit = self._upload_limit(opened_by.member, opened_by.channel)
        components = modal_components(opened_by.modal, values, resolver, size_limit=limit)
        custom_id = as_text(opened_by.modal["custom_id"])
        sender = forged_by or opened_by.member
        invocation = self._new(
            Kind.MODAL, custom_id, sender, opened_by.channel, source=opened_by.source
        )
        data: Json = {
            "custom_id": custom_id,
            "components": components,
            "resolved": resolver.resolved,
        }
        self._send(invocation, data)
        return await self._settled(invocation, wait=wait)

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
        guild = state.world.guild_of(channel)
        if guild is not None and not guild.bot_joined:
            raise ValueError(f"{state.world.bot.name} isn't in {guild.name!r}")
        invocation = Invocation(
            id=state.ids.next(),
            token=secrets.token_urlsafe(48),
            kind=kind,
            command=command,
            member=state.world.member(member.user, channel) or member,
            channel=channel,
            created_at=state.clock.now(),
            clock=state.clock,
            changes=state.changes,
            attachment_size_limit=self._upload_limit(member, channel),
            patience=state.patience,
            source=source,
            target=target,
        )
        state.invocations[invocation.token] = invocation
        return invocation

    def _send(self, invocation: Invocation, data: Json, *, forged: Json | None = None) -> None:
        payload = interaction_payload(invocation, data, self._state.world)
        if forged is not None:
            row: Json = {"type": int(Component.ACTION_ROW), "components": [forged]}
            payload["message"] = as_object(payload["message"]) | {"components": [row]}
        self._state.gateway.dispatch("INTERACTION_CREATE", payload)

    async def _settled(self, invocation: Invocation, *, wait: bool) -> Invocation:
        if wait:
            # Too late, the member is told that the application did not respond: `failed`.
            with contextlib.suppress(TimeoutError):
                await invocation.acknowledged()
        return invocation

    def _see(self, member: Member, message: Message) -> None:
        if message not in self._state.world.visible(member.user, message.channel):
            raise ValueError(f"{member.name} doesn't see message {message.id}")

    def _check_usable(self, member: Member, channel: Channel, found: Found) -> None:
        """Check that the client would offer the command to the member here."""
        command = found.command
        contexts = command.get("contexts")
        context = BOT_DIRECT_CONTEXT if channel.is_direct else GUILD_CONTEXT
        elsewhere = channel.is_direct and "guild_id" in command
        if elsewhere or (contexts is not None and context not in as_list(contexts)):
            raise ValueError(f"{command['name']!r} isn't for use in #{channel.name}")
        if channel.deleted or channel.archived:
            raise ValueError(f"#{channel.name} is deleted or archived")
        if channel.is_direct:
            return
        may = self._state.world.permissions(member.user, channel)
        reads = self._state.world.reads(member.user, channel)
        if not reads or Permission.USE_APPLICATION_COMMANDS not in may or channel.kind.takes_posts:
            raise ValueError(f"{member.name} may not use commands in #{channel.name}")
        if not self._state.overrides.may_use(command, member, channel):
            raise ValueError(f"{member.name} may not use {command['name']!r}")
