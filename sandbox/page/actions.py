"""Actions of the page's visitor, done as a member through the loopback Discord."""

from dataclasses import dataclass
from typing import TypeVar

from sandbox.discord import Channel, DiscordServer, File, Invocation, Member, Message
from sandbox.discord.forms import ModalValue, OptionValue, SelectValue
from sandbox.discord.wire import Json, as_integer, as_list, as_object, as_objects, as_text
from sandbox.page.commands import file_of, leaves, option_value

Thing = TypeVar("Thing")
REMEMBERED_MODALS = 100


@dataclass(frozen=True)
class Asked:
    """A request of the page, and the files it names as `{"file": key}`."""

    body: Json
    files: dict[str, File]

    def text(self, key: str) -> str:
        return as_text(self.body.get(key))


class Actions:
    """Each method does one action and returns the page's next step.

    All raise ValueError where Discord's client wouldn't let the member do this.
    """

    def __init__(self, discord: DiscordServer) -> None:
        self._discord = discord
        self._modals: dict[int, Invocation] = {}

    async def command(self, asked: Asked) -> Json:
        invocation = await self._discord.invoke(
            self._member(asked), self._channel(asked), asked.text("command"), self._options(asked)
        )
        return self._came_of(invocation)

    async def menu(self, asked: Asked) -> Json:
        message = self._message(asked)
        command = asked.text("command")
        return self._came_of(await self._discord.invoke_menu(self._member(asked), message, command))

    async def click(self, asked: Asked) -> Json:
        message, button = self._message(asked), asked.text("button")
        return self._came_of(await self._discord.click(self._member(asked), message, button))

    async def select(self, asked: Asked) -> Json:
        message, menu = self._message(asked), asked.text("menu")
        chosen = [self._thing(one) for one in as_list(asked.body.get("values"))]
        done = await self._discord.select(self._member(asked), message, menu, chosen)
        return self._came_of(done)

    async def modal(self, asked: Asked) -> Json:
        opened_by = self._modals.get(as_integer(asked.body.get("invocation")))
        if opened_by is None or opened_by.member is not self._member(asked):
            raise ValueError("that form isn't open any more")
        values = as_object(asked.body.get("values"))
        filled = {key: _modal_value(value, asked.files) for key, value in values.items()}
        invocation = await self._discord.submit_modal(opened_by, filled)
        if not invocation.failed:
            self._modals.pop(opened_by.id, None)
        return self._came_of(invocation)

    async def autocomplete(self, asked: Asked) -> Json:
        choices = await self._discord.autocomplete(
            self._member(asked),
            self._channel(asked),
            asked.text("command"),
            self._options(asked, focused=asked.text("focused")),
            focused=asked.text("focused"),
        )
        return {"choices": choices}

    async def message(self, asked: Asked) -> Json:
        files = [file_of(one, asked.files) for one in as_objects(asked.body.get("files"))]
        replying = "reply_to" in asked.body
        await self._discord.post(
            self._member(asked),
            self._channel(asked),
            asked.text("content"),
            files,
            reply_to=self._message(asked, "reply_to") if replying else None,
        )
        return {}

    def _member(self, asked: Asked) -> Member:
        return _named(self._discord.members, asked.text("member"), "member")

    def _channel(self, asked: Asked) -> Channel:
        return _named(self._discord.channels, asked.text("channel"), "channel")

    def _message(self, asked: Asked, key: str = "message") -> Message:
        wanted = as_integer(asked.body.get(key))
        for message in self._discord.visible(self._member(asked), self._channel(asked)):
            if message.id == wanted:
                return message
        raise ValueError("that message is gone")

    def _thing(self, chosen: object) -> SelectValue:
        """Return the member, role or channel with an id, or an option's own value."""
        discord = self._discord
        for things in (discord.members, discord.roles, discord.channels):
            for thing in things.values():
                if str(thing.id) == str(chosen):
                    return thing
        return as_text(chosen)

    def _options(self, asked: Asked, *, focused: str = "") -> dict[str, OptionValue]:
        name = asked.text("command")
        commands = leaves(self._discord.commands)
        leaf = next((leaf for leaf in commands if leaf["name"] == name), None)
        if leaf is None:
            raise ValueError(f"there is no command /{name}")
        options = {as_text(option["name"]): option for option in as_objects(leaf["options"])}
        values: dict[str, OptionValue] = {}
        for key, value in as_object(asked.body.get("options")).items():
            if key not in options:
                raise ValueError(f"/{name} has no option {key!r}")
            if key == focused:
                values[key] = as_text(value)
            else:
                values[key] = option_value(self._discord, options[key], value, asked.files)
        return values

    def _came_of(self, invocation: Invocation) -> Json:
        if invocation.modal is None:
            return {"failed": invocation.failed}
        self._modals[invocation.id] = invocation
        while len(self._modals) > REMEMBERED_MODALS:
            del self._modals[min(self._modals)]
        return {"failed": False, "modal": invocation.modal, "invocation": str(invocation.id)}


def _named(things: dict[str, Thing], name: str, what: str) -> Thing:
    if name not in things:
        raise ValueError(f"there is no {what} {name!r}")
    return things[name]


def _modal_value(value: object, files: dict[str, File]) -> ModalValue:
    if isinstance(value, str | bool):
        return value
    return [one if isinstance(one, str) else file_of(one, files) for one in as_list(value)]
