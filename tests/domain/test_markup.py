"""Discord's markup becomes the words that it stands for."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.markup import (
    NO_NAMES,
    Names,
    between_bars,
    is_covered,
    read_markup,
    without_bars,
)
from bot.domain.options import Options
from bot.domain.text import clean

ID = "812345678901234567"
NAMES = Names(
    members={401: "Ada", int(ID): "Grace <3"},
    roles={402: "Knights"},
    channels={403: "general", int(ID): "plans"},
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"my cat <:catjam:{ID}> sleeps", "my cat catjam sleeps"),
        (f"<a:wave_2:{ID}><:wave:{ID}>", "wave_2 wave"),
        (f"cats<:a:{ID}>dogs", "cats a dogs"),
        ("a portrait of <@401> laughing", "a portrait of Ada laughing"),
        ("a portrait of <@!401>, laughing", "a portrait of Ada, laughing"),
        ("a portrait of <@9> laughing", "a portrait of laughing"),
        (f"<@{ID}>", "Grace 3"),
        ("<@&402> and <@&9>", "Knights and"),
        ("in <#403> and <#9>", "in #general and"),
        (f"</pika text:{ID}> </a b c:0>", "/pika text /a b c"),
        ("<t:1618953630>", "April 20, 2021 at 21:20 UTC"),
        ("<t:1618953630:t>", "21:20 UTC"),
        ("<t:1618953630:T>", "21:20:30 UTC"),
        ("<t:1618953630:d>", "20/04/2021"),
        ("<t:1618953630:D>", "April 20, 2021"),
        ("<t:1618953630:F>", "Tuesday, April 20, 2021 at 21:20 UTC"),
        ("<t:1618953630:s>", "20/04/2021, 21:20 UTC"),
        ("<t:1618953630:S>", "20/04/2021, 21:20:30 UTC"),
        ("<t:-1:R>", "December 31, 1969 at 23:59 UTC"),
        ("<t:99999999999999999:F>", ""),
        ("<id:customize>, <id:browse>", "Channels & Roles, Browse Channels"),
        (
            f"<id:guide> <id:linked-roles> <id:linked-roles:{ID}>",
            "Server Guide Linked Roles Linked Roles",
        ),
        (f"a <sound:0:{ID}> b <@${ID}> c", "a b c"),
        ("see <https://example.org/a?b=1>", "see https://example.org/a?b=1"),
        # Other forms, of tomorrow.
        (f"a <new-thing:{ID}:x> b", "a b"),
        # Links to what has an id: Discord's apps show a name.
        (f"as in https://discord.com/channels/{ID}/{ID}/{ID} here", "as in #plans here"),
        (f"as in <https://ptb.discord.com/channels/{ID}/403>", "as in #general"),
        (f"https://discordapp.com/users/{ID} runs", "runs"),
        (f"https://cdn.discordapp.com/attachments/{ID}/{ID}/a.png?ex=1 runs", "runs"),
        (f"https://discord.com:443/channels/{ID}/{ID} here", "#plans here"),
        (f"https://a:b@DISCORD.com/channels/{ID}/403 here", "#general here"),
        (f"https://canary.discord.com./users/{ID} runs", "runs"),
        (f"https://discord\u3002com/users/{ID} and http://discord.com\\users\\{ID} run", "and run"),
        (f"https://media.discordapp.net?a={ID} runs", "runs"),
        # What isn't Discord's stays.
        (f"https://discord.com@example.org/{ID}", f"https://discord.com@example.org/{ID}"),
        (f"https://notdiscord.com/{ID}", f"https://notdiscord.com/{ID}"),
        (f"https://[/{ID}", f"https://[/{ID}"),
        ("I <3 you", "I <3 you"),
        ("a < b > c <> <<x>>", "a < b > c <> <<x>>"),
        ("a <b> <i:j> <5:6> <#tag> <@home>", "a <b> <i:j> <5:6> <#tag> <@home>"),
        ("123456789012345678 sheep", "123456789012345678 sheep"),
        ("https://example.org/123456789012345678", "https://example.org/123456789012345678"),
        ("@everyone **bold** `code`", "@everyone **bold** `code`"),
        # Hidden in one another.
        ("<@<@9>401>", "Ada"),
        (f"<@4\u200b0\u20601> <@\u200d{ID}>", "Ada Grace 3"),
        (f"<@https://discord.com/channels/1/{ID[:-1]}9401>", ""),
    ],
)
def test_markup_becomes_words(text: str, words: str):
    assert clean(text, NAMES) == words


IDS = st.integers(10**16, 2**64 - 1)
WRITTEN = [
    *("<@{}>", "<@!{}>", "<@&{}>", "<#{}>", "<:cat:{}>", "<a:cat:{}>", "</pika text:{}>"),
    *("<id:linked-roles:{}>", "<sound:{0}:{0}>", "<@${}>", "<odd thing:{}>", "<{}>"),
    *("https://discord.com/channels/{0}/{0}/{0}", "<https://discord.com/users/{}>"),
]


def written(form: str, number: int) -> str:
    return form.format(number)


FORMS = st.builds(written, st.sampled_from(WRITTEN), IDS)
# Never digits or signs of a link alone: those would be the member's own words.
PIECES = FORMS | st.sampled_from(
    ["a", " ", "<", ">", "<@", ":", "||", "#", "\u200b", "\u0301", "\n"]
)
names_of_anything = st.builds(
    Names, *[st.dictionaries(IDS, st.text("ab<>@#:|/ ", max_size=9), max_size=3)] * 3
)


@given(st.lists(PIECES, max_size=9), names_of_anything)
@example(["<@", "<@812345678901234567>", "812345678901234567>"], NO_NAMES)
def test_no_id_is_left_of_any_form(pieces: list[str], names: Names):
    cleaned = clean("".join(pieces), names)
    assert not re.search("[0-9]{15}", cleaned)
    assert clean(cleaned) == cleaned


@given(st.text("<>@#:0123456789abt/ ", max_size=60), names_of_anything)
def test_reading_comes_to_an_end(text: str, names: Names):
    read = read_markup(text, names)
    assert read_markup(read) == read


def test_names_go_into_every_text_that_members_type():
    texts = {
        name: f"<@401> {name}"
        for name in ("prompt", "negative_prompt", "transitions", "modify_region")
    }
    read = Options.of({**texts, "style": "<@401>", "seed": 401}).read(NAMES)
    assert read.chosen() == {name: f"Ada {name}" for name in texts} | {
        "style": "<@401>",
        "seed": 401,
    }


def test_spoiler_bars():
    assert is_covered("the butler ||did\nit||")
    assert without_bars("the ||butler|| ||did it||") == "the butler did it"
    for text in ("a || b", "||||", "a | b | c"):
        assert not is_covered(text)
        assert without_bars(text) == text


@given(st.text("|a` ", max_size=40))
@example("||||butler|| did")
@example("a ||b||| c|")
def test_no_bars_remain_inside_a_spoiler(text: str):
    covered = between_bars(text)
    assert covered.startswith("||")
    assert covered.endswith("||")
    assert "||" not in covered[2:-2]
    if is_covered(text):
        assert "||" not in without_bars(text)
