"""The bot, mentioned beside a picture, in a reply to one, or in a reply to one of its videos."""

import asyncio
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from sandbox.discord import File, Message, Permission, StickerFormat
from sandbox.discord.content import MESSAGE_CONTENT
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    answer,
    come_back,
    four_colours,
    jobs,
    playing,
    seen,
    told,
)
from tests.wire.several import pika, taken_back

HELP = "Mention me with a picture attached"
HIDDEN = "Discord doesn't show me the pictures of a message that you reply to."


async def post(
    stage: Stage,
    words: str,
    files: Sequence[File] = (),
    *,
    who: str = "Ada",
    named: bool = True,
    reply_to: Message | None = None,
    ping: bool = True,
) -> Message:
    """Write as a member, with the bot's name before the words."""
    text = f"{stage.discord.bot.mention} {words}" if named else words
    member, channel = stage.discord.members[who], stage.discord.channels["videos"]
    return await stage.discord.post(member, channel, text, files, reply_to=reply_to, ping=ping)


async def share(stage: Stage, *files: File) -> Message:
    """Post pictures as somebody who doesn't think of the bot."""
    return await post(stage, "look", files, who="Ben", named=False)


async def made(stage: Stage, count: int = 1) -> list[Message]:
    """Wait until the bot has posted so many videos, each with its mention."""

    def all_there() -> list[Message]:
        mine = [m for m in seen(stage) if m.author is stage.discord.bot.user]
        told_of = [m for m in mine if "your video is ready" in m.content]
        found = [m for m in mine if m.attachments]
        return found if len(found) >= count <= len(told_of) else []

    return await stage.discord.wait_for(all_there)


def replies(stage: Stage, to: Message) -> list[Message]:
    return [message for message in seen(stage) if message.reference is to]


async def replied(stage: Stage, to: Message, words: str = "") -> Message:
    """Wait until the bot has replied with these words in it."""
    await stage.discord.wait_for(lambda: any(words in m.content for m in replies(stage, to)))
    return next(message for message in replies(stage, to) if words in message.content)


async def with_the_intent(stage: Stage) -> None:
    assert await stage.bot.stop() == 0
    stage.discord.allow_intents(MESSAGE_CONTENT)
    stage.bot.environment["PIKA_DISCORD__MESSAGE_CONTENT"] = "true"
    await come_back(stage)


def picture(colour: str = "teal", kind: str = "PNG") -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (320, 320), colour).save(buffer, kind)
    return buffer.getvalue()


async def test_a_picture_beside_the_name_becomes_a_video(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada = stage.discord.members["Ada"]
        asked = await post(stage, "leaves drift past", [four_colours()])
        (message,) = await made(stage)
        assert message.reference is asked
        assert not message.pinged
        assert "> `leaves drift past`" in message.content
        assert message.attachments[0].content_type == "video/mp4"
        (job,) = await jobs(stage)
        assert (job["source"], job["message_id"]) == (f"message:{asked.id}", message.id)
        assert job["kind"] == "image-to-video"
        (ready,) = replies(stage, message)
        assert ready.pinged == {ada.id}


async def test_several_pictures_become_scenes_and_with_a_word_keyframes(
    tmp_path: Path, renderer: Renderer
) -> None:
    files = [File(f"{colour}.png", picture(colour)) for colour in ("teal", "red")]
    async with playing(tmp_path, renderer) as stage:
        await post(stage, "they dance", files)
        await told(stage, "> `they dance`")
        await post(stage, "Frames: it turns", files)
        await told(stage, "> `it turns`")
        alone = await post(stage, "frames", files)
        await replied(stage, alone, "> `from picture to picture`")
        assert [job["kind"] for job in await jobs(stage)] == [
            *("pikaframes", "pikaframes", "pikascenes")
        ]
        one = await post(stage, "frames go", files[:1])
        await replied(stage, one, "`frames` takes 2 to 5 pictures; please attach all of them")
        six = await post(stage, "they all dance", [File("a.png", picture())] * 6)
        await replied(stage, six, "I take at most 5 pictures at a time; please send fewer.")
        assert len(await jobs(stage)) == 3


async def test_what_the_bot_cannot_make_a_video_of_is_said_once(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        wordless = await post(stage, "", [four_colours()])
        reply = await replied(stage, wordless, "What should happen in the video?")
        assert not reply.pinged
        words = await post(stage, "a fox in the snow")
        await replied(stage, words, "`/pika text` makes a video from words alone")
        empty = await post(stage, "")
        await replied(stage, empty, HELP)
        film = await post(stage, "slower", [File("a.mp4", b"film", "video/mp4")])
        await replied(stage, film, "`/pika swap` and `/pika add` change videos")
        text = await post(stage, "what is this", [File("a.txt", b"text", "text/plain")])
        # Within a minute nobody reads the same twice.
        await post(stage, "")
        bens = await post(stage, "", who="Ben")
        await replied(stage, bens, HELP)
        assert [len(replies(stage, to)) for to in (wordless, words, empty, film, text, bens)] == [
            *(1, 1, 1, 1, 0, 1)
        ]
        assert sum(HELP in message.content for message in seen(stage)) == 2
        assert await jobs(stage) == []


async def test_who_does_not_mean_the_bot_is_not_heard(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        videos_channel, owner = discord.channels["videos"], discord.guild.owner
        await discord.post(owner, videos_channel, "@everyone look", [four_colours()])
        role = discord.roles["Pika"]
        await discord.post(owner, videos_channel, f"<@&{role.id}> look", [four_colours()])
        other = discord.add_member("Other")
        other.user.is_bot = True
        await post(stage, "look", [four_colours()], who="Other")
        await share(stage, four_colours())
        # The first of the bot's words answer the last of these messages.
        last = await post(stage, "")
        await replied(stage, last, HELP)
        mine = [message for message in seen(stage) if message.author is discord.bot.user]
        assert len(mine) == 1
        assert await jobs(stage) == []


@pytest.mark.parametrize("intent", [False, True])
async def test_a_reply_to_a_picture_needs_the_intent_or_says_how_else(
    tmp_path: Path, renderer: Renderer, intent: bool
) -> None:
    async with playing(tmp_path, renderer) as stage:
        if intent:
            await with_the_intent(stage)
        bens = await share(stage, four_colours())
        asked = await post(stage, "it melts", reply_to=bens)
        if intent:
            await replied(stage, asked, "> `it melts`")
            plain = await post(stage, "no picture", who="Ben", named=False)
            refused = await post(stage, "it melts", reply_to=plain)
            await replied(stage, refused, "That message has no picture attached")
            assert len(await jobs(stage)) == 1
        else:
            await replied(stage, asked, f"{HIDDEN} Open the menu of that message, **Apps")
            assert await jobs(stage) == []


async def test_a_reply_to_what_mentions_the_bot_itself_needs_no_intent(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        bens = await post(stage, "", [four_colours()], who="Ben")
        asked = await post(stage, "it melts", reply_to=bens)
        await replied(stage, asked, "> `it melts`")


async def test_forwards_links_and_stickers_have_pictures_too(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        await with_the_intent(stage)
        discord = stage.discord
        ben, channel = discord.members["Ben"], discord.channels["videos"]
        original = await discord.post(ben, discord.channels["general"], "mine", [four_colours()])
        forwarded = discord.forward(ben, original, channel)
        await post(stage, "the forward moves", reply_to=forwarded)
        await told(stage, "> `the forward moves`")

        linked = await post(stage, "https://example.org/cat.png", who="Ben", named=False)
        discord.unfurl(linked, "https://example.org/cat.png", File("cat.png", picture()))
        await post(stage, "the link moves", reply_to=linked)
        await told(stage, "> `the link moves`")
        bare = await post(stage, "https://example.org/cat.png", who="Ben", named=False)
        discord.unfurl(bare, "https://example.org/cat.png", None)
        unproxied = await post(stage, "the address moves", reply_to=bare)
        await replied(stage, unproxied, "That message has no picture attached")

        waving = discord.add_sticker("waving", StickerFormat.GIF, picture("navy", "GIF"))
        stuck = await discord.post(ben, channel, "", stickers=[waving])
        await post(stage, "the sticker moves", reply_to=stuck)
        await told(stage, "> `the sticker moves`")
        lottie = discord.add_sticker("wumpus", StickerFormat.LOTTIE, b"{}")
        drawn = await discord.post(ben, channel, "", stickers=[lottie])
        asked = await post(stage, "the drawing moves", reply_to=drawn)
        await replied(stage, asked, "That sticker is drawn by Discord's own app")
        assert len(await jobs(stage)) == 3


async def test_a_sticker_of_a_reply_is_seen_without_the_intent(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        sticker = discord.add_sticker("cat", StickerFormat.PNG, picture())
        ben, channel = discord.members["Ben"], discord.channels["videos"]
        stuck = await discord.post(ben, channel, "", stickers=[sticker])
        asked = await post(stage, "it moves", reply_to=stuck)
        await replied(stage, asked, "> `it moves`")


async def test_new_words_in_a_reply_to_a_video_make_a_variation(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"image": four_colours(), "prompt": "it melts", "duration": 10}
        await stage.discord.invoke(ada, channel, "pika image", options)
        (first,) = await made(stage)
        # The answer to a command isn't pinged by a reply: the name has to be said.
        second = await post(stage, "it burns", reply_to=first, who="Ben")
        variation = await replied(stage, second, "> `it burns`")
        await made(stage, 2)
        # This one is an ordinary message, so Discord's own ping will do; as that may be mere
        # talk, nothing is made of it unasked.
        talk = await post(stage, "thank you so much", named=False, reply_to=variation)
        asked = await replied(stage, talk, "Shall I make a variation of it with your words?")
        assert not asked.pinged
        await stage.discord.click(ada, asked, "Don't")
        third = await post(stage, "it freezes", named=False, reply_to=variation)
        asked = await replied(stage, third, "Shall I make a variation of it with your words?")
        await stage.discord.click(stage.discord.members["Ben"], asked, "Make it for about $0.40")
        assert len(await jobs(stage)) == 2, "it is Ada who is asked"
        await stage.discord.click(ada, asked, "Make it for about $0.40")
        await told(stage, "> `it freezes`")
        silent = await post(stage, "thanks!", named=False, reply_to=variation, ping=False)
        empty = await post(stage, "", [four_colours()], named=False, reply_to=variation)
        await replied(stage, empty, HELP)
        assert not replies(stage, silent)
        rows = [await stage.bot.command("jobs", "show", str(number)) for number in (1, 2, 3)]
        posts = stage.fal.posts
        assert "edit" in rows[1]
        assert [post.arguments["duration"] for post in posts] == [10] * len(posts)
        assert len(stage.fal.uploads) >= 1
        assert len(await jobs(stage)) == 3
        # What pings the member is no video: words there are just words.
        ready = next(m for m in seen(stage) if "your video is ready" in m.content)
        thanks = await post(stage, "thank you!", named=False, reply_to=ready)
        named = await post(stage, "thank you!", reply_to=ready)
        await replied(stage, named, "I see no picture there.")
        assert not replies(stage, thanks)
        assert len(await jobs(stage)) == 3


async def test_one_message_is_one_job_whatever_is_told(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        asked = await post(stage, "leaves drift past", [four_colours()])
        stage.discord.tell_again(asked)
        stage.discord.edit(stage.discord.members["Ada"], asked, "<@1> something else")
        await made(stage)
        # To a new process it is news, but the row knows.
        await stage.bot.stop()
        await come_back(stage)
        stage.discord.tell_again(asked)
        last = await post(stage, "")
        await replied(stage, last, HELP)
        assert len(await jobs(stage)) == 1
        assert len(replies(stage, asked)) == 1
        assert len(stage.fal.posts) == 1


async def test_refusals_are_public_and_ping_nobody(tmp_path: Path, renderer: Renderer) -> None:
    settings = {"PIKA_QUOTA__VIDEOS_PER_DAY": "1"}
    async with playing(tmp_path, renderer, settings) as stage:
        tiny = BytesIO()
        Image.new("RGB", (20, 20)).save(tiny, "PNG")
        small = await post(stage, "it grows", [File("a.png", tiny.getvalue())])
        refused = await replied(stage, small, "at least 128 pixels a side. Nothing was charged.")
        assert not refused.pinged
        small = File("a.png", tiny.getvalue())
        of_two = await post(stage, "they grow", [four_colours(), small])
        await replied(stage, of_two, "Picture 2 of 2 is 20 × 20 pixels; please send one of")
        asked = await pika(stage, "scenes", image1=four_colours(), image3=small, prompt="it")
        assert (await taken_back(stage, asked)).startswith("`image3` is 20 × 20 pixels;")
        await post(stage, "leaves drift past", [four_colours()])
        await made(stage)
        more = await post(stage, "once more", [four_colours()])
        refused = await replied(stage, more, "You've used today's quota of 1 video here")
        assert not refused.pinged
        long = await post(stage, "x" * 1500, [four_colours()], who="Ben")
        await replied(stage, long, "Please shorten `prompt` to 1000 characters (it has 1500).")
        assert len(await jobs(stage)) == 1


async def test_permissions_are_those_of_commands(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        channel, everyone = discord.channels["videos"], discord.guild.everyone
        ada = discord.members["Ada"]
        discord.set_overwrite(channel, ada, deny=Permission.USE_APPLICATION_COMMANDS)
        asked = await post(stage, "it melts", [four_colours()])
        await replied(
            stage,
            asked,
            "This server's settings don't let you use me here; please ask a moderator.",
        )
        dans = discord.add_member("Dan")
        discord.override_command("pika", dans, allow=False)
        dans_wish = await post(stage, "it melts", [four_colours()], who="Dan")
        await replied(
            stage,
            dans_wish,
            "This server's settings don't let you use me here; please ask a moderator.",
        )
        discord.set_overwrite(channel, discord.roles["Pika"], deny=Permission.ATTACH_FILES)
        bens = await post(stage, "it melts", [four_colours()], who="Ben")
        await replied(stage, bens, "please ask a moderator to allow me **Attach Files**.")
        pika, history = discord.roles["Pika"], Permission.READ_MESSAGE_HISTORY
        discord.set_overwrite(channel, pika, deny=history)
        await post(stage, "it melts", [four_colours()], who="Ben")
        await told(stage, "please ask a moderator to allow me **Read Message History**.")
        # Where it may not write, it says nothing, and goes on.
        discord.set_overwrite(channel, discord.roles["Pika"], deny=Permission.SEND_MESSAGES)
        await post(stage, "it melts", [four_colours()], who="Mo")
        thread = discord.add_thread(discord.channels["general"], "cats", discord.members["Ben"])
        mention = discord.bot.mention
        await discord.post(discord.members["Ben"], thread, f"{mention} it melts", [four_colours()])
        await discord.wait_for(
            lambda: any(m.attachments for m in discord.visible(ada, thread)[1:]), 60
        )
        assert everyone
        assert len(await jobs(stage)) == 1


async def test_a_dear_video_is_offered_to_its_member_alone(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, {"PIKA_QUOTA__CONFIRM_USD": "0.10"}) as stage:
        ada, ben = stage.discord.members["Ada"], stage.discord.members["Ben"]
        asked = await post(stage, "it melts", [four_colours()])
        offer = await replied(stage, asked, "**This video costs the server's owner $0.20**")
        assert not offer.pinged
        for label in ("Make it for $0.20", "Don't"):
            pressed = await stage.discord.click(ben, offer, label)
            assert answer(pressed).startswith("That offer is for whoever asked for the video;")
        await stage.discord.click(ada, offer, "Make it for $0.20")
        (message,) = await made(stage)
        assert message.reference is offer
        assert offer.components == []
        again = await post(stage, "it burns", [four_colours()])
        offer = await replied(stage, again, "**This video costs")
        await stage.discord.click(ada, offer, "Don't")
        await stage.discord.wait_for(lambda: "Not made. Nothing was charged." in offer.content)
        assert len(await jobs(stage)) == 1


async def test_hostile_words_reach_fal_clean_and_ping_nobody(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        mo, owner = discord.members["Mo"], discord.guild.owner
        text = (
            f"@everyone {discord.bot.mention} {mo.mention} `code` ||x||\n# big"
            f" \u202eesrever\u202c zero\u200bwidth <@!{discord.bot.id}> **b**"
        )
        asked = await discord.post(owner, discord.channels["videos"], text, [four_colours()])
        (message,) = await made(stage)
        assert message.reference is asked
        first = message.content.split("\n")[0]
        assert first == ("> ||`@everyone Mo \u02cbcode\u02cb x # big esrever zerowidth **b**`||")
        for posted in (one for one in seen(stage) if one.author is discord.bot.user):
            assert not posted.mentions_everyone
            assert posted.pinged <= {owner.id}
        for one in (discord.bot, mo):
            assert str(one.id) not in str(stage.fal.posts[0].arguments["prompt"])


async def test_the_intent_that_is_not_switched_on_ends_with_one_sentence(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        assert await stage.bot.stop() == 0
        stage.discord.advance(5)
        stage.bot.environment["PIKA_DISCORD__MESSAGE_CONTENT"] = "true"
        await stage.bot.start()
        assert await asyncio.wait_for(stage.bot.process.wait(), 60) == 2
        assert (
            stage.bot.log()
            .splitlines()[-1]
            .startswith("pika-bot: Discord refuses the intent Message Content: switch it on at")
        )
        del stage.bot.environment["PIKA_DISCORD__MESSAGE_CONTENT"]
        stage.discord.advance(5)
        await stage.bot.start()
        await stage.discord.wait_ready()
