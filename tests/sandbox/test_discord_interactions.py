"""The members' side: menus, selects and modals, and a bot that was restarted meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import discord
import pytest
from discord import app_commands, ui

from sandbox.discord.cdn import File
from sandbox.discord.forms import ModalValue, SelectValue
from sandbox.discord.guilds import DEFAULT_UPLOAD_LIMIT_BYTES
from sandbox.discord.model import Invocation, Message
from sandbox.discord.server import DiscordServer, open_discord
from sandbox.discord.wire import as_list, as_object, as_objects, as_text
from tests.sandbox.discord_harness import Bot, Interaction, make_group, picture, pointed_at


class Form(ui.Modal, title="Form"):
    """A field of each kind; where the state is in the custom id, it outlives the process."""

    words = ui.Label["Form"](
        text="Words", component=ui.TextInput(custom_id="words", min_length=2, max_length=5)
    )
    colour = ui.Label["Form"](
        text="Colour",
        component=ui.Select(
            custom_id="colour",
            options=[
                discord.SelectOption(label=name.title(), value=name) for name in ("red", "blue")
            ],
        ),
    )
    person = ui.Label["Form"](
        text="Person", component=ui.UserSelect(custom_id="person", required=False, min_values=0)
    )
    pictures = ui.Label["Form"](
        text="Pictures", component=ui.FileUpload(custom_id="pictures", min_values=1, max_values=2)
    )

    def __init__(self) -> None:
        super().__init__(custom_id="form:7")


class FormBot(Bot):
    """Answers menus, selects and modals by what they hold, as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.tree.add_command(app_commands.ContextMenu(name="Greet", callback=greet))

    async def on_interaction(self, interaction: Interaction) -> None:
        match interaction.type:
            case discord.InteractionType.component:
                await self.pressed(interaction)
            case discord.InteractionType.modal_submit:
                await interaction.response.send_message(summary(interaction), ephemeral=True)
            case _:
                pass

    async def pressed(self, interaction: Interaction) -> None:
        data = interaction.data
        assert data is not None
        if data.get("custom_id") == "open":
            await interaction.response.send_modal(Form())
        elif data.get("custom_id") == "who am I":
            is_member = isinstance(interaction.user, discord.Member)
            text = f"{'member' if is_member else 'stranger'} of {interaction.guild_id}"
            await interaction.response.send_message(text, ephemeral=True)
        elif data.get("custom_id") != "silent":
            await interaction.response.send_message(f"chosen: {data.get('values')}")


async def greet(interaction: Interaction, member: discord.Member) -> None:
    await interaction.response.send_message(f"hello {member.name}")


def summary(interaction: Interaction) -> str:
    """Say what was submitted, by custom id, with the names of the files that came."""
    data = as_object(interaction.data)
    files = as_object(as_object(data.get("resolved")).get("attachments"))
    found = [as_text(data.get("custom_id"))]
    for item in as_objects(data.get("components")):
        field = as_object(item.get("component"))
        value = field.get("value", field.get("values"))
        if field["custom_id"] == "pictures":
            value = [as_object(files[as_text(one)])["filename"] for one in as_list(value)]
        found.append(f"{field['custom_id']}={value}")
    return "; ".join(found)


def panel() -> ui.View:
    view = ui.View(timeout=None)
    view.add_item(ui.Button(label="Open", custom_id="open"))
    view.add_item(ui.Button(label="Never", custom_id="never", disabled=True))
    options = [discord.SelectOption(label=f"L{n}", value=f"v{n}") for n in range(3)]
    view.add_item(ui.Select(custom_id="some", options=options, max_values=2))
    view.add_item(ui.UserSelect(custom_id="who"))
    view.add_item(ui.UserSelect(custom_id="closed", disabled=True))
    return view


@asynccontextmanager
async def process(server: DiscordServer, bot: Bot) -> AsyncGenerator[None]:
    """One life of a bot; the server goes on without it."""
    server.advance(5)
    task = asyncio.create_task(bot.start(server.token))
    await server.wait_ready()
    await bot.wait_until_ready()
    yield
    await bot.close()
    await task
    await server.wait_for(lambda: not server.bot_online)


@asynccontextmanager
async def form_stage() -> AsyncGenerator[tuple[DiscordServer, Message]]:
    """A server with the bot in it, and a message of its with buttons and selects."""
    async with open_discord() as server, FormBot() as bot, pointed_at(server):
        async with process(server, bot):
            await (await bot.text_channel(server)).send("panel", view=panel())
            (message,) = server.visible(server.members["Ada"], server.channels["videos"])
            yield server, message
        assert server.violations == []


def said(invocation: Invocation) -> str:
    assert invocation.response_message is not None
    return invocation.response_message.content


async def test_a_select_gives_the_values_behind_what_was_chosen():
    async with form_stage() as (server, message):
        ada, ben = server.members["Ada"], server.members["Ben"]
        assert said(await server.select(ada, message, "some", ["L0", "v2"])) == (
            "chosen: ['v0', 'v2']"
        )
        assert said(await server.select(ada, message, "who", [ben])) == f"chosen: ['{ben.id}']"
        refused: list[tuple[str, list[SelectValue], str]] = [
            ("some", ["L9"], "no option 'L9'"),
            ("some", [], "under min 1"),
            ("some", ["L0", "L1", "L2"], "over max"),
            ("some", ["L0", "v0"], "chosen twice"),
            ("who", ["Ben"], "doesn't fit"),
            ("none", ["L0"], "no select 'none'"),
            ("closed", [ben], "is disabled"),
        ]
        for custom_id, values, reason in refused:
            with pytest.raises(ValueError, match=reason):
                await server.select(ada, message, custom_id, values)
        with pytest.raises(ValueError, match="can't be pressed"):
            await server.click(ada, message, "Never")


async def test_a_menu_on_a_member():
    async with form_stage() as (server, _):
        ada, ben, videos = server.members["Ada"], server.members["Ben"], server.channels["videos"]
        assert said(await server.invoke_user_menu(ada, videos, ben, "Greet")) == "hello ben"
        with pytest.raises(ValueError, match="no command 'Greet'"):
            await server.invoke(ada, videos, "Greet")


async def test_a_modal_with_a_field_of_each_kind():
    async with form_stage() as (server, message):
        ada, ben = server.members["Ada"], server.members["Ben"]
        opened = await server.click(ada, message, "Open")
        cat, dog = File("cat.png", picture()), File("dog.png", picture())
        values: dict[str, ModalValue] = {
            "Words": "hello",
            "colour": "Blue",
            "person": [ben],
            "Pictures": [cat, dog],
        }
        assert said(await server.submit_modal(opened, values)) == (
            f"form:7; words=hello; colour=['blue']; person=['{ben.id}']; "
            "pictures=['cat.png', 'dog.png']"
        )
        without = {key: value for key, value in values.items() if key != "person"}
        assert "person=[]" in said(await server.submit_modal(opened, without))
        too_large = File("big.png", bytes(DEFAULT_UPLOAD_LIMIT_BYTES + 1))
        refused: list[tuple[dict[str, ModalValue], str]] = [
            ({"Words": "x"}, "under min_length 2"),
            ({"Words": "xxxxxx"}, "over max_length 5"),
            ({"Words": ""}, "required"),
            ({"colour": "green"}, "no option 'green'"),
            ({"colour": ["red", "blue"]}, "over max"),
            ({"colour": [ben]}, "doesn't fit"),
            ({"Pictures": []}, "required"),
            ({"Pictures": [cat, dog, cat]}, "over max"),
            ({"Pictures": "cat.png"}, "doesn't fit"),
            ({"Pictures": too_large}, "too large"),
            ({"else": "x"}, "no field"),
        ]
        for change, reason in refused:
            with pytest.raises(ValueError, match=reason):
                await server.submit_modal(opened, {**values, **change})


async def test_what_is_forged_is_sent_whatever_the_client_would_say():
    async with form_stage() as (server, message):
        ada, ben, home = server.members["Ada"], server.members["Ben"], server.guild.id
        with pytest.raises(ValueError, match="no button 'who am I'"):
            await server.click(ada, message, "who am I")
        pressed = await server.click(ada, message, "who am I", forged=True)
        assert said(pressed) == f"member of {home}"
        opened = await server.click(ada, message, "Open")
        values: dict[str, ModalValue] = {"Words": "hello", "colour": "red"}
        values["Pictures"] = [File("cat.png", picture())]
        sent = await server.submit_modal(opened, values, forged_by=ben)
        assert sent.member is ben
        assert said(sent).startswith("form:7; words=hello")
        server.remove_member(ada)
        with pytest.raises(ValueError, match="doesn't see"):
            await server.click(ada, message, "Open")
        pressed = await server.click(ada, message, "who am I", forged=True)
        assert said(pressed) == f"stranger of {home}"
        with pytest.raises(ValueError, match="may not post"):
            await server.post(ada, message.channel, "I have left")
        posted = await server.post(ada, message.channel, "I have left", forged=True)
        assert posted.author is ada.user


async def test_a_modal_survives_the_process_that_opened_it():
    async with open_discord() as server, pointed_at(server):
        ada = server.members["Ada"]
        async with FormBot() as first, process(server, first):
            await (await first.text_channel(server)).send("panel", view=panel())
            (message,) = server.visible(ada, server.channels["videos"])
            opened = await server.click(ada, message, "Open")
            with_button = opened.source
        assert with_button is message
        values: dict[str, ModalValue] = {"Words": "hello", "colour": "red"}
        values["Pictures"] = File("cat.png", picture())
        nobody = await server.submit_modal(opened, values, wait=False)
        server.advance(4)
        assert nobody.failed, "the member is told that the application did not respond"
        async with FormBot() as second, process(server, second):
            sent = await server.submit_modal(opened, values)
            assert said(sent).startswith("form:7; words=hello; colour=['red']")
            assert not nobody.response_message
            again = await server.click(ada, message, "Open")
            assert again.modal is not None


async def test_a_button_that_nobody_answers_fails():
    async with form_stage() as (server, message):
        ada = server.members["Ada"]
        assert message.components[0]["type"] == 1
        message.components[0]["components"] = [
            {"type": 2, "style": 1, "label": "Silent", "custom_id": "silent"}
        ]
        pressed = await server.click(ada, message, "Silent", wait=False)
        server.advance(pressed.created_at + 2.9 - server.now())
        assert not pressed.failed
        server.advance(0.2)
        assert pressed.failed


async def test_a_command_in_direct_messages_needs_its_context():
    async with open_discord() as server, Bot() as bot, pointed_at(server), process(server, bot):
        ada = server.members["Ada"]
        await (await bot.create_dm(discord.Object(ada.id))).send("hello")
        direct = server.direct_messages(ada)[0].channel
        done = await server.invoke(ada, direct, "make style", {"name": "noir"})
        assert said(done) == "noir"
        bot.tree.clear_commands(guild=None)
        bot.tree.add_command(app_commands.guild_only()(make_group()))
        await bot.tree.sync()
        with pytest.raises(ValueError, match="isn't for use"):
            await server.invoke(ada, direct, "make style", {"name": "noir"})
        videos, guild = server.channels["videos"], discord.Object(server.guild.id)
        assert said(await server.invoke(ada, videos, "make style", {"name": "noir"})) == "noir"
        bot.tree.clear_commands(guild=None)
        bot.tree.add_command(make_group(), guild=guild)
        await bot.tree.sync()
        await bot.tree.sync(guild=guild)
        with pytest.raises(ValueError, match="no command"):
            await server.invoke(ada, direct, "make style", {"name": "noir"})
        assert said(await server.invoke(ada, videos, "make style", {"name": "noir"})) == "noir"
