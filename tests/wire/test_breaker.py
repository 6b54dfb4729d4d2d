"""When fal takes no videos the line waits, is told why, and goes on by itself."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from sandbox.fal import Answer, Delay, Drop, Fault
from sandbox.fal.errors import JsonObject
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    TEXT,
    answer,
    ask,
    come_back,
    delivered,
    four_colours,
    jobs,
    logged,
    playing,
    quota,
    restart,
    seen,
    told,
)

IMAGE = "fal-ai/pika/v2.2/image-to-video"
PRICE = 200_000
PACE = {"PIKA_FAL__RETRY_LONGEST_SECONDS": "0.5", "PIKA_FAL__CONCURRENCY": "3"}
OWNERS = "⏸️ **Paused** · the bot's account at fal needs its owner; your place is kept."
LOCKED = "fal says that the account is locked"
NO_KEY: JsonObject = {"detail": "No user found for Key ID and Secret"}


def owner_told(stage: Stage) -> list[str]:
    return [m.content for m in stage.discord.direct_messages(stage.discord.members["Olive"])]


async def posts(stage: Stage, count: int) -> None:
    """Wait until so many POSTs have been answered."""
    await stage.fal.wait_for(
        lambda: len([post for post in stage.fal.posts if post.status is not None]) >= count
    )


async def paused(stage: Stage, count: int, words: str = OWNERS) -> None:
    """Wait until so many members' messages say why they wait."""
    await stage.discord.wait_for(
        lambda: str([m.content for m in seen(stage)]).count(words) >= count
    )


async def listed(stage: Stage) -> str:
    ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
    return answer(await stage.discord.invoke(ada, channel, "pika jobs"))


def sent_once(stage: Stage, count: int) -> bool:
    """Say whether each of so many prompts was taken exactly once."""
    taken = [str(post.arguments["prompt"]) for post in stage.fal.posts if post.status == 200]
    return len(taken) == len(set(taken)) == count


async def test_topping_up_lets_the_line_go_on_by_itself(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, PACE) as stage:
        stage.fal.balance_micro_usd = 0
        for number in range(4):
            await ask(stage, f"number {number}")
        await paused(stage, 4)
        # The first may be on its way just then, to find out.
        assert (await listed(stage)).count("paused: the bot's account at fal needs its owner") >= 3
        await posts(stage, 6)
        (locked,) = owner_told(stage)
        assert locked.startswith(f"⚠️ {LOCKED}")
        assert "https://fal.ai/dashboard/billing" in locked
        # Whoever comes now waits with the others.
        await ask(stage, "number 4")
        await paused(stage, 5)
        stage.fal.top_up(5 * PRICE)
        await delivered(stage, 5)
        assert sent_once(stage, 5)
        await stage.discord.wait_for(lambda: len(owner_told(stage)) == 2)
        assert owner_told(stage)[1] == "✅ fal takes videos again: the line goes on."
        assert stage.bot.log().count(LOCKED) == 1


async def test_one_job_at_a_time_finds_out(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, PACE) as stage:
        stage.fal.arm(Fault("submit", Answer(401, NO_KEY)))
        await ask(stage, "number 0")
        await paused(stage, 1)
        # Answers take longer than the pace: were there a second one under way, it would show.
        for _ in range(3):
            stage.fal.arm(Fault("submit", Delay(1)))
        stage.fal.balance_micro_usd = 0
        before = len(stage.fal.posts)
        for number in range(1, 5):
            await ask(stage, f"number {number}")
        await posts(stage, before + 4)
        tries = stage.fal.posts[before:]
        assert all(str(post.arguments["prompt"]).startswith("number 0") for post in tries[:4])
        apart = [(later.at - sooner.at).total_seconds() for sooner, later in pairwise(tries[:4])]
        assert min(apart) > 1
        stage.fal.top_up(5 * PRICE)
        await delivered(stage, 5)
        assert sent_once(stage, 5)


@pytest.mark.parametrize("picture", [False, True])
async def test_a_wrong_key_is_told_with_its_fix(
    tmp_path: Path, renderer: Renderer, *, picture: bool
) -> None:
    async with playing(tmp_path, renderer, PACE) as stage:
        key, stage.fal.key = stage.fal.key, "another"
        if picture:
            ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
            options = {"image": four_colours(), "prompt": "it moves"}
            await stage.discord.invoke(ada, channel, "pika image", options)
        else:
            await ask(stage)
        await paused(stage, 1)
        await stage.discord.wait_for(lambda: owner_told(stage))
        assert owner_told(stage)[0].startswith("⚠️ fal refuses FAL_KEY: make a new key")
        assert key not in owner_told(stage)[0]
        stage.fal.key = key
        await delivered(stage)
        await stage.discord.wait_for(lambda: len(owner_told(stage)) == 2)


async def test_restarts_within_an_incident_tell_nobody_again(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, PACE) as stage:
        stage.fal.balance_micro_usd = 0
        for number in range(3):
            await ask(stage, f"number {number}")
        await paused(stage, 3)
        await stage.discord.wait_for(lambda: owner_told(stage))
        await restart(stage)
        before = len(stage.fal.posts)
        await posts(stage, before + 2)
        assert await stage.bot.stop() == 0
        # It goes on while the bot is away.
        stage.fal.top_up(3 * PRICE)
        await come_back(stage)
        await delivered(stage, 3)
        assert sent_once(stage, 3)
        await stage.discord.wait_for(lambda: len(owner_told(stage)) == 2)
        # After the start, too, only one was sent to find out.
        tries = stage.fal.posts[before : before + 2]
        assert len({str(post.arguments["prompt"]) for post in tries}) == 1
        await restart(stage)
        await ask(stage, "number 3")
        await paused(stage, 1)
        await stage.discord.wait_for(lambda: len(owner_told(stage)) == 3)
        stage.fal.top_up(PRICE)
        await delivered(stage, 4)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Answer(429, {"detail": "slow down"}), "fal asks the bot to slow down"),
        (Answer(403, {"detail": "Forbidden"}), "the bot's account at fal needs its owner"),
    ],
)
async def test_members_are_told_why(
    tmp_path: Path, renderer: Renderer, fault: Answer, words: str
) -> None:
    async with playing(tmp_path, renderer, PACE) as stage:
        stage.fal.arm(Fault("submit", fault, times=1000))
        await ask(stage)
        await told(stage, f"⏸️ **Paused** · {words}; your place is kept.")
        await posts(stage, 4)
        stage.fal.disarm()
        (message,) = await delivered(stage)
        *refused, taken = [post.status for post in stage.fal.posts]
        assert (set(refused), taken) == ({fault.status}, 200)
        # Shown, paused, at fal, rendering, the video: a reason that stays is no news.
        assert message.edits <= 5


async def test_errors_pause_one_model_and_the_other_goes_on(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings = {
        **PACE,
        "PIKA_FAL__CONCURRENCY": "1",
        # Only a restart finds out in time.
        "PIKA_FAL__RETRY_FIRST_SECONDS": "600",
        "PIKA_FAL__RETRY_LONGEST_SECONDS": "600",
        "PIKA_FAL__MOST_UNCLEAR_ANSWERS": "2",
    }
    async with playing(tmp_path, renderer, settings) as stage:
        stage.fal.arm(Fault("submit", Answer(502, {"detail": "oh"}), times=3, match=TEXT))
        for number in range(4):
            await ask(stage, f"number {number}")
        await told(stage, "⏸️ **Paused** · fal has trouble taking videos right now")
        assert len(stage.fal.posts) == 2
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"image": four_colours(), "prompt": "it moves"}
        await stage.discord.invoke(ada, channel, "pika image", options)
        await delivered(stage, 1)
        assert [post.endpoint for post in stage.fal.posts[2:]] == [IMAGE]
        await stage.discord.wait_for(lambda: owner_told(stage))
        (why,) = owner_told(stage)
        assert f"the last 2 videos or more for {TEXT} leave open" in why
        # The third finds out that nothing has changed, the fourth that it has.
        await restart(stage)
        await posts(stage, 4)
        assert len(stage.fal.posts) == 4
        await restart(stage)
        await delivered(stage, 2)
        states = [job["status"] for job in reversed(await jobs(stage))]
        assert states == ["uncertain"] * 3 + ["delivered"] * 2
        assert len(stage.fal.posts) == 5
        await stage.discord.wait_for(lambda: len(owner_told(stage)) == 2)
        assert owner_told(stage)[1] == f"✅ fal takes videos again for {TEXT}: the line goes on."


async def test_two_models_with_errors_pause_everything(tmp_path: Path, renderer: Renderer) -> None:
    settings = {**PACE, "PIKA_FAL__MOST_UNCLEAR_ANSWERS": "1"}
    async with playing(tmp_path, renderer, settings) as stage:
        stage.fal.arm(Fault("submit", Drop(), match=IMAGE))
        stage.fal.arm(Fault("submit", Drop(), match=TEXT))
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"image": four_colours(), "prompt": "it moves"}
        await stage.discord.invoke(ada, channel, "pika image", options)
        await posts_sent(stage, 1)
        await ask(stage)
        await posts_sent(stage, 2)
        await ask(stage, "the next one")
        await delivered(stage, 1)
        assert "fal takes no videos: faulty" in stage.bot.log()
        assert "fal takes videos again" in stage.bot.log()


async def posts_sent(stage: Stage, count: int) -> None:
    await stage.fal.wait_for(lambda: len(stage.fal.posts) >= count)


async def test_the_owner_of_a_teams_application_is_its_owner(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, PACE) as stage:
        mo = stage.discord.members["Mo"]
        # At its connect the bot asks whose servers are the owner's, of which Mo has none.
        await stage.discord.wait_for(
            # Once to log in, and once connected.
            lambda: sum("oauth2" in one.path for one in stage.discord.requests) >= 2
        )
        await quota(stage)
        stage.discord.give_to_team(mo)
        stage.fal.balance_micro_usd = 0
        await ask(stage)
        await stage.discord.wait_for(lambda: stage.discord.direct_messages(mo))
        assert not owner_told(stage)
        stage.fal.top_up(PRICE)
        await delivered(stage)


@pytest.mark.parametrize("wanted", [True, False])
async def test_an_owner_who_cannot_or_will_not_be_told_holds_nothing_up(
    tmp_path: Path, renderer: Renderer, *, wanted: bool
) -> None:
    settings = {**PACE, "PIKA_DISCORD__TELL_OWNER": str(wanted).lower()}
    async with playing(tmp_path, renderer, settings) as stage:
        stage.discord.members["Olive"].takes_direct_messages = False
        stage.fal.balance_micro_usd = 0
        await ask(stage)
        await paused(stage, 1)
        stage.fal.top_up(PRICE)
        await delivered(stage)
        async with asyncio.timeout(60):
            while "fal takes videos again: the line goes on." not in stage.bot.log():  # noqa: ASYNC110  # a file tells nobody
                await asyncio.sleep(0.05)
        assert LOCKED in stage.bot.log()
        asked = [r.path for r in stage.discord.requests if "oauth2" in r.path]
        assert len(asked) >= wanted
        assert ("the application's owner can't be told" in stage.bot.log()) == wanted


async def test_an_account_that_opens_and_locks_tells_its_owner_about_once_an_hour(
    tmp_path: Path, renderer: Renderer
) -> None:
    top_up: JsonObject = {"detail": "User is locked. Reason: TOP_UP."}
    admin: JsonObject = {"detail": "User is locked. Reason: Admin lock. Please contact support@x"}
    async with playing(tmp_path, renderer, PACE | {"PIKA_QUOTA__VIDEOS_PER_DAY": "9"}) as stage:
        for number in range(8):
            if number % 2 == 0:
                refusal = Fault("submit", Answer(403, top_up), match=f"fox {number}")
                stage.fal.arm(refusal)
            await ask(stage, f"fox {number}")
            await delivered(stage, number + 1)
        locked, over, again = owner_told(stage)
        assert f"{LOCKED}: `User is locked. Reason: TOP_UP.`" in locked
        assert over == "✅ fal takes videos again: the line goes on."
        assert "It came once more" in again
        assert "fal refused 2 of the last 3 videos at first." in again
        assert stage.bot.log().count(LOCKED) == 4
        # Another reason is news, with a cure of its own.
        stage.fal.arm(Fault("submit", Answer(403, admin), times=1000))
        await ask(stage, "fox 8")
        await logged(stage, "Admin lock")
        assert "ask fal's support" in stage.bot.log()
        await paused(stage, 1)
        assert not any("Admin lock" in m.content for m in seen(stage))
        assert len(owner_told(stage)) == 3
