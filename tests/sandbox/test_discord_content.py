"""The messages that a bot may read: intents, message content, history."""

import io

import aiohttp
import discord
import pytest

from sandbox.discord.cdn import File
from sandbox.discord.content import MESSAGE_CONTENT
from sandbox.discord.model import Message, StickerFormat
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import Json, as_object, as_objects
from tests.sandbox.discord_caller import calling
from tests.sandbox.discord_harness import Bot, picture, stage

HEARING = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
READING = discord.Intents(guilds=True, guild_messages=True, message_content=True)


async def heard(bot: Bot, posted: Message) -> discord.Message:
    """Wait until the bot heard of a message, and give it as the bot sees it."""

    def find() -> discord.Message | None:
        return next((one for one in bot.heard if one.id == posted.id), None)

    found = await bot.changes.wait_for(find, 5)
    assert found is not None
    assert (found.author.id, found.channel.id) == (posted.author.id, posted.channel_id)
    return found


async def test_content_is_blank_without_the_intent_but_where_the_bot_is_meant():
    async with stage(HEARING) as (server, bot):
        ada, videos = server.members["Ada"], server.channels["videos"]
        files = [File("cat.png", picture())]
        plain = await heard(bot, await server.post(ada, videos, "a cat", files))
        assert (plain.content, plain.attachments) == ("", [])
        (posted,) = server.visible(ada, videos)
        server.unfurl(posted, "https://example.org/cat.png", None)
        assert (await (await bot.text_channel(server)).fetch_message(posted.id)).embeds == []
        named = f"{server.bot.mention} look"
        mention = await heard(bot, await server.post(ada, videos, named, files))
        assert mention.content == named
        assert [file.filename for file in mention.attachments] == ["cat.png"]
        everyone = await server.post(server.guild.owner, videos, "@everyone a cat", files)
        assert (await heard(bot, everyone)).content == "", "the bot isn't named"

        regular = await (await bot.text_channel(server)).send("a regular message")
        said = next(one for one in server.visible(ada, videos) if one.id == regular.id)
        pinging = await server.post(ada, videos, "this one", reply_to=said)
        assert (await heard(bot, pinging)).content == "this one"
        silent = await server.post(ada, videos, "that one", reply_to=said, ping=False)
        blank = await heard(bot, silent)
        assert blank.content == ""
        assert blank.reference is not None
        quoted = blank.reference.resolved
        assert isinstance(quoted, discord.Message)
        assert quoted.content == "a regular message", "the bot's own message is never blank"


async def test_a_reply_to_an_interaction_response_stays_blank():
    async with stage(HEARING) as (server, bot):
        ada, videos = server.members["Ada"], server.channels["videos"]
        done = await server.invoke(ada, videos, "make style", {"name": "noir"})
        reply = await server.post(ada, videos, "again", reply_to=done.response_message)
        assert (await heard(bot, reply)).content == ""
        assert reply.pinged == frozenset()


async def test_a_quoted_message_is_blank_unless_it_qualifies_itself():
    async with stage(HEARING) as (server, bot):
        ada, ben, videos = server.members["Ada"], server.members["Ben"], server.channels["videos"]
        cat = await server.post(ben, videos, "my cat", [File("cat.png", picture())])
        call = f"{server.bot.mention} animate"
        reply = await heard(bot, await server.post(ada, videos, call, reply_to=cat))
        assert reply.content == call
        assert reply.reference is not None
        quoted = reply.reference.resolved
        assert isinstance(quoted, discord.Message)
        assert (quoted.content, quoted.attachments) == ("", [])

        opened = await server.invoke_menu(ada, cat, "Animate")
        assert opened.modal is not None, "the target of an Apps menu is read whole"
        channel = await bot.text_channel(server)
        fetched = await channel.fetch_message(cat.id)
        assert (fetched.content, fetched.attachments) == ("", []), "refetching doesn't help"


async def test_a_forward_brings_a_copy_that_is_read_by_whom_the_forward_is():
    async with stage(HEARING) as (server, bot):
        ben, videos = server.members["Ben"], server.channels["videos"]
        words = f"{server.bot.mention} my cat"
        cat = await server.post(ben, videos, words, [File("cat.png", picture())])
        forwarded = server.forward(ben, cat, server.channels["general"])
        (copy,) = (await heard(bot, forwarded)).message_snapshots
        assert (copy.content, copy.attachments) == ("", [])
        server.set_overwrite(videos, ben, deny=Permission.VIEW_CHANNEL)
        with pytest.raises(ValueError, match="doesn't see"):
            server.forward(ben, cat, server.channels["general"])
    async with stage(READING, privileged=MESSAGE_CONTENT) as (server, bot):
        ben, videos = server.members["Ben"], server.channels["videos"]
        cat = await server.post(ben, videos, "my cat", [File("cat.png", picture())])
        forwarded = server.forward(ben, cat, server.channels["general"])
        server.edit(ben, cat, "my dog")
        fetched = await (await heard(bot, forwarded)).fetch()
        (copy,) = fetched.message_snapshots
        assert copy.content == "my cat"
        assert [file.filename for file in copy.attachments] == ["cat.png"]


async def test_another_app_shows_pictures_in_components_and_embeds():
    async with stage(READING, privileged=MESSAGE_CONTENT) as (server, bot):
        videos, link = server.channels["videos"], "https://example.org/cat.png"
        with pytest.raises(ValueError, match="no application"):
            server.post_as_app(server.members["Ada"], videos, "a cat")
        app = server.add_app("Gallery")
        items = [{"media": {"url": "attachment://own.png"}}, {"media": {"url": link}}]
        unknown = {"media": {"url": "https://example.org/nothing.png"}, "spoiler": True}
        posted = server.post_as_app(
            app,
            videos,
            files=[File("own.png", picture(), spoiler=True)],
            components=[{"type": 17, "components": [{"type": 12, "items": [*items, unknown]}]}],
            linked={link: File("cat.png", picture(), "image/png")},
        )
        seen = await heard(bot, posted)
        assert seen.author.bot
        (box,) = seen.components
        assert isinstance(box, discord.Container)
        (gallery,) = box.children
        assert isinstance(gallery, discord.MediaGalleryComponent)
        own, linked, bare = [item.media for item in gallery.items]
        assert own.attachment_id == seen.attachments[0].id
        assert (own.content_type, own.width, own.flags.spoiler) == ("image/png", 40, True)
        assert linked.proxy_url is not None
        assert linked.proxy_url.startswith(f"{server.base_url}/external/")
        assert (linked.url, linked.attachment_id) == (link, None)
        assert (bare.proxy_url, gallery.items[2].spoiler) == (None, True)
        async with aiohttp.ClientSession() as client:
            found = await client.get(linked.proxy_url)
            assert await found.read() == picture()
        rich: Json = {"title": "A cat", "image": {"url": link}, "thumbnail": {"url": link}}
        file = File("cat.png", picture(), "image/png")
        embedded = server.post_as_app(app, videos, "look", embeds=[rich], linked={link: file})
        (embed,) = (await heard(bot, embedded)).embeds
        assert embed.image.proxy_url == embed.thumbnail.proxy_url == linked.proxy_url


async def test_a_covered_file_says_so_and_an_unknown_ending_has_no_type():
    async with stage(READING, privileged=MESSAGE_CONTENT) as (server, bot):
        ada, videos = server.members["Ada"], server.channels["videos"]
        files = [
            File("SPOILER_a.png", picture()),
            File("b.png", picture(), spoiler=True),
            File("c.png", picture()),
            File("d.pikapicture", picture()),
            File("e.png", picture(), ""),
        ]
        seen = await heard(bot, await server.post(ada, videos, "", files))
        assert [file.flags.spoiler for file in seen.attachments] == [
            True,
            True,
            False,
            False,
            False,
        ]
        assert [file.content_type for file in seen.attachments] == [
            *(["image/png"] * 3),
            None,
            None,
        ]


async def test_an_emoji_is_a_file_of_its_own():
    async with stage(HEARING) as (server, _):
        written = server.add_emoji("blob", picture())
        emoji = discord.PartialEmoji.from_str(written)
        assert (emoji.name, emoji.animated) == ("blob", False)
        async with aiohttp.ClientSession() as client:
            found = await client.get(f"{server.base_url}/emojis/{emoji.id}.webp?size=256")
            assert await found.read() == picture()


async def test_stickers_are_read_without_the_intent_and_are_files():
    async with stage(HEARING) as (server, bot):
        ben, videos = server.members["Ben"], server.channels["videos"]
        cat = server.add_sticker("cat", StickerFormat.PNG, picture())
        seen = await heard(bot, await server.post(ben, videos, "my cat", stickers=[cat]))
        assert seen.content == ""
        assert [(one.name, one.format.name) for one in seen.stickers] == [("cat", "png")]
        async with aiohttp.ClientSession() as client:
            found = await client.get(f"{server.base_url}/stickers/{cat.id}.png")
            assert (found.status, await found.read()) == (200, picture())
            missing = await client.get(f"{server.base_url}/stickers/{cat.id}.gif")
            assert missing.status == 404
        with pytest.raises(ValueError, match="3 stickers"):
            await server.post(ben, videos, "", stickers=[cat] * 4)


async def test_an_embed_that_comes_late_is_blank_even_where_the_bot_is_named():
    async with stage(HEARING) as (server, bot):
        embeds: list[int] = []

        async def on_raw_message_edit(event: discord.RawMessageUpdateEvent) -> None:
            embeds.append(len(event.message.embeds))
            bot.changes.notify()

        bot.event(on_raw_message_edit)
        link = "https://example.org/cat.png"
        words = f"{server.bot.mention} {link}"
        named = await server.post(server.members["Ada"], server.channels["videos"], words)
        server.unfurl(named, link, File("cat.png", picture()))
        await bot.changes.wait_for(lambda: embeds, 5)
        assert embeds == [0]
        (embed,) = named.embeds
        async with aiohttp.ClientSession() as client:
            found = await client.get(str(as_object(embed["thumbnail"])["proxy_url"]))
            assert await found.read() == picture()


async def test_direct_messages_are_read_whole():
    async with stage(HEARING) as (server, bot):
        ada = server.members["Ada"]
        user = await bot.create_dm(discord.Object(ada.id))
        await user.send("hello")
        channel = server.direct_messages(ada)[0].channel
        answer = await server.post(ada, channel, "hello yourself")
        assert (await heard(bot, answer)).content == "hello yourself"


async def test_with_the_intent_everything_is_read():
    async with stage(READING, privileged=MESSAGE_CONTENT) as (server, bot):
        ada, videos = server.members["Ada"], server.channels["videos"]
        posted = await server.post(ada, videos, "a cat", [File("cat.png", picture())])
        message = await heard(bot, posted)
        assert message.content == "a cat"
        assert len(message.attachments) == 1
        fetched = await (await bot.text_channel(server)).fetch_message(posted.id)
        assert fetched.content == "a cat"
        assert (await bot.application_info()).flags.gateway_message_content_limited


async def test_rest_reads_by_the_applications_settings():
    async with calling() as (server, bot):
        posted = await server.post(server.members["Ada"], server.channels["videos"], "a cat")
        path = f"/channels/{posted.channel_id}/messages"

        async def contents() -> tuple[object, object]:
            listed = as_objects((await bot.call("GET", path)).body)
            return (await bot.call("GET", f"{path}/{posted.id}")).json["content"], listed[0][
                "content"
            ]

        assert await contents() == ("", "")
        server.allow_intents(1 << 1)
        assert await contents() == ("", "")
        server.allow_intents(MESSAGE_CONTENT)
        assert await contents() == ("a cat", "a cat")
        server.allow_intents(0)
        mine = await bot.send({"content": "mine", "message_reference": {"message_id": posted.id}})
        assert mine.json["content"] == "mine"
        assert as_object(mine.json["referenced_message"])["content"] == ""


async def test_an_edit_is_told_blank_too():
    async with stage(HEARING) as (server, bot):
        edits: list[Json] = []

        async def on_raw_message_edit(event: discord.RawMessageUpdateEvent) -> None:
            edits.append({"content": event.message.content})
            bot.changes.notify()

        bot.event(on_raw_message_edit)
        channel = await bot.text_channel(server)
        sent = await channel.send("first")
        await sent.edit(content="second", attachments=[discord.File(io.BytesIO(b"x"), "x.txt")])
        await bot.changes.wait_for(lambda: edits, 5)
        assert edits == [{"content": "second"}], "the bot's own"


async def test_a_privileged_intent_must_be_switched_on():
    async with stage() as (server, _):
        other = Bot(READING)
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await other.start(server.token)
        await other.close()


async def test_history_needs_its_permission():
    async with calling() as (server, bot):
        videos, pika = server.channels["videos"], server.roles["Pika"]
        sent = await bot.send({"content": "hi"})
        path = f"/channels/{videos.id}/messages"
        one = f"{path}/{sent.json['id']}"
        assert len(as_objects((await bot.call("GET", path)).body)) == 1
        assert (await bot.call("GET", one)).status == 200
        server.set_overwrite(videos, pika, deny=Permission.READ_MESSAGE_HISTORY)
        nothing = await bot.call("GET", path)
        assert (nothing.status, nothing.body) == (200, [])
        assert (await bot.call("GET", one)).refusal == (403, 50013)
        server.set_overwrite(videos, pika, deny=Permission.VIEW_CHANNEL)
        assert (await bot.call("GET", path)).refusal == (403, 50001)
        assert (await bot.call("GET", one)).refusal == (403, 50001)
