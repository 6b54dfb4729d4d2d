"""docs/moderators.md: each example is run, in order, and answered as it stands there."""

import re
from pathlib import Path

from sandbox.bot_process import CHECKOUT
from sandbox.discord.forms import OptionValue
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import as_integer, as_text
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.moderating import commands, moderate, plain
from tests.wire.playing import playing

PAGE = CHECKOUT / "docs" / "moderators.md"
EXAMPLE = re.compile(
    r"```text\n/pika-mod (?P<command>\S+)(?P<options>[^\n]*)\n(?P<said>.+?)\n```", re.DOTALL
)
OPTION = re.compile(r"(?P<name>\w+):(?P<value>.+?)(?= \w+:|$)")


def option(stage: Stage, command: str, name: str, text: str) -> OptionValue:
    """Return what a member's client makes of an option as it is written."""
    world = stage.discord
    (found,) = [one for one in commands(stage)[command] if as_text(one["name"]) == name]
    if text.startswith("#"):
        return world.channels[text[1:]]
    if text.startswith("@"):
        return {**world.members, **world.roles}.get(text[1:]) or world.roles[text]
    match as_integer(found["type"]):
        case 4:
            return int(text)
        case 5:
            return text == "True"
        case 10:
            return float(text)
        case _:
            return text


async def test_the_page_tells_the_truth(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        stage.discord.add_role("Supporter", Permission.NONE)
        examples = list(EXAMPLE.finditer(PAGE.read_text()))
        for one in examples:
            options = {
                found["name"]: option(stage, one["command"], found["name"], found["value"])
                for found in OPTION.finditer(one["options"])
            }
            said = plain(stage, await moderate(stage, one["command"], **options))
            assert said.replace("{then}", "…") == one["said"], one[0]
        assert {one["command"] for one in examples} == set(commands(stage))
        for name, options in commands(stage).items():
            unnamed = [as_text(one["name"]) for one in options]
            missing = [word for word in unnamed if f"`{word}`" not in PAGE.read_text()]
            assert missing == [], name
