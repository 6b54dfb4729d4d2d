"""The buttons under a finished video, for everybody who may press them and everybody else."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.discord import Message
from sandbox.discord.wire import as_object, as_objects
from sandbox.fal import Timing
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    delivered,
    four_colours,
    jobs,
    ledger,
    logged,
    playing,
    quota,
    restart,
    rows_say,
    seen,
    told,
)
from tests.wire.refining import (
    all_delivered,
    buttons,
    die_and_come_back,
    fill_in,
    found,
    one_video,
    press,
    said,
)

EVERY_BUTTON = ["Again", "Edit", "HQ +$0.25", "Continue", "Details", "Delete"]


@pytest.mark.parametrize("killed", [False, True])
async def test_again_is_the_pressers_own_video(
    tmp_path: Path, renderer: Renderer, killed: bool
) -> None:
    async with playing(tmp_path, renderer, surprised=killed) as stage:
        message = await one_video(stage, "a fox", seed=7)
        assert buttons(message) == EVERY_BUTTON
        if killed:
            await die_and_come_back(stage)
        presses = await asyncio.gather(*(press(stage, message, "Again", "Ben") for _ in range(3)))
        await delivered(stage, 2)
        await stage.discord.wait_for(lambda: sum(bool(one.followups) for one in presses) == 2)
        private = [one for one in presses if one.followups]
        assert "it is [video #2](" in await said(stage, private[0])
        second, first = await jobs(stage)
        assert (second["parent_id"], second["relation"]) == (first["id"], "again")
        assert second["member_id"] == stage.discord.members["Ben"].id
        sent = [post.arguments for post in stage.fal.posts]
        assert len(sent) == 2
        assert sent[0]["seed"] == 7 != sent[1]["seed"]
        assert sent[0] | {"seed": 0} == sent[1] | {"seed": 0}
        assert "1 of 5" in await quota(stage, "Ada")
        assert "1 of 5" in await quota(stage, "Ben")


async def test_edit_begins_with_what_was_asked_for(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await one_video(
            stage, "a  fox", negative_prompt="snow", style="Anime", aspect_ratio="1:1", seed=7
        )
        opened = await press(stage, message, "Edit", "Ben")
        assert opened.modal is not None
        assert opened.modal["title"] == "Edit video #1"
        labels = [label["label"] for label in as_objects(opened.modal["components"])]
        assert labels == [
            "What happens in the video?",
            "What to keep out of it",
            "Model",
            "Seconds",
            "Resolution",
        ]
        fields = [as_object(label["component"]) for label in as_objects(opened.modal["components"])]
        assert [field.get("value") for field in fields[:2]] == ["a fox", "snow"]
        changed = {"What happens in the video?": "a wolf", "Resolution": "1080p"}
        await stage.discord.submit_modal(opened, changed)
        await delivered(stage, 2)
        first, second = (post.arguments for post in stage.fal.posts)
        assert second["prompt"] == str(first["prompt"]).replace("a fox", "a wolf")
        assert "a fox" in str(first["prompt"])
        assert second | {"prompt": "", "resolution": ""} == first | {"prompt": "", "resolution": ""}
        assert second["resolution"] == "1080p"
        (edited, _) = await jobs(stage)
        assert (edited["parent_id"], edited["relation"]) == (1, "edit")
        assert edited["member_id"] == stage.discord.members["Ben"].id


async def test_edit_may_take_things_out(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await one_video(stage, negative_prompt="snow")
        changed = {"What to keep out of it": "", "Model": "Pika 2 Turbo"}
        await fill_in(stage, message, "Edit", changed)
        await delivered(stage, 2)
        assert "snow" in str(stage.fal.posts[0].arguments["negative_prompt"])
        assert "snow" not in str(stage.fal.posts[1].arguments["negative_prompt"])
        assert stage.fal.posts[1].endpoint == "fal-ai/pika/v2/turbo/text-to-video"
        refused = await fill_in(stage, message, "Edit", {"Model": "Pika 2.1", "Seconds": "10"})
        text = await said(stage, refused)
        assert text == "Please pick `duration` with Pika 2.1 from `5`. Nothing was charged."
        # What wasn't changed is the same request a moment ago.
        same = await fill_in(stage, message, "Edit", {})
        assert "it is [video #1](" in await said(stage, same)
        assert len(stage.fal.posts) == 2


async def test_hq_is_the_same_on_the_best_model(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await one_video(stage, "a fox", model="Draft", style="Anime", aspect_ratio="9:16")
        assert "HQ about +$0.25" in buttons(message)
        await press(stage, message, "HQ about +$0.25")
        best = (await delivered(stage, 2))[-1]
        first, second = (post.arguments for post in stage.fal.posts)
        assert stage.fal.posts[1].endpoint == "fal-ai/pika/v2.2/text-to-video"
        assert second == first | {"resolution": "1080p"}
        (hq, _) = await jobs(stage)
        assert (hq["parent_id"], hq["relation"], hq["price"]) == (1, "hq", 450_000)
        assert "$0.45" in best.content
        assert buttons(best) == ["Again", "Edit", "Continue", "Details", "Delete"]


async def test_a_dear_one_is_asked_about_first(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await one_video(stage, "a fox", duration=10)
        assert "HQ about +$0.50" in buttons(message)
        asked = await press(stage, message, "HQ about +$0.50", "Ben")
        assert "**This video costs the server's owner about $0.90**" in await said(stage, asked)
        assert len(stage.fal.posts) == 1
        await die_and_come_back(stage)
        offer = asked.response_message
        assert offer is not None
        await press(stage, offer, "Make it for about $0.90", "Ben")
        await delivered(stage, 2)
        assert stage.fal.posts[1].arguments["resolution"] == "1080p"
        assert stage.fal.posts[1].arguments["seed"] == stage.fal.posts[0].arguments["seed"]


async def test_the_quota_counts_at_the_press(tmp_path: Path, renderer: Renderer) -> None:
    settings = {"PIKA_QUOTA__VIDEOS_PER_DAY": "1"}
    async with playing(tmp_path, renderer, settings) as stage:
        message = await one_video(stage)
        for button in ("Again", "HQ +$0.25"):
            text = await said(stage, await press(stage, message, button))
            assert text.startswith("You've used today's quota of 1 video here")
        refused = await fill_in(stage, message, "Continue", {"What happens next?": "it runs"})
        assert (await said(stage, refused)).startswith("You've used today's quota")
        assert len(await jobs(stage)) == len(stage.fal.posts) == 1


# Deleting


def files(folder: Path) -> set[str]:
    archive = folder / "archive"
    kept = {str(path.relative_to(archive)) for path in archive.rglob("*") if path.is_file()}
    return kept - {".pika-archive"}


async def deleted(stage: Stage, message: Message, who: str) -> str:
    """Press Delete and agree; return what the member is told in the end."""
    asked = await press(stage, message, "Delete", who)
    question = asked.response_message
    assert question is not None
    assert question.ephemeral
    assert question.content.startswith("🗑️ **Delete video #1 for good?**")
    await press(stage, question, "Delete for good", who)
    await found(stage, lambda: question if not question.components else None)
    return question.content


@pytest.mark.parametrize(("who", "by"), [("Ada", "its maker"), ("Mo", "a moderator")])
async def test_delete_takes_it_away_for_good(
    tmp_path: Path, renderer: Renderer, who: str, by: str
) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"prompt": "it moves", "image": four_colours()}
        await stage.discord.invoke(ada, channel, "pika image", options)
        (message,) = await delivered(stage)
        await all_delivered(stage)
        shown = (await stage.discord.invoke(ada, channel, "pika show", {"job": 1})).response_message
        assert shown is not None
        copy = await found(stage, lambda: shown if shown.attachments else None)
        refused = await press(stage, message, "Delete", "Ben")
        assert await said(stage, refused) == (
            "Video #1 isn't yours; its maker and the server's moderators can delete it."
        )
        before = await ledger(stage)
        assert await deleted(stage, copy, who) == f"🗑️ **Video #1 was deleted** by {by}."
        for one in (message, copy):
            assert one.content == f"🗑️ **Video #1 was deleted** by {by}."
            assert not one.attachments
            assert not one.components
        assert files(tmp_path) == set()
        assert await ledger(stage) == before
        (job,) = await jobs(stage)
        assert (job["status"], job["prompt"]) == ("delivered", "it moves")
        again = await stage.discord.invoke(ada, channel, "pika show", {"job": 1})
        assert await said(stage, again) == f"Video #1 is gone: {by} deleted it for good."
        await restart(stage)
        history = await stage.discord.invoke(ada, channel, "pika history")
        assert (await said(stage, history)).startswith("You have no finished videos here yet")


async def test_what_a_kill_leaves_of_a_deletion_is_deleted_at_the_start(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await one_video(stage)
        await stage.bot.stop()
        # As it stands between the row and the file.
        sql(tmp_path / "pika.db", "UPDATE jobs SET deleted_by = 'maker', deleted_at = 1")
        await stage.discord.wait_for(lambda: not stage.discord.bot_online)
        stage.discord.advance(5)
        await stage.bot.start()
        await told(stage, "🗑️ **Video #1 was deleted** by its maker.")
        assert not message.attachments
        await rows_say(stage, lambda rows: rows[0]["erased_at"] is not None)
        assert files(tmp_path) == set()


def sql(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute(statement)


async def test_buttons_of_a_deleted_video_say_so(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        message = await one_video(stage)
        shown = (await stage.discord.invoke(ada, channel, "pika show", {"job": 1})).response_message
        assert shown is not None
        copy = await found(stage, lambda: shown if shown.attachments else None)
        opened = await press(stage, copy, "Continue", "Ben")
        await deleted(stage, message, "Ada")
        for button in ("Again", "HQ +$0.25", "Edit", "Continue"):
            text = await said(stage, await press(stage, copy, button, "Ben"))
            assert text == (
                "Video #1 was deleted by its maker, so nothing more can be made of it;"
                " `/pika text` makes a new one. Nothing was charged."
            )
        late = await stage.discord.submit_modal(opened, {"What happens next?": "it runs"})
        assert "was deleted by its maker" in await said(stage, late)
        assert len(await jobs(stage)) == 1


# What isn't there any more


async def test_a_picture_that_is_no_longer_kept(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"prompt": "it moves", "image": four_colours()}
        await stage.discord.invoke(ada, channel, "pika image", options)
        (message,) = await delivered(stage)
        for path in (tmp_path / "archive" / "inputs").rglob("*.jpg"):
            path.unlink()
        for button in ("Again", "HQ +$0.25", "Edit"):
            text = await said(stage, await press(stage, message, button))
            assert text == (
                "The picture that #1 was made from is no longer kept; please send it again."
                " Nothing was charged."
            )
        await fill_in(stage, message, "Continue", {"What happens next?": "it runs"})
        await delivered(stage, 2)


async def test_a_model_that_was_switched_off(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await one_video(stage, model="Pika 2 Turbo")
        assert await stage.bot.stop() == 0
        models = tmp_path / "models.toml"
        shipped = (Path(__file__).parents[2] / "models.toml").read_text()
        kept = [part for part in shipped.split("[[models]]")[1:] if "turbo" not in part]
        models.write_text("".join(f"[[models]]{part}" for part in kept if "image" not in part))
        stage.bot.environment["PIKA_MODELS__PATH"] = str(models)
        await stage.discord.wait_for(lambda: not stage.discord.bot_online)
        stage.discord.advance(5)
        await stage.bot.start()
        await stage.discord.wait_ready()
        text = await said(stage, await press(stage, message, "Again"))
        assert text.startswith("The model of that video is no longer offered")
        text = await said(stage, await press(stage, message, "Continue"))
        assert text.startswith("This bot's owner has switched that kind of video off")
        # Edit offers what there is, HQ is made with what there is.
        await press(stage, message, "HQ about +$0.25")
        edited = await fill_in(stage, message, "Edit", {"What happens in the video?": "a wolf"})
        assert not edited.failed
        await delivered(stage, 3)
        assert {post.endpoint for post in stage.fal.posts[1:]} == {"fal-ai/pika/v2.2/text-to-video"}


async def test_a_modal_that_was_opened_before_a_restart(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await one_video(stage)
        opened = [await press(stage, message, button) for button in ("Edit", "Continue")]
        await die_and_come_back(stage)
        for one, values in zip(opened, ({}, {"What happens next?": "it runs"}), strict=True):
            late = await stage.discord.submit_modal(one, values)
            assert await said(stage, late) == (
                "I was restarted while you were typing; please open it again. Nothing was charged."
            )
        await logged(stage, "connected")
        assert len(await jobs(stage)) == 1


async def test_sent_by_an_earlier_version(tmp_path: Path, renderer: Renderer) -> None:
    """A message with *Make another* and one with *Details* alone are what 0.1.0 sent."""
    async with playing(tmp_path, renderer, timing=Timing(run_seconds=1)) as stage:
        await one_video(stage)
        refused = await stage.discord.invoke(
            stage.discord.members["Ada"],
            stage.discord.channels["videos"],
            "pika text",
            {"prompt": "a fox"},
        )
        await said(stage, refused)
        message = refused.followups[-1] if refused.followups else refused.response_message
        assert message is not None
        assert buttons(message) == ["Make another"]
        await press(stage, message, "Make another")
        await delivered(stage, 2)
        assert len([one for one in seen(stage) if one.attachments]) == 2


async def test_a_video_of_another_server(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await one_video(stage)
        assert await stage.bot.stop() == 0
        sql(tmp_path / "pika.db", "UPDATE jobs SET guild_id = 1")
        await stage.discord.wait_for(lambda: not stage.discord.bot_online)
        stage.discord.advance(5)
        await stage.bot.start()
        await stage.discord.wait_ready()
        for button in ("Again", "Edit", "HQ +$0.25", "Continue"):
            assert await said(stage, await press(stage, message, button)) == (
                "There is no video #1 here any more; `/pika history` shows yours. Nothing was"
                " charged."
            )
        for button in ("Details", "Delete"):
            text = await said(stage, await press(stage, message, button))
            assert text == "There is no video #1 here any more."
        assert len(await jobs(stage)) == 1


async def test_edit_offers_what_the_kind_has(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"image": four_colours(), "effect": "Melt"}
        await stage.discord.invoke(ada, channel, "pika effect", options)
        (message,) = await delivered(stage)
        # There is one model, and it has no resolutions.
        assert buttons(message) == ["Again", "Edit", "Continue", "Details", "Delete"]
        await fill_in(stage, message, "Edit", {"Effect": "Inflate"})
        await delivered(stage, 2)
        first, second = (post.arguments for post in stage.fal.posts)
        assert (first["pikaffect"], second["pikaffect"]) == ("Melt", "Inflate")
        assert "prompt" not in first or first["prompt"] == second["prompt"]
