"""The panel of `/pika-mod settings`: each control acts, tells, and shows what counts now."""

import asyncio
from pathlib import Path

from sandbox.discord import Invocation, Message
from sandbox.discord.components import walk
from sandbox.discord.wire import Json, as_objects
from sandbox.render import Renderer
from tests.wire.moderating import (
    choose,
    fill_in,
    moderate,
    panel,
    plain,
    press,
)
from tests.wire.playing import answer, playing, restart


def defaults(message: Message, custom_id: str) -> list[object]:
    """Return the ids that a menu shows as chosen."""
    (menu,) = [one for one in walk(message.components) if one.get("custom_id") == custom_id]
    return [one["id"] for one in as_objects(menu.get("default_values"))]


def typed(opened: Invocation) -> dict[object, object]:
    """Return what a modal is filled in with, by label."""
    assert opened.modal is not None
    labels = as_objects(opened.modal["components"])
    return {one["label"]: field(one).get("value") or "" for one in labels}


def field(label: Json) -> Json:
    (found,) = as_objects([label["component"]])
    return found


async def test_every_control_changes_what_the_panel_shows(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await panel(stage)
        # Each finds its way after a restart, too.
        await restart(stage)

        def shows(words: str) -> bool:
            return words in plain(stage, message.content)

        assert shows("**Open**")
        await press(stage, message, "pause")
        assert shows("✅ this server: open → paused\n⏸️ **Paused**")
        await press(stage, message, "resume")
        assert shows("✅ this server: paused → open\n▶️ **Open**")

        await fill_in(stage, message, "quota", Videos_a_day="3", Dollars_a_day="1.50")
        assert shows("✅ quota: 5 videos a day → 3 videos a day and $1.50 a day")
        assert shows("**Quota** · 3 videos a day and $1.50 a day")
        opened = await press(stage, message, "quota")
        assert typed(opened) == {"Videos a day": "3", "Dollars a day": "1.50"}
        await fill_in(stage, message, "quota", Videos_a_day="Unlimited", Dollars_a_day="")
        assert shows("**Quota** · unlimited videos a day")

        await fill_in(stage, message, "budget", A_day="$5", A_month="")
        assert shows("✅ budget: no limit of its own → $5.00 a day")
        assert shows("**Spent** · today $0.00 of $5.00")
        assert typed(await press(stage, message, "budget")) == {"A day": "5.00", "A month": ""}

        await fill_in(stage, message, "newcomers", Days_in_this_server="7")
        assert shows("**Newcomers** · here for 7 days")
        await fill_in(stage, message, "zone", Time_zone="Asia/Tokyo")
        assert shows("**Time zone** · `UTC`, and `Asia/Tokyo` from {then} on")

        videos, role = stage.discord.channels["videos"], stage.discord.roles["Member"]
        await choose(stage, message, "channels", videos)
        assert shows("✅ where I may be used: everywhere → #videos")
        assert defaults(message, "mod:channels") == [str(videos.id)]
        await choose(stage, message, "channels")
        assert shows("**Where** · everywhere")
        await choose(stage, message, "roles", role)
        assert shows("✅ who may use me: everybody → @Member")
        assert defaults(message, "mod:roles") == [str(role.id)]
        await choose(stage, message, "roles", stage.discord.roles["@everyone"])
        assert shows("**Who may use me** · everybody")

        said = plain(stage, answer(await press(stage, message, "changes")))
        assert said.startswith("{then} @Mo · who may use me: @Member → everybody\n")


async def test_what_is_typed_wrong_is_named_and_changes_nothing(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await panel(stage)
        before = message.content
        for action, label, value in (
            ("quota", "Videos a day", "many"),
            ("quota", "Videos a day", "-1"),
            ("quota", "Dollars a day", "NaN"),
            ("budget", "A day", "5 euros"),
            ("budget", "A month", "1e9"),
            ("newcomers", "Days at Discord", "99999999999"),
            ("zone", "Time zone", "../../etc/passwd"),
            ("zone", "Time zone", ""),
        ):
            opened = await press(stage, message, action)
            sent = await stage.discord.submit_modal(opened, {label: value})
            named = "time_zone" if action == "zone" else label
            assert f"`{named}`" in answer(sent)
        assert message.content == before
        assert await moderate(stage, "audit") == "Nothing was changed here."


async def test_of_two_moderators_the_last_write_wins_and_both_see_it(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        stage.discord.add_member("Mia", roles=[stage.discord.roles["Moderator"]])
        mo, mia = await panel(stage), await panel(stage, "Mia")
        opened = await press(stage, mo, "quota"), await press(stage, mia, "quota", who="Mia")
        await asyncio.gather(
            *(
                stage.discord.submit_modal(one, {"Videos a day": videos})
                for one, videos in zip(opened, ("7", "8"), strict=True)
            )
        )
        told = {plain(stage, one.content).split("\n")[0] for one in (mo, mia)}
        first, last = ("7", "8") if "✅ quota: 5 → 7 videos a day" in told else ("8", "7")
        assert told == {
            f"✅ quota: 5 → {first} videos a day",
            f"✅ quota: {first} → {last} videos a day",
        }
        assert await moderate(stage, "quota") == f"**Quota** · {last} videos a day"


async def test_the_audit_is_turned_page_by_page(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        for videos in range(6, 30):
            await moderate(stage, "quota", videos=videos)
        message = await panel(stage)
        page = (await press(stage, message, "changes")).response_message
        assert page is not None
        seen: list[str] = []
        await restart(stage)
        while True:
            seen += plain(stage, page.content).split("\n")
            labels = [str(one.get("label")) for one in walk(page.components) if one.get("label")]
            if "Older" not in labels:
                break
            await stage.discord.click(stage.discord.members["Mo"], page, "Older")
        assert seen == [
            f"{{then}} @Mo · quota: {videos - 1} → {videos} videos a day"
            for videos in reversed(range(6, 30))
        ]
        await stage.discord.click(stage.discord.members["Mo"], page, "Newest")
        assert plain(stage, page.content).startswith(seen[0])


async def test_a_modal_that_a_restart_forgot_is_opened_again(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await panel(stage)
        opened = await press(stage, message, "quota")
        await restart(stage)
        sent = await stage.discord.submit_modal(opened, {"Videos a day": "1"})
        assert "please open it again" in answer(sent)
        await fill_in(stage, message, "quota", Videos_a_day="2")
        assert "5 → 2 videos a day" in message.content


async def test_a_deleted_channel_or_role_leaves_the_panel_working(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        gone = stage.discord.add_channel("gone")
        message = await panel(stage)
        await choose(stage, message, "channels", gone, stage.discord.channels["videos"])
        stage.discord.delete_channel(gone)
        message = await panel(stage)
        (kept,) = defaults(message, "mod:channels")
        assert kept == str(stage.discord.channels["videos"].id)
