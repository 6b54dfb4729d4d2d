"""What a member types neither pings, formats nor links, and reaches fal cleaned."""

import re
from pathlib import Path

from sandbox.render import Renderer
from tests.wire.playing import answer, ask, delivered, playing, seen

HOSTILE = (
    "@everyone @here <@{mo}> <@&{role}> <#{channel}> **bold** __under__ || `code` ```block``` "
    "[click](https://evil.example) https://evil.example discord.gg/abc <t:0:R> </pika text:1> "
    "\u202edesrever\u202c zero\u200bwidth\u2060 \U000e0041tag \x00\x1b[31m\n# heading\n> quote\n-# small"
)


async def test_a_prompt_full_of_mentions_and_markup(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        prompt = HOSTILE.format(
            mo=discord.members["Mo"].id,
            role=discord.roles["Moderator"].id,
            channel=discord.channels["videos"].id,
        )
        await ask(stage, prompt)
        (message,) = await delivered(stage)
        for posted in seen(stage):
            assert not posted.mentions_everyone
            assert posted.pinged <= {discord.members["Ada"].id}
        line = message.content.split("\n")[0]
        assert re.fullmatch(r"> `[^`\n]+`", line), line
        sent = str(stage.fal.posts[0].arguments["prompt"]).split("\n")
        assert sent[0] == (
            "@everyone @here Moderator #videos **bold** __under__ || `code` ```block``` "
            "[click](https://evil.example) https://evil.example discord.gg/abc January 1, 1970 at "
            "00:00 UTC /pika text desrever zerowidth tag [31m # heading > quote -# small"
        )
        details = answer(await discord.click(discord.members["Ada"], message, "Details"))
        assert re.sub(r"`[^`\n]*`", "", details).count("`") == 0


async def test_an_empty_prompt_is_refused_before_anything_is_taken(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        refused = answer(await ask(stage, "\u200b \u202e"))
        assert refused == "Please describe the video in `prompt`. Nothing was charged."
        refused = answer(await ask(stage, "x" * 1001))
        assert refused.startswith("Please shorten `prompt` to 1000 characters (it has 1001).")
        refused = answer(await ask(stage, "fine", style="Baroque"))
        assert refused.startswith("Please pick `style` from the list: Cinematic, ")
        assert not stage.fal.posts
