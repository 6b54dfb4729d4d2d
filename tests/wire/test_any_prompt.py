"""Whatever a member types: cleaned for fal, harmless in Discord, all the way over the sockets."""

import asyncio
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.domain.markup import without_bars
from bot.domain.text import clean
from sandbox.render import Renderer
from tests.wire.playing import ask, delivered, jobs, playing, seen


def words_of(prompt: str) -> str:
    """Return the words that fal gets of a prompt."""
    return without_bars(clean(prompt))


PIECES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "@everyone",
            "<@1>",
            "<@&2>",
            "<#3>",
            "<:cat:812345678901234567>",
            "```",
            "`",
            "``x``",
            "||",
            "**",
            "https://evil.example",
            "discord.gg/x",
            "<t:0:R>",
            "\u202e",
            "\u200b",
        ]
    ),
    st.sampled_from(["# ", "\n> ", "-# ", "</pika text:1>"]),
)
PROMPTS = st.lists(PIECES, min_size=1, max_size=8).map("".join).filter(words_of)
MANY = {"PIKA_QUOTA__VIDEOS_PER_DAY": "1000", "PIKA_FAL__CONCURRENCY": "8"}


@pytest.mark.timeout(300)
@settings(
    max_examples=1,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
# The same words twice are the same request, and one video.
@given(st.lists(PROMPTS, min_size=12, max_size=16, unique_by=words_of))
def test_any_prompt(renderer: Renderer, prompts: list[str]) -> None:
    asyncio.run(play(renderer, prompts))


async def play(renderer: Renderer, prompts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with playing(Path(folder), renderer, MANY) as stage:
            stage.fal.timing.concurrency = 8
            # One channel takes an edit a second: dozens of videos would take minutes.
            await asyncio.gather(*(ask(stage, prompt) for prompt in prompts))
            await delivered(stage, len(prompts))
            ada = stage.discord.members["Ada"]
            for message in seen(stage):
                assert message.pinged <= {ada.id}
                assert not message.mentions_everyone
                if message.attachments:
                    first = message.content.split("\n")[0]
                    assert re.fullmatch(r"> (\|\||)`[^`\r\n]+`\1", first)
            sent = [str(post.arguments["prompt"]).split("\n") for post in stage.fal.posts]
            assert {len(lines) for lines in sent} == {3}, "the blocks around the slot"
            assert sorted(lines[0] for lines in sent) == sorted(map(words_of, prompts))
            assert {job["status"] for job in await jobs(stage)} == {"delivered"}
