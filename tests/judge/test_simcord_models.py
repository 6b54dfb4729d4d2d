"""simcord judges what came with the other models: choices from memory, and a price agreed to."""

import simcord

from sandbox.fal import FalServer
from tests.judge.simcord_harness import Program, Scene, judging, latest, private, set_up

DEAR = {"resolution": "1080p", "duration": 10}


async def offered(scene: Scene) -> simcord.InteractionResult:
    asked = await scene.ada.slash(scene.channel, "pika text", prompt="a train", **DEAR)
    assert private(asked).startswith("💰 **This video costs the server's owner about $0.90**")
    return asked


async def test_autocomplete_of_effects_and_models(program: Program) -> None:
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)
        for command, option, typed, names in (
            ("effect", "effect", "me", ["Melt"]),
            ("text", "model", "2", ["Pika 2.2", "Pika 2.1", "Pika 2 Turbo"]),
            ("scenes", "model", "", ["Pikascenes 2.2", "Draft"]),
            ("scenes", "camera", "orb", ["Orbit"]),
            ("frames", "style", "clay", ["Clay"]),
            ("swap", "model", "swaps", ["Pikaswaps 2"]),
            ("add", "model", "add", ["Pikadditions 2"]),
            ("settings", "motion", "slow", ["Slow motion"]),
            ("settings", "model", "turbo", ["Pika 2 Turbo"]),
        ):
            choices = await scene.ada.autocomplete(scene.channel, f"pika {command}", option, typed)
            assert [choice["name"] for choice in choices] == names, (command, option)


async def test_models_and_settings_are_private(program: Program) -> None:
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)
        models = private(await scene.ada.slash(scene.channel, "pika models"))
        assert "- Pikaswaps 2: $0.465" in models
        kept = private(await scene.ada.slash(scene.channel, "pika settings", style="Noir"))
        assert kept.endswith("**style** `Noir`")


async def test_a_price_is_agreed_to_once(program: Program, fal: FalServer) -> None:
    program.settings["PIKA_QUOTA__VIDEOS_PER_DAY"] = "2"
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)
        asked = await offered(scene)
        assert asked.response is not None
        offer = asked.response.message
        agreed = await scene.ada.click(offer, label="Make it for about $0.90")
        assert private(asked) == "✅ Agreed."
        assert not asked.response.message.components
        assert "counts as 2 · #1" in latest(scene)
        assert agreed.followups
        assert not fal.posts, "no dispatcher runs here"


async def test_a_price_is_declined(program: Program) -> None:
    program.settings["PIKA_QUOTA__VIDEOS_PER_DAY"] = "2"
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)
        asked = await offered(scene)
        assert asked.response is not None
        await scene.ada.click(asked.response.message, label="Don't")
        assert private(asked) == "👍 Not made. Nothing was charged."
        assert not asked.response.message.components
        quota = private(await scene.ada.slash(scene.channel, "pika quota"))
        assert quota.startswith("You've used **0 of 2** videos here today")
