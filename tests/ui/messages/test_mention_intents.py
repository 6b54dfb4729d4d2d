"""What a message that mentions the bot asks for."""

import pytest

from bot.domain.catalogue.models import Kind
from bot.ui.actions.reply import ReplyThrottle
from bot.ui.messages.mentions import (
    GONE,
    HIDDEN,
    HOW_TO,
    NO_WORDS,
    WORDS_ONLY,
    AnimateIntent,
    HelpReply,
    MentionIntent,
    VariationIntent,
    Words,
    intent_of,
    is_meant,
    words_of,
)
from bot.ui.messages.message_pictures import StickerUrls
from tests.ui.messages.discord_messages import (
    BEN,
    ME,
    Payload,
    attachment,
    forward,
    guild_of,
    message,
    payload,
    reply_to,
    user,
)

URLS = StickerUrls("https://cdn.example", "https://media.example")
PICTURE = attachment("a.png", "image/png")
BUTTONS: list[Payload] = [
    {
        "type": 1,
        "components": [{"type": 2, "style": 2, "label": "Details", "custom_id": "job:42:details"}],
    }
]


def wish(
    content: str, parts: Payload | None = None, *, reads_all: bool = False
) -> MentionIntent | None:
    return intent_of(message(payload(content, parts)), ME, URLS, reads_all=reads_all)


def holding(*files: Payload) -> Payload:
    return {"attachments": list(files)}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("it melts", Words(False, "it melts", "it melts", False)),
        (f"<@{ME}> it melts", Words(True, "it melts", "it melts", False)),
        (f"it melts <@!{ME}>", Words(True, "it melts", "it melts", False)),
        (f"it <@{ME}> melts <@{ME}>", Words(True, "it melts", "it melts", False)),
        (f"<@{ME}>frames: it turns", Words(True, "frames: it turns", "it turns", True)),
        (f"FRAMES <@{ME}>", Words(True, "FRAMES", "", True)),
        (f"slowly <@{ME}> frames it", Words(True, "slowly frames it", "slowly it", True)),
        (f"<@{ME}> framesets", Words(True, "framesets", "framesets", False)),
        (f"<@{ME}> pretty frames", Words(True, "pretty frames", "pretty frames", False)),
        (f"<@{ME}5> it", Words(False, f"<@{ME}5> it", f"<@{ME}5> it", False)),
        (f"<@{ME}>\n  ", Words(True, "", "", False)),
    ],
)
def test_words_without_the_name(content: str, words: Words) -> None:
    assert words_of(content, ME) == words


async def test_pictures_beside_the_name() -> None:
    one = wish(f"<@{ME}> it melts", holding(PICTURE))
    assert isinstance(one, AnimateIntent)
    assert (one.kind, one.prompt) == (Kind.IMAGE, "it melts")
    assert [picture.name for picture in one.pictures] == ["that picture"]
    files = [attachment(f"{number}.png", "image/png") for number in range(5)]
    five = wish(f"<@{ME}> it melts", holding(*files))
    assert isinstance(five, AnimateIntent)
    assert (five.kind, len(five.pictures)) == (Kind.SCENES, 5)
    assert five.pictures[1].name == "picture 2 of 5"
    frames = wish(f"<@{ME}> frames", holding(*files))
    assert isinstance(frames, AnimateIntent)
    assert (frames.kind, frames.prompt) == (Kind.FRAMES, "")
    six = wish(f"<@{ME}> it", holding(*files, PICTURE))
    assert isinstance(six, HelpReply)
    assert "at most 5 pictures" in six.text
    assert wish(f"<@{ME}>", holding(PICTURE)) == HelpReply(NO_WORDS)


async def test_no_picture_anywhere() -> None:
    assert wish(f"<@{ME}> a fox") == HelpReply(WORDS_ONLY)
    assert wish(f"<@{ME}>") == HelpReply(HOW_TO)
    assert wish(f"<@{ME}> it", reply_to(None)) == HelpReply(GONE)


async def test_a_reply_to_a_picture() -> None:
    visible = reply_to(payload("", holding(PICTURE), by=BEN))
    found = wish(f"<@{ME}> it melts", visible)
    assert isinstance(found, AnimateIntent)
    hidden = reply_to(payload(by=BEN))
    assert wish(f"<@{ME}> it melts", hidden) == HelpReply(HIDDEN)
    seen = wish(f"<@{ME}> it melts", hidden, reads_all=True)
    assert isinstance(seen, HelpReply)
    assert seen.text.startswith("That message has no picture")
    # It mentions the bot itself, so it isn't blanked: there is none.
    shown = reply_to(payload("", {"mentions": [user(ME)]}, by=BEN))
    assert wish(f"<@{ME}> it melts", shown) == seen
    forwarded = reply_to(payload("", forward(holding(PICTURE)), by=BEN))
    assert isinstance(wish(f"<@{ME}> it melts", forwarded), AnimateIntent)
    # One's own picture counts before another's.
    own_file = holding(attachment("own.png", "image/png"))
    own = wish(f"<@{ME}> it melts", visible | own_file)
    assert isinstance(own, AnimateIntent)
    assert [source.url.split("/")[-1] for source in own.pictures] == ["own.png?ex=1"]


async def test_a_reply_to_the_bots_own_video() -> None:
    mine = reply_to(payload("", holding(attachment("v.mp4")) | {"components": BUTTONS}, by=ME))
    assert wish("it burns", mine) == VariationIntent("42", "it burns", named=False)
    assert wish(f"<@{ME}> frames of gold", mine) == VariationIntent(
        "42", "frames of gold", named=True
    )
    assert wish("", mine) == HelpReply(HOW_TO)
    assert wish(f"<@{ME}>", mine) == HelpReply(NO_WORDS)
    other = reply_to(payload("<@22> your video is ready.", by=ME))
    assert wish("thanks", other) is None
    assert wish(f"<@{ME}> thanks", other) == HelpReply(WORDS_ONLY)
    # The same buttons under somebody else's message are no video of the bot's.
    theirs = reply_to(payload("", {"components": BUTTONS}, by=BEN))
    assert wish("it burns", theirs) is None


async def test_only_people_in_servers_who_name_the_bot_are_heard() -> None:
    guild = guild_of(message(payload()))

    def meant(parts: Payload | None = None, *, in_a_server: bool = True) -> bool:
        found = message(payload(f"<@{ME}>", {"mentions": [user(ME)]} | (parts or {})))
        found.guild = guild if in_a_server else None
        return is_meant(found, ME)

    assert meant()
    assert meant({"type": 19})
    assert not meant(in_a_server=False)
    assert not meant({"mentions": [user(BEN)]})
    assert not meant({"mentions": [], "mention_everyone": True})
    assert not meant({"author": user(BEN) | {"bot": True}})
    assert not meant({"webhook_id": "9"})
    assert not meant({"type": 6}), "a message of Discord's own"


def test_the_same_is_said_once_a_minute() -> None:
    now = 0.0
    manners = ReplyThrottle(lambda: now)
    assert manners.allows(1, "a")
    assert manners.allows(1, "b")
    assert manners.allows(2, "a")
    assert not manners.allows(1, "a")
    now = 59.0
    assert not manners.allows(2, "a")
    now = 60.0
    assert manners.allows(1, "a")
    assert not manners.allows(1, "a")
