"""`/pika-mod`: each command says what it changed from and to, and it stands in the audit."""

import re
from pathlib import Path

from sandbox.discord.forms import OptionValue
from sandbox.discord.permissions import Permission
from sandbox.fal import Timing
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.moderating import commands, member, moderate, panel, plain, send
from tests.wire.playing import answer, ask, delivered, playing, restart, told

HOSTILE = "@everyone **bold** [free](https://a.example) ` <t:0:R>"
Told = tuple[str, dict[str, OptionValue], str]


def every_change(stage: Stage) -> list[Told]:
    """Return changes by every command, in the order they are made, and what is answered."""
    ada, ben = member(stage, "Ada"), member(stage, "Ben")
    role, everyone = stage.discord.roles["Member"], stage.discord.roles["@everyone"]
    channel = stage.discord.channels["videos"]
    best = "goes on when a budget is nearly used up"
    return [
        ("quota", {"videos": 3}, "quota: 5 → 3 videos a day"),
        ("quota", {"usd": 1.5}, "quota: 3 videos a day → 3 videos a day and $1.50 a day"),
        ("quota", {"remove": True}, "quota: 3 videos a day and $1.50 a day → 5 videos a day"),
        (
            "quota",
            {"role": role, "unlimited": True},
            "quota of @Member: nothing of its own → unlimited videos a day",
        ),
        (
            "quota",
            {"role": role, "videos": 9},
            "quota of @Member: unlimited → 9 videos a day",
        ),
        ("quota", {"role": everyone, "videos": 4}, "quota: 5 → 4 videos a day"),
        ("quota", {"member": ada, "videos": 1}, "quota of @Ada: nothing of its own → 1 video a day"),
        (
            "quota",
            {"member": ada, "grant": 3, "reason": "won", "days": 7},
            "bonus of @Ada: 0 videos → 3 videos (+3 until {then}: `won`)",
        ),
        ("budget", {"day": 5, "month": 50}, "budget: no limit of its own → $5.00 a day and $50.00 a month"),
        ("budget", {"remove": "month"}, "budget: $5.00 a day and $50.00 a month → $5.00 a day"),
        ("budget", {"remove": "both"}, "budget: $5.00 a day → no limit of its own"),
        (
            "roles",
            {"role": role, "resolution": "1080p", "seconds": 5, "priority": True},
            f"what @Member may ask for: nothing of its own → up to 1080p, up to 5 s; {best}",
        ),
        (
            "roles",
            {"role": role, "resolution": "any", "seconds": 0, "models": "draft,pika 2.2"},
            f"what @Member may ask for: up to 1080p, up to 5 s; {best} → with Pika 2.2 or `Draft`; {best}",
        ),
        ("roles", {"role": role, "may_use": True}, "who may use me: everybody → @Member"),
        ("roles", {"role": everyone, "resolution": "720p"}, "what everybody may ask for: everything → up to 720p"),
        ("channels", {"add": channel}, "where I may be used: everywhere → #videos"),
        ("channels", {"remove": channel}, "where I may be used: #videos → everywhere"),
        ("block", {"member": ben, "reason": "spam"}, "@Ben: may make videos → blocked: `spam`"),
        ("unblock", {"member": ben}, "@Ben: blocked: `spam` → may make videos"),
        ("pause", {}, "this server: open → paused"),
        ("resume", {}, "this server: paused → open"),
        (
            "settings",
            {"time_zone": "europe/berlin"},
            "time zone: `UTC` → `UTC`, and `Europe/Berlin` from {then} on",
        ),
        (
            "settings",
            {"account_days": 30, "member_days": 1},
            "newcomers: welcome at once → at Discord for 30 days and here for 1 day",
        ),
        ("settings", {"models": "Draft"}, "what everybody may ask for: up to 720p → up to 720p, with `Draft`"),
    ]  # fmt: skip


async def test_each_change_is_told_and_stands_in_the_audit(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        changes = every_change(stage)
        for command, options, words in changes:
            said = plain(stage, await moderate(stage, command, **options))
            assert said == f"✅ {words}"
            again = plain(stage, await moderate(stage, command, **options))
            if "grant" not in options:
                assert again.startswith("Nothing changed"), again
        await restart(stage)
        page = plain(stage, await moderate(stage, "audit")).split("\n")
        for line, (_, _, words) in zip(page, reversed(changes), strict=False):
            assert line == f"{{then}} @Mo · {words}"
        assert len(page) == 10
        named = {command for command, _, _ in changes}
        assert named == set(commands(stage)) - {"audit"}


async def test_commands_alone_show_what_counts(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        role = stage.discord.roles["Member"]
        await moderate(stage, "quota", role=role, videos=9)
        await moderate(stage, "quota", member=member(stage, "Ada"), videos=1)
        await moderate(stage, "roles", role=role, resolution="1080p")
        await moderate(stage, "channels", add=stage.discord.channels["videos"])
        await moderate(stage, "budget", day=2)

        async def shown(command: str, **options: OptionValue) -> str:
            return plain(stage, await moderate(stage, command, **options))

        assert await shown("quota") == (
            "**Quota** · 5 videos a day\n- @Member: 9 videos a day\n- @Ada: 1 video a day"
        )
        assert await shown("quota", role=role) == "**Quota of** @Member · 9 videos a day"
        ada = member(stage, "Ada")
        assert await shown("quota", member=ada) == "**Quota of** @Ada · 1 video a day"
        assert await shown("roles") == (
            "**Who may use me** · everybody\n**Everybody may ask for** · everything\n"
            "- @Member: 9 videos a day; up to 1080p"
        )
        assert await shown("roles", role=role) == "- @Member: 9 videos a day; up to 1080p"
        assert await shown("channels") == "**Where I may be used** · #videos"
        assert await shown("budget") == (
            "**Spent** · today $0.00 of $2.00, anew {then} · this month $0.00, no limit, anew {then}"
        )


REFUSED: list[tuple[str, dict[str, OptionValue], str]] = [
    ("quota", {"grant": 3}, "`member`"),
    ("quota", {"reset": True}, "`member`"),
    ("quota", {"reason": "why"}, "`grant`"),
    ("quota", {"videos": 3, "unlimited": True}, "`unlimited`"),
    ("quota", {"videos": 3, "reset": True}, "one thing at a time"),
    ("quota", {"videos": 11}, "at most 10 videos a day"),
    ("quota", {"unlimited": True}, "at most 10 videos a day"),
    ("quota", {"usd": 0.1234567}, "`usd`"),
    ("budget", {"day": 21}, "at most $20.00 a day"),
    ("budget", {"month": 301}, "at most $300.00 a month"),
    ("budget", {"day": 1, "remove": "day"}, "`remove`"),
    ("roles", {"resolution": "720p"}, "`role`"),
    ("settings", {"time_zone": "Mars/Olympus"}, "`time_zone`"),
    ("settings", {"models": "Sora"}, "`models`"),
    ("settings", {"models": " , "}, "`models`"),
    ("settings", {"models": "Sora", "account_days": 3}, "`models`"),
]
CEILINGS = {
    "PIKA_QUOTA__MOST_VIDEOS_PER_DAY": "10",
    "PIKA_BUDGET__SERVER_USD_PER_DAY": "20",
    "PIKA_BUDGET__SERVER_USD_PER_MONTH": "300",
}


async def test_bad_input_is_named_and_changes_nothing(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, CEILINGS) as stage:
        role, ada = stage.discord.roles["Member"], member(stage, "Ada")
        everyone = stage.discord.roles["@everyone"]
        refused = [
            *REFUSED,
            ("quota", {"role": role, "member": ada, "videos": 1}, "`role` or `member`"),
            ("roles", {"role": role, "remove": True, "priority": True}, "`remove`"),
            ("roles", {"role": everyone, "priority": True}, "@everyone"),
            ("channels", {"remove": stage.discord.channels["videos"], "clear": True}, "`clear`"),
        ]
        for command, options, words in refused:
            said = await moderate(stage, command, **options)
            assert words in said, said
            assert re.fullmatch(r"[^\n]+\.", said), said
            assert "charged" not in said
        assert await moderate(stage, "audit") == "Nothing was changed here."


async def test_no_more_channels_than_a_menu_takes(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        for number in range(25):
            channel = stage.discord.add_channel(f"place-{number}")
            await moderate(stage, "channels", add=channel)
        one_more = await moderate(stage, "channels", add=stage.discord.add_channel("one-more"))
        assert one_more.startswith("Please name at most 25 channels")
        assert len((await panel(stage)).content) <= 2000
        assert "everywhere" in await moderate(stage, "channels", clear=True)


async def test_names_and_reasons_neither_ping_nor_format(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        role = stage.discord.add_role(HOSTILE, Permission.NONE)
        channel = stage.discord.add_channel(HOSTILE)
        ben = member(stage, "Ben")
        for command, options in (
            ("roles", {"role": role, "may_use": True, "priority": True}),
            ("quota", {"role": role, "videos": 9}),
            ("channels", {"add": channel}),
            ("quota", {"member": ben, "grant": 1, "reason": HOSTILE}),
            ("block", {"member": ben, "reason": HOSTILE}),
            ("settings", {}),
            ("audit", {}),
        ):
            message = (await send(stage, command, **options)).response_message
            assert message is not None
            assert not message.pinged
            assert not message.mentions_everyone
            formatted = re.sub("`[^`]*`", "", message.content)
            for words in ("@everyone", "free", "https", "bold"):
                assert words not in formatted, message.content


async def test_a_pause_and_a_block_stop_what_is_new_only(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, timing=Timing(run_seconds=1)) as stage:
        await ask(stage)
        await ask(stage, "a crow", who="Ben")
        for words in ("#1", "#2"):
            await told(stage, words)
        await moderate(stage, "pause")
        assert "paused me" in answer(await ask(stage, "another fox"))
        await moderate(stage, "resume")
        await moderate(stage, "block", member=member(stage, "Ben"))
        assert "don't let you" in answer(await ask(stage, "another crow", who="Ben"))
        await delivered(stage, 2)
        await ask(stage, "one more fox")
        await told(stage, "one more fox")


async def test_what_may_be_completed(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:

        async def offered(
            option: str, typed: str, command: str = "pika-mod settings", who: str = "Mo"
        ) -> list[object]:
            choices = await stage.discord.autocomplete(
                member(stage, who),
                stage.discord.channels["general"],
                command,
                {option: typed},
                focused=option,
            )
            return [choice["value"] for choice in choices]

        everything = await offered("model", "", "pika text", "Ada")

        assert await offered("time_zone", "new york") == ["America/New_York"]
        assert "UTC" in await offered("time_zone", "utc")
        assert len(await offered("time_zone", "")) == 25
        assert await offered("models", "dr") == ["Draft"]
        assert "any" in await offered("models", "")
        second = await offered("models", "Draft, pika 2.2")
        assert second == ["Draft, Pika 2.2"]
        said = await moderate(stage, "settings", models=str(second[0]))
        assert said.endswith("with Pika 2.2 or `Draft`")
        # Members are offered what they may use, and no more.
        left = await offered("model", "", "pika text", "Ada")
        assert left == ["Pika 2.2", "Pika 2 Turbo", "Draft"]
        assert set(left) < set(everything)
        await moderate(stage, "settings", models="Pikascenes 2.2")
        assert await offered("model", "", "pika text", "Ada") == []
        assert await offered("model", "", "pika scenes", "Ada") == ["Pikascenes 2.2", "Draft"]
