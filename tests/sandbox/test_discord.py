"""The loopback Discord, driven by a real discord.py bot over sockets."""

import io

import aiohttp
import discord
import pytest
from PIL import Image

from sandbox.discord.cdn import File
from sandbox.discord.faults import Answer, Drop, Fault
from sandbox.discord.permissions import Permission
from sandbox.orders import VideoOrder
from sandbox.render import DRAFT, make_video
from tests.films import decode
from tests.sandbox.discord_harness import VIDEO, picture, stage


async def test_a_slash_command_brings_its_attachment_and_answers_with_a_file():
    async with stage() as (server, _):
        ada, videos = server.members["Ada"], server.channels["videos"]
        options = {"image": File("my cat.png", picture()), "size": 3}
        done = await server.invoke(ada, videos, "make look", options)
        (message,) = server.visible(server.members["Ben"], videos)
        assert message is done.response_message
        assert message.content == f"my_cat.png 40x30 {len(picture())} 3"
        (attachment,) = message.attachments
        assert (attachment.filename, attachment.data) == ("back.png", picture())
        assert (attachment.content_type, attachment.width_height) == ("image/png", (40, 30))
        assert attachment.description == "what you sent"
        film = make_video(VideoOrder("a cat", seed=7, short_side=720, seconds=1), DRAFT)
        posted = await server.post(ada, videos, "look", [File("film.mp4", film)])
        assert posted.attachments[0].width_height == decode(film)[0].size


async def test_broken_metadata_of_an_upload_neither_warns_nor_hides_its_size():
    broken = io.BytesIO()
    Image.new("RGB", (40, 30)).save(broken, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff")
    async with stage() as (server, _):
        ada, videos = server.members["Ada"], server.channels["videos"]
        posted = await server.post(ada, videos, "look", [File("cat.jpg", broken.getvalue())])
        assert posted.attachments[0].width_height == (40, 30)


async def test_a_deferred_response_is_edited_into_a_video():
    async with stage() as (server, _):
        ada, ben, videos = server.members["Ada"], server.members["Ben"], server.channels["videos"]
        made = await server.invoke(ada, videos, "make video", {"prompt": "a cat"})
        message = made.response_message
        assert message is not None
        assert made.response_type == 5
        await server.wait_for(lambda: made.followups)
        assert (message.content, message.edits, message.loading) == ("done: a cat", 1, False)
        assert message.attachments[0].data == VIDEO
        assert [seen.content for seen in server.visible(ben, videos)] == ["done: a cat"]
        assert [seen.ephemeral for seen in server.visible(ada, videos)] == [False, True]


async def test_the_first_follow_up_after_a_deferral_edits_the_original():
    async with stage() as (server, _):
        ada, videos = server.members["Ada"], server.channels["videos"]
        made = await server.invoke(ada, videos, "make defer")
        (second,) = await server.wait_for(lambda: made.followups)
        assert made.response_message is not None
        assert made.response_message.content == "first"
        assert made.response_message.ephemeral, "fixed when it was deferred"
        assert (second.content, second.ephemeral) == ("second", False)


async def test_a_button_a_menu_with_a_modal_and_autocomplete():
    async with stage() as (server, _):
        ada, ben, videos = server.members["Ada"], server.members["Ben"], server.channels["videos"]
        made = await server.invoke(ada, videos, "make video", {"prompt": "a cat"})
        await server.wait_for(lambda: made.followups)
        assert made.response_message is not None
        pressed = await server.click(ben, made.response_message, "Details")
        assert pressed.response_message is not None
        assert pressed.response_message.content == "job 7"
        assert pressed.response_message not in server.visible(ada, videos)
        with pytest.raises(ValueError, match="no button 'Delete'"):
            await server.click(ben, made.response_message, "Delete")

        posted = await server.post(ben, videos, "look", [File("dog.png", picture())])
        opened = await server.invoke_menu(ada, posted, "Animate")
        assert opened.modal is not None
        assert opened.modal["title"] == "Animate"
        with pytest.raises(ValueError, match="required"):
            await server.submit_modal(opened, {})
        with pytest.raises(ValueError, match="max_length"):
            await server.submit_modal(opened, {"Prompt": "x" * 21})
        sent = await server.submit_modal(opened, {"Prompt": "it runs"})
        assert sent.response_message is not None
        assert sent.response_message.content == "dog.png: it runs"

        offered = await server.autocomplete(
            ada, videos, "make style", {"name": "a"}, focused="name"
        )
        assert offered == [{"name": "Anime", "value": "anime"}]


async def test_the_client_refuses_what_the_synced_commands_do_not_allow():
    async with stage() as (server, _):
        ada, videos = server.members["Ada"], server.channels["videos"]
        refused: list[tuple[str, dict[str, str | int | File], str]] = [
            ("make tea", {}, "no subcommand 'tea'"),
            ("make", {}, "is a group"),
            ("brew", {}, "no command 'brew'"),
            ("make video", {}, "required"),
            ("make video", {"prompt": "x" * 11}, "over max_length 10"),
            ("make video", {"prompt": "cat", "seed": 1}, "no option"),
            ("make look", {"image": "cat.png"}, "doesn't fit"),
        ]
        for command, options, reason in refused:
            with pytest.raises(ValueError, match=reason):
                await server.invoke(ada, videos, command, options)
        everyone = server.guild.everyone
        server.set_overwrite(videos, everyone, deny=Permission.USE_APPLICATION_COMMANDS)
        with pytest.raises(ValueError, match="may not use commands"):
            await server.invoke(ada, videos, "make video", {"prompt": "cat"})


async def test_a_late_acknowledgement_is_an_unknown_interaction():
    async with stage() as (server, bot):
        ada, videos = server.members["Ada"], server.channels["videos"]
        invocation = await server.invoke(ada, videos, "make slow", wait=False)
        server.advance(3.1)
        bot.go_on.set()
        (error,) = await bot.changes.wait_for(lambda: bot.errors, 5)
        assert (error.status, error.code) == (404, 10062)
        assert invocation.failed
        assert server.visible(ada, videos) == []


async def test_a_second_acknowledgement_is_refused():
    async with stage() as (server, bot):
        await server.invoke(server.members["Ada"], server.channels["videos"], "make twice")
        (error,) = await bot.changes.wait_for(lambda: bot.errors, 5)
        assert (error.status, error.code) == (400, 40060)


async def test_an_interaction_token_lives_fifteen_minutes_the_bot_token_longer():
    async with stage() as (server, bot):
        ada, videos = server.members["Ada"], server.channels["videos"]
        made = await server.invoke(ada, videos, "make video", {"prompt": "a cat"})
        await server.wait_for(lambda: made.followups)
        assert made.response_message is not None
        webhook = discord.Webhook.partial(server.bot.id, made.token, client=bot)
        server.advance(15 * 60 - 30)
        await webhook.edit_message(made.response_message.id, content="in time")
        server.advance(31)
        with pytest.raises(discord.HTTPException) as caught:
            await webhook.edit_message(made.response_message.id, content="too late")
        assert (caught.value.status, caught.value.code) == (401, 50027)

        channel = await bot.text_channel(server)
        status = channel.get_partial_message(made.response_message.id)
        for _ in range(2):
            video = discord.File(io.BytesIO(VIDEO), "final.mp4")
            await status.edit(content="late, but here", attachments=[video])
        names = [attachment.filename for attachment in made.response_message.attachments]
        assert names == ["final.mp4"]
        with pytest.raises(discord.NotFound) as unseen:
            await channel.get_partial_message(made.followups[0].id).edit(content="never")
        assert unseen.value.code == 10008, "ephemeral messages don't exist for the bot's token"


async def test_a_nonce_makes_one_message_for_some_minutes():
    async with stage() as (server, bot):
        ada, videos = server.members["Ada"], server.channels["videos"]
        channel = await bot.text_channel(server)

        async def send() -> int:
            video = discord.File(io.BytesIO(VIDEO), "video.mp4")
            return (await channel.send("done", file=video, nonce="job-7")).id

        first = await send()
        assert await send() == first
        assert len(server.visible(ada, videos)) == 1
        server.advance(290)
        assert await send() == first
        server.advance(11)
        assert await send() != first


async def test_only_allowed_mentions_and_replies_notify():
    async with stage() as (server, bot):
        ada, ben, videos = server.members["Ada"], server.members["Ben"], server.channels["videos"]
        channel = await bot.text_channel(server)
        asked = await server.post(ada, videos, "please")
        text = f"@everyone {ada.mention} {ben.mention}"
        await channel.send(text)
        await channel.send(text, allowed_mentions=discord.AllowedMentions.none())
        only_ben = discord.AllowedMentions(users=[discord.Object(ben.id)])
        await channel.send(text, allowed_mentions=only_ben)
        await channel.send("here", reference=channel.get_partial_message(asked.id))
        no_ping = discord.AllowedMentions(replied_user=False)
        await channel.send(
            "here", reference=channel.get_partial_message(asked.id), allowed_mentions=no_ping
        )
        await channel.send(f"`{ada.mention}` \\{ben.mention}")
        pinged = [message.pinged for message in server.visible(ada, videos)[1:]]
        assert pinged == [
            {ada.id, ben.id},
            set(),
            {ben.id},
            {ada.id},
            set(),
            {ada.id, ben.id},
        ]


async def test_a_dropped_gateway_is_resumed_and_misses_nothing():
    async with stage() as (server, bot):
        ada, videos = server.members["Ada"], server.channels["videos"]
        posted = [await server.post(ada, videos, "before")]
        await bot.changes.wait_for(lambda: bot.heard, 10)
        await server.drop_gateway()
        await server.wait_for(lambda: not server.bot_online)
        posted += [await server.post(ada, videos, f"while you were away {n}") for n in range(2)]
        await bot.changes.wait_for(lambda: len(bot.heard) == 3, 10)
        assert [message.id for message in bot.heard] == [message.id for message in posted]
        assert 6 in server.gateway_ops
        assert server.gateway_ops.count(2) == 1
        done = await server.invoke(ada, videos, "make style", {"name": "noir"})
        assert done.response_message is not None


async def test_missing_permissions_have_discords_codes():
    async with stage() as (server, bot):
        videos, pika = server.channels["videos"], server.roles["Pika"]
        channel = await bot.text_channel(server)
        asked = await server.post(server.members["Ada"], videos, "please")

        async def code(*, deny: Permission, reply: bool = False) -> int:
            server.set_overwrite(videos, pika, deny=deny)
            file = discord.File(io.BytesIO(VIDEO), "video.mp4")
            reference = channel.get_partial_message(asked.id)
            sending = channel.send("hi", reference=reference) if reply else channel.send(file=file)
            with pytest.raises(discord.Forbidden) as caught:
                await sending
            return caught.value.code

        assert await code(deny=Permission.VIEW_CHANNEL) == 50001
        assert await code(deny=Permission.SEND_MESSAGES) == 50013
        assert await code(deny=Permission.ATTACH_FILES) == 50013
        assert await code(deny=Permission.READ_MESSAGE_HISTORY, reply=True) == 160002
        assert [message async for message in channel.history()] == []


async def test_faults_meet_the_next_requests_only():
    async with stage() as (server, bot):
        ada, videos = server.members["Ada"], server.channels["videos"]
        channel = await bot.text_channel(server)
        route = "/channels/{channel}/messages"
        limited = Answer(
            429, {"message": "slow", "retry_after": 0.01, "global": False}, {"Via": "1"}
        )
        server.arm(Fault("POST", route, limited))
        await channel.send("patience")
        assert [r.status for r in server.requests if r.template == route] == [429, 200]

        general = bot.get_channel(server.channels["general"].id)
        assert isinstance(general, discord.TextChannel)
        server.arm(Fault("POST", route, limited, times=2, match=str(videos.id)))
        before = len(server.requests)
        assert len([message async for message in channel.history()]) == 1
        await general.send("elsewhere")
        await channel.send("more patience")
        assert [r.status for r in server.requests[before:]] == [200, 200, 429, 429, 200]

        server.arm(Fault("POST", route, Drop.BEFORE))
        with pytest.raises(aiohttp.ClientConnectionError):
            await channel.send("never")
        server.arm(Fault("POST", route, Drop.AFTER))
        with pytest.raises(aiohttp.ClientConnectionError):
            await channel.send("posted all the same")
        seen = [message.content for message in server.visible(ada, videos)]
        assert seen == ["patience", "more patience", "posted all the same"]


async def test_messages_are_heard_only_with_their_intent():
    async with stage(discord.Intents(guilds=True)) as (server, bot):
        ada, videos = server.members["Ada"], server.channels["videos"]
        await server.post(ada, videos, "nobody listens")
        done = await server.invoke(ada, videos, "make style", {"name": "noir"})
        assert done.response_message is not None
        assert bot.heard == [], "it would have come before the command"
    async with stage(discord.Intents(guilds=True, dm_messages=True)) as (server, bot):
        ada, videos = server.members["Ada"], server.channels["videos"]
        await server.post(ada, videos, "nobody listens")
        user = await bot.create_dm(discord.Object(ada.id))
        sent = await user.send("hello")
        answer = await server.post(ada, server.direct_messages(ada)[0].channel, "hello yourself")
        await bot.changes.wait_for(lambda: len(bot.heard) == 2, 5)
        assert [message.id for message in bot.heard] == [sent.id, answer.id]
