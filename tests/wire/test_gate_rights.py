"""The gate where two rights meet: menus and forms, threads, offers, and a silent Discord."""

from pathlib import Path

from sandbox.discord import Answer, Fault, Invocation, Message, Permission
from sandbox.discord.command_rules import MESSAGE_MENU
from sandbox.discord.components import walk
from sandbox.discord.wire import as_text
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.moderating import moderate
from tests.wire.playing import answer, delivered, four_colours, jobs, playing
from tests.wire.refining import one_video, press, said
from tests.wire.test_forged_buttons import reference_of
from tests.wire.test_moderators_rights import OVERRIDES

DENIED = "This server's settings don't let you use me here; please ask a moderator."
DENIED_IN_CHANNEL = "I may not be used in this channel; please try another one"
SILENT = "Discord can't tell me right now whether you may do that; please try again in a moment."
WORDS = {"prompt": "it runs"}


async def animate(stage: Stage, picture: Message, who: str = "Ben") -> Invocation:
    return await stage.discord.invoke_menu(stage.discord.members[who], picture, "Animate")


async def offered(stage: Stage, video: Message, who: str = "Ben") -> Message:
    """Ask for a video that is dear; return the offer."""
    offer = (await press(stage, video, "HQ about +$0.50", who)).response_message
    assert offer is not None
    return offer


def agreed(offer: Message) -> str:
    ids = [as_text(one.get("custom_id")) for one in walk(offer.components)]
    return next(one for one in ids if one.endswith("agree"))


async def test_a_form_asks_again_and_of_a_menu_for_both_commands(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        ben, videos = discord.members["Ben"], discord.channels["videos"]
        picture = await discord.post(ben, videos, "mine", [four_colours()])
        form = await animate(stage, picture)
        discord.override_command("Animate", ben, allow=False, kind=MESSAGE_MENU)
        assert answer(await discord.submit_modal(form, WORDS)).startswith(DENIED)
        discord.override_command("Animate", ben, allow=True, kind=MESSAGE_MENU)
        discord.override_command("pika", ben, allow=False)
        assert answer(await discord.submit_modal(form, WORDS)).startswith(DENIED)
        assert answer(await animate(stage, picture)).startswith(DENIED)
        discord.override_command("pika", ben, allow=None)
        ada = discord.members["Ada"]
        sent = await discord.submit_modal(form, WORDS, forged_by=ada)
        assert answer(sent).startswith("That form was opened by somebody else")
        assert await jobs(stage) == []
        await discord.submit_modal(form, WORDS)
        await delivered(stage)


async def test_a_channels_denial_holds_in_its_threads_and_for_no_administrator(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        await one_video(stage)
        videos, general = discord.channels["videos"], discord.channels["general"]
        thread = discord.add_thread(videos, "cats")
        posted: list[Message] = []
        for place in (thread, general):
            shown = await discord.invoke(discord.members["Ada"], place, "pika show", {"job": 1})
            assert shown.response_message is not None
            posted.append(shown.response_message)
        await discord.wait_for(lambda: all(one.attachments for one in posted))
        discord.override_command("pika", videos, allow=False)
        in_thread, elsewhere = posted
        assert (await said(stage, await press(stage, in_thread, "Again"))).startswith(
            DENIED_IN_CHANNEL
        )
        assert "**Video #1**" in await said(stage, await press(stage, elsewhere, "Details"))
        assert "**Video #1**" in await said(
            stage, await press(stage, in_thread, "Details", "Olive")
        )
        discord.override_command("pika", videos, allow=None)
        discord.override_command(None, discord.guild, allow=False)
        assert (await said(stage, await press(stage, elsewhere, "Details"))).startswith(
            DENIED_IN_CHANNEL
        )
        discord.override_command("pika", general, allow=True)
        assert "**Video #1**" in await said(stage, await press(stage, elsewhere, "Details"))
        assert len(await jobs(stage)) == 1


async def test_an_offer_is_made_where_it_is_agreed_to(tmp_path: Path, renderer: Renderer) -> None:
    """Its number may be pressed anywhere: the rules are asked for the place of the press."""
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        video = await one_video(stage, duration=10)
        general, ben = discord.channels["general"], discord.members["Ben"]
        offers = [await offered(stage, video) for _ in range(2)]
        elsewhere = await discord.post(ben, general, "an offer that is carried off")
        await moderate(stage, "channels", add=discord.channels["videos"])
        pressed = await discord.click(ben, elsewhere, agreed(offers[0]), forged=True)
        assert "Please make videos in" in await said(stage, pressed)
        assert len(await jobs(stage)) == 1
        await moderate(stage, "channels", clear=True)
        await discord.click(ben, elsewhere, agreed(offers[1]), forged=True)
        await discord.wait_for(
            lambda: any(one.attachments for one in discord.visible(ben, general)), 60
        )
        (made, _) = await jobs(stage)
        assert made["channel_id"] == general.id


async def test_where_discord_cannot_be_asked_nothing_is_made_or_shown(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        video = await one_video(stage)
        # What was asked a moment ago isn't asked again, unless something is changed.
        discord.override_command("pika", discord.members["Mo"], allow=True)
        discord.arm(Fault("GET", OVERRIDES, Answer(403, {"code": 0, "message": "no"}), 1000))
        for button in ("Again", "Edit", "Details"):
            pressed = await press(stage, video, button, "Ben")
            assert pressed.modal is None
            assert await said(stage, pressed) == SILENT
        words = f"{discord.bot.mention} it melts"
        posted = await discord.post(
            discord.members["Ben"], discord.channels["videos"], words, [four_colours()]
        )

        def replied() -> bool:
            seen = discord.visible(discord.members["Ben"], discord.channels["videos"])
            return any(one.reference is posted and one.content == SILENT for one in seen)

        await discord.wait_for(replied)
        asked = await press(stage, video, "Delete")
        assert asked.response_message is not None
        assert "Delete video #1 for good?" in asked.response_message.content
        # An administrator needs no answer.
        assert "**Video #1**" in await said(stage, await press(stage, video, "Details", "Olive"))
        assert len(await jobs(stage)) == 1


async def test_threads_and_roles_that_the_bot_was_not_told_of_count(
    tmp_path: Path, renderer: Renderer
) -> None:
    """Discord promises no order between such an event and the message or press that needs it."""
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        world = discord._state.world  # pyright: ignore[reportPrivateUsage]  # so that nothing is told
        ben, videos = discord.members["Ben"], discord.channels["videos"]
        video = await one_video(stage)
        await moderate(stage, "channels", add=videos)
        thread = world.add_thread(videos, "untold", ben)
        asked = await discord.post(ben, thread, f"{discord.bot.mention} it melts", [four_colours()])

        def replied() -> Message | None:
            seen = discord.visible(ben, thread)
            return next((one for one in seen if one.reference is asked), None)

        reply = await discord.wait_for(replied)
        assert reply is not None
        await discord.wait_for(lambda: reply.attachments)
        role = world.add_role(discord.guild, "untold", Permission.NONE)
        ben.roles.append(role)
        discord.override_command("pika", role, allow=False)
        assert await said(stage, await press(stage, video, "Details", "Ben")) == DENIED


async def test_completions_offer_only_what_is_ones_own(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        await one_video(stage)

        async def offered_to(who: str, command: str) -> list[object]:
            member, channel = stage.discord.members[who], stage.discord.channels["videos"]
            return [
                choice["name"]
                for choice in await stage.discord.autocomplete(
                    member, channel, command, {}, focused="job"
                )
            ]

        assert await offered_to("Ada", "pika show") == ["#1 · a fox"]
        for command in ("pika show", "pika join", "pika cancel"):
            for who in ("Ben", "Mo"):
                assert await offered_to(who, command) == []


async def test_who_has_left_may_still_cancel_and_delete(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        video = await one_video(stage)
        ada, reference = discord.members["Ada"], reference_of(video)
        discord.remove_member(ada)
        again = await discord.click(ada, video, f"job:{reference}:again", forged=True)
        assert (await said(stage, again)).startswith("You aren't a member of this server any more")
        asked = await discord.click(ada, video, f"job:{reference}:delete", forged=True)
        assert asked.response_message is not None
        confirm = f"job:{reference}:delete:{video.id}"
        await discord.click(ada, asked.response_message, confirm, forged=True)
        await discord.wait_for(lambda: "deleted** by its maker" in video.content)
        assert len(await jobs(stage)) == 1
