"""A kill before and after each call of moderation: a change is made whole, or not at all."""

from pathlib import Path

import pytest

from sandbox.discord.forms import OptionValue
from sandbox.render import Renderer
from tests.crash.test_rare_moments import BOTH, begin, crashing, die
from tests.wire.moderating import member, moderate, plain
from tests.wire.playing import ask, delivered

CHANGES: list[tuple[str, str, dict[str, OptionValue], str]] = [
    ("rulebook.change_server", "quota", {"videos": 3}, "quota: 5 → 3 videos a day"),
    (
        "rulebook.change_role",
        "roles",
        {"role": "Member", "resolution": "720p"},
        "what @Member may ask for: nothing of its own → up to 720p",
    ),
    ("rulebook.change_member", "block", {"member": "Ben"}, "@Ben: may make videos → blocked"),
    ("rulebook.grant", "quota", {"member": "Ada", "grant": 2}, "bonus of @Ada: "),
    ("rulebook.reset", "quota", {"member": "Ada", "reset": True}, "today's count of @Ada: "),
]
LOOKS: list[tuple[str, str, dict[str, OptionValue], str]] = [
    ("rulebook.all_rules", "settings", {}, "**Open**"),
    ("rulebook.audit", "audit", {}, "Nothing was changed here."),
    ("rulebook.rules", "quota", {"member": "Ada"}, "nothing of its own"),
    ("spending.taken", "budget", {}, "today $0.20, no limit"),
]


@pytest.mark.parametrize(("call", "command", "options", "words"), [*CHANGES, *LOOKS])
@BOTH
async def test_moderating(
    tmp_path: Path,
    renderer: Renderer,
    call: str,
    command: str,
    options: dict[str, OptionValue],
    words: str,
    when: str,
) -> None:
    async with crashing(tmp_path, renderer) as stage:
        discord = stage.discord
        await ask(stage)
        await delivered(stage)
        world = {"role": discord.roles, "member": discord.members}
        given = {
            name: world[name][str(value)] if name in world else value
            for name, value in options.items()
        }
        await begin(stage, call, when)
        channel = discord.channels["general"]
        mo = member(stage, "Mo")
        await discord.invoke(mo, channel, f"pika-mod {command}", given, wait=False)
        await die(stage)
        is_change = (call, command, options, words) in CHANGES
        changes = plain(stage, await moderate(stage, "audit"))
        assert changes.count(words) == (is_change and when == "after") or not is_change
        said = plain(stage, await moderate(stage, command, **given))
        if is_change:
            assert words in plain(stage, await moderate(stage, "audit"))
        else:
            assert words in said
