"""Every way in × everything that a server or its members may have against it."""

import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.ui.access.uses import Use
from sandbox.discord import Invocation, Member, Message, Permission
from sandbox.discord.components import walk
from sandbox.discord.forms import OptionValue
from sandbox.discord.wire import as_integer, as_objects, as_text
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.moderating import moderate
from tests.wire.playing import ask, delivered, four_colours, jobs, ledger, playing
from tests.wire.refining import all_delivered
from tests.wire.ways_in import CUSTOM_IDS, Way, every_way

FOX, OWL, ELK = "a quiet fox", "an own owl", "an own elk"
"""Ada's words, which nobody may read where they are refused, and Eve's."""
OWN_DETAILS = Way("job", "details", Use.OWN)
"""*Details* under one's own video shows nobody else's words."""
DENIED = "This server's settings don't let you use me here; please ask a moderator."
DENIED_IN_CHANNEL = "I may not be used in this channel; please try another one"
BLOCKED_IN_PUBLIC = "I can't do that for you here; `/pika text` says why."
LEFT = "You aren't a member of this server any more"
PAUSED = "The moderators have paused me in this server; please come back later."
NO_MODERATOR = "Only this server's moderators, who may use `/pika-mod`, can do that"
ONLY_OWNER = "Whether this bot works in a server is decided by its owner only."
HIDDEN = r"Video #\d+ isn't yours|There is no video #\d+ here that you may see"
NUMBER = re.compile(r"#(\d+)")
SETTINGS = {"PIKA_QUOTA__VIDEOS_PER_DAY": "1000", "PIKA_FAL__CONCURRENCY": "20"}

Applied = Callable[[Stage, Sequence[Member]], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class Condition:
    """One thing against the people who come."""

    group: str
    """`denied`, `rules`, `left` or `hidden`: the column of EXPECTED."""
    holds: Applied
    making: str
    """The refusal of what makes a video, as a pattern."""
    showing: str
    """The refusal of everything else."""


ALL = frozenset({"denied", "rules", "left", "hidden"})
EXPECTED: Mapping[Use, frozenset[str]] = {
    Use.MAKES: ALL,
    Use.PREPARES: ALL,
    Use.POSTS: ALL,
    Use.SHOWS: ALL,
    Use.OWN: frozenset({"denied", "left"}),
    # One's own; of others' videos, the row decides.
    Use.ENDS: frozenset({"hidden"}),
    Use.MODERATES: frozenset({"left"}),
    Use.OWNER: ALL,
}
"""The columns in which each use is refused."""


@asynccontextmanager
async def denied_members(stage: Stage, people: Sequence[Member]) -> AsyncGenerator[None]:
    for one in people:
        stage.discord.override_command("pika", one, allow=False)
    yield
    for one in people:
        stage.discord.override_command("pika", one, allow=None)


@asynccontextmanager
async def denied_role(stage: Stage, people: Sequence[Member]) -> AsyncGenerator[None]:
    role = stage.discord.roles["Watched"]
    for one in people:
        one.roles.append(role)
    stage.discord.override_command("pika", role, allow=False)
    yield
    stage.discord.override_command("pika", role, allow=None)
    for one in people:
        one.roles.remove(role)


@asynccontextmanager
async def denied_channel(stage: Stage, _: Sequence[Member]) -> AsyncGenerator[None]:
    stage.discord.override_command("pika", stage.discord.channels["general"], allow=False)
    yield
    stage.discord.override_command("pika", stage.discord.channels["general"], allow=None)


@asynccontextmanager
async def denied_application(stage: Stage, people: Sequence[Member]) -> AsyncGenerator[None]:
    for one in people:
        stage.discord.override_command(None, one, allow=False)
    yield
    for one in people:
        stage.discord.override_command(None, one, allow=None)


@asynccontextmanager
async def no_commands(stage: Stage, people: Sequence[Member]) -> AsyncGenerator[None]:
    general = stage.discord.channels["general"]
    for one in people:
        stage.discord.set_overwrite(general, one, deny=Permission.USE_APPLICATION_COMMANDS)
    yield
    for one in people:
        stage.discord.set_overwrite(general, one)


@asynccontextmanager
async def blocked(stage: Stage, people: Sequence[Member]) -> AsyncGenerator[None]:
    for one in people:
        await moderate(stage, "block", "Olive", member=one)
    yield
    for one in people:
        await moderate(stage, "unblock", "Olive", member=one)


@asynccontextmanager
async def paused(stage: Stage, _: Sequence[Member]) -> AsyncGenerator[None]:
    await moderate(stage, "pause", "Olive")
    yield
    await moderate(stage, "resume", "Olive")


@asynccontextmanager
async def wrong_channel(stage: Stage, _: Sequence[Member]) -> AsyncGenerator[None]:
    await moderate(stage, "channels", "Olive", add=stage.discord.channels["elsewhere"])
    yield
    await moderate(stage, "channels", "Olive", clear=True)


@asynccontextmanager
async def wrong_role(stage: Stage, _: Sequence[Member]) -> AsyncGenerator[None]:
    await moderate(stage, "roles", "Olive", role=stage.discord.roles["Supporter"], may_use=True)
    yield
    await moderate(stage, "roles", "Olive", role=stage.discord.roles["Supporter"], remove=True)


@asynccontextmanager
async def left(stage: Stage, people: Sequence[Member]) -> AsyncGenerator[None]:
    members = stage.discord.guild.members
    for one in people:
        stage.discord.remove_member(one)
    yield
    members |= {one.name: one for one in people}


@asynccontextmanager
async def not_the_viewer(stage: Stage, people: Sequence[Member]) -> AsyncGenerator[None]:
    videos = stage.discord.channels["videos"]
    for one in people:
        stage.discord.set_overwrite(videos, one, deny=Permission.VIEW_CHANNEL)
    yield
    for one in people:
        stage.discord.set_overwrite(videos, one)


CONDITIONS = {
    "denied by member": Condition("denied", denied_members, DENIED, DENIED),
    "denied by role": Condition("denied", denied_role, DENIED, DENIED),
    "denied by channel": Condition("denied", denied_channel, DENIED_IN_CHANNEL, DENIED_IN_CHANNEL),
    "denied the application": Condition("denied", denied_application, DENIED, DENIED),
    "without commands": Condition("denied", no_commands, DENIED, DENIED),
    "blocked": Condition(
        "rules",
        blocked,
        "The moderators don't let you make videos here; please talk to them.",
        "The moderators don't let you post videos or see others' here; please talk to them.",
    ),
    "paused": Condition("rules", paused, PAUSED, PAUSED),
    "wrong channel": Condition(
        "rules",
        wrong_channel,
        r"Please make videos in <#\d+>\.",
        r"The moderators let me work in <#\d+> only; please ask there\.",
    ),
    "wrong role": Condition(
        "rules",
        wrong_role,
        r"Only members with the role <@&\d+> may make videos here; please ask",
        r"Only members with the role <@&\d+> may use me here; please ask",
    ),
    "left the server": Condition("left", left, LEFT, LEFT),
    "not the viewer": Condition("hidden", not_the_viewer, HIDDEN, HIDDEN),
}
EVERY_REFUSAL = re.compile(
    "|".join(f"(?:{one})" for each in CONDITIONS.values() for one in (each.making, each.showing))
)


@dataclass
class Scene:
    """The people, the videos and the messages with which every way is tried."""

    stage: Stage
    others: str
    """The reference of Ada's video."""
    own: str
    """The reference of Eve's."""
    ended: str
    """The reference of another of Eve's, which she cancels and deletes again and again."""
    host: Message
    """A public message of the bot in #general, which shows Ada's video."""
    ended_message: Message
    picture: Message
    """A message of Ben's, for the Apps menu."""
    eve: Member
    mo: Member
    numbers: Mapping[str, int]
    """The number of each video by its reference."""


async def prepare(stage: Stage) -> Scene:
    discord = stage.discord
    eve = discord.add_member("Eve")
    for name in ("Watched", "Supporter"):
        discord.add_role(name, Permission.NONE)
    discord.add_channel("elsewhere")
    await ask(stage, FOX, "Ada", duration=10)
    await ask(stage, OWL, "Eve")
    await ask(stage, ELK, "Eve")
    shown = await delivered(stage, 3)
    await all_delivered(stage)
    ada, general = discord.members["Ada"], discord.channels["general"]
    posted = (await discord.invoke(ada, general, "pika show", {"job": 1})).response_message
    assert posted is not None
    await discord.wait_for(lambda: posted.attachments)
    fox, owl, elk = (
        next(one for one in shown if words in one.content) for words in (FOX, OWL, ELK)
    )
    mo = discord.members["Mo"]
    numbers = {reference_of(one): number_of(one) for one in shown}
    picture = await discord.post(discord.members["Ben"], general, "mine", [four_colours()])
    return Scene(
        stage,
        reference_of(fox),
        reference_of(owl),
        reference_of(elk),
        posted,
        elk,
        picture,
        eve,
        mo,
        numbers,
    )


def number_of(message: Message) -> int:
    numbers = [str(match[1]) for match in NUMBER.finditer(message.content)]
    return int(numbers[-1])


def reference_of(message: Message) -> str:
    ids = [as_text(one.get("custom_id")) for one in walk(message.components)]
    return next(one for one in ids if one.startswith("job:")).split(":")[1]


@dataclass
class Visit:
    """What is opened and offered before a condition begins, and the people who come."""

    forms: Mapping[str, tuple[Invocation, Mapping[str, str]]]
    """An open form and the texts to send, by the name of its class."""
    offers: Mapping[str, Message]
    """A price offer for each answer."""
    history: Message
    panel: Message
    authors: Mapping[str, Member]
    """The author of each kind of mention: the same text is sent to a member once a minute."""


async def arrive(scene: Scene, about: str) -> Visit:
    discord, eve, mo = scene.stage.discord, scene.eve, scene.mo
    general = discord.channels["general"]

    async def press(action: str) -> Invocation:
        return await discord.click(eve, scene.host, f"job:{scene.others}:{action}", forged=True)

    opened = (await discord.invoke(mo, general, "pika-mod settings")).response_message
    history = (await discord.invoke(eve, general, "pika history")).response_message
    assert opened is not None
    assert history is not None
    await discord.wait_for(lambda: history.content)
    words = {"prompt": "it runs away"}
    forms: dict[str, tuple[Invocation, dict[str, str]]] = {
        "EditModal": (await press("edit"), words),
        "ContinueModal": (await press("continue"), words),
        "AnimateModal": (await discord.invoke_menu(eve, scene.picture, "Animate"), words),
        "FormModal": (await discord.click(mo, opened, "mod:quota"), {}),
    }
    offers: dict[str, Message] = {}
    for answer in ("agree", "decline"):
        offer = (await press("hq")).response_message
        assert offer is not None
        assert "This video costs" in offer.content
        offers[answer] = offer
    authors = {
        kind: discord.add_member(f"{kind}, {about}") for kind in ("picture", "variation", "help")
    }
    return Visit(forms, offers, history, opened, authors)


@dataclass
class Answer:
    """What came of a try: a text, whether it is for its member alone, and a form."""

    text: str
    private: bool = True
    form: bool = False


async def try_way(scene: Scene, visit: Visit, way: Way, condition: Condition) -> Answer | None:
    """Come by a way; None where Discord itself refuses."""
    if way.kind == "mention":
        return await mention(scene, visit, way)
    try:
        done = await interact(scene, visit, way, condition)
    except ValueError as refusal:
        if condition.group == "denied" and "may not use" in str(refusal):
            return None
        raise
    assert not done.failed, way
    message = done.followups[-1] if done.followups else done.response_message
    if message is None:
        return Answer("", form=done.modal is not None)
    return Answer(message.content, message.ephemeral)


async def interact(scene: Scene, visit: Visit, way: Way, condition: Condition) -> Invocation:
    discord = scene.stage.discord
    general = discord.channels["general"]
    who = scene.mo if way.use is Use.MODERATES else scene.eve
    forged = condition.group == "left"
    match way.kind:
        case "command":
            options = examples(scene, way, condition)
            return await discord.invoke(who, general, way.name, options, forged=forged)
        case "menu":
            return await discord.invoke_menu(who, scene.picture, way.name, forged=forged)
        case "form":
            opened, values = visit.forms[way.name]
            return await discord.submit_modal(opened, values)
        case _:
            source, custom_id = button(scene, visit, way, condition)
            return await discord.click(who, source, custom_id, forged=True)


def reference(scene: Scene, way: Way, condition: Condition) -> str:
    """Return the reference of the video with which a way is tried."""
    if condition.group == "hidden":
        return scene.others
    if way.use is Use.ENDS:
        return scene.ended
    return scene.own if way.name == "another" or way == OWN_DETAILS else scene.others


def button(scene: Scene, visit: Visit, way: Way, condition: Condition) -> tuple[Message, str]:
    """Return the message on which a button is pressed, and its custom id."""
    offer = visit.offers.get(way.name, visit.panel)
    ids = [as_text(one.get("custom_id")) for one in walk(offer.components)]
    offers = [one.split(":")[1] for one in ids if one.startswith("offer:")]
    custom_id = CUSTOM_IDS[way.kind].format(
        action=way.name,
        job=reference(scene, way, condition),
        message=scene.ended_message.id,
        offer=offers[0] if offers else 0,
        guild=scene.stage.discord.guild.id,
    )
    # An answer that edits the message with the button must not edit what everybody sees.
    private = {"offer": offer, "history": visit.history, "message": visit.history}
    private["mod"] = visit.panel
    return private.get(way.kind, scene.host), custom_id


def examples(scene: Scene, way: Way, condition: Condition) -> dict[str, OptionValue]:
    """Return something for each option that a command requires."""
    discord = scene.stage.discord
    whole, _, below = way.name.partition(" ")
    command = next(one for one in discord.commands if one["name"] == whole)
    found = next(one for one in as_objects(command["options"]) if one["name"] == below)
    by_type: dict[int, OptionValue] = {
        3: "Melt" if below == "effect" else "an otter",
        4: scene.numbers[reference(scene, way, condition)],
        6: discord.members["Ben"],
        11: four_colours(),
    }
    return {
        as_text(one["name"]): by_type[as_integer(one["type"])]
        for one in as_objects(found.get("options"))
        if one.get("required")
    }


async def mention(scene: Scene, visit: Visit, way: Way) -> Answer:
    discord = scene.stage.discord
    files = [four_colours()] if way.name == "picture" else []
    posted = await discord.post(
        visit.authors[way.name],
        discord.channels["general"],
        f"{discord.bot.mention} {'' if way.name == 'help' else 'it runs away'}",
        files,
        reply_to=scene.host if way.name == "variation" else None,
        forged=True,
    )
    ben = discord.members["Ben"]

    def reply() -> Message | None:
        seen = discord.visible(ben, discord.channels["general"])
        return next((one for one in seen if one.reference is posted), None)

    found = await discord.wait_for(reply)
    assert found is not None
    return Answer(found.content)


def refers_to_a_job(way: Way) -> bool:
    """Return whether a way names a video, so that it matters where that was made."""
    named = {"pika show", "pika join", "EditModal", "ContinueModal", "variation", "agree"}
    return way.kind == "job" or way.name in named


def check(way: Way, condition: Condition, answer: Answer, about: str) -> None:
    cell = f"{way}, {about}: {answer}"
    refused = condition.group in EXPECTED[way.use]
    expected = condition.making if way.use.makes else condition.showing
    if way.use is Use.OWNER:
        expected = ONLY_OWNER
    elif way.use is Use.MODERATES and about == "denied the application":
        # `/pika-mod` is one of its commands.
        refused, expected = True, NO_MODERATOR
    elif way.kind == "mention" and about == "blocked":
        # Nobody else is to read of the block.
        expected = BLOCKED_IN_PUBLIC
    # Whatever is open then is for its member alone.
    assert answer.private, cell
    if not refused:
        assert not EVERY_REFUSAL.match(answer.text), cell
        return
    assert re.match(expected, answer.text), cell
    assert not answer.form, cell
    assert FOX not in answer.text, cell


async def test_every_way_in_passes_the_gate(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, SETTINGS) as stage:
        scene = await prepare(stage)
        ways = sorted([*every_way(), OWN_DETAILS], key=lambda way: way.use is Use.MODERATES)
        rows, books = await jobs(stage), await ledger(stage)
        sent = len(stage.fal.posts), len(stage.fal.uploads)
        for about, condition in CONDITIONS.items():
            visit = await arrive(scene, about)
            people = [scene.eve, scene.mo, *visit.authors.values()]
            async with condition.holds(stage, people):
                for way in ways:
                    others = refers_to_a_job(way) and way != OWN_DETAILS
                    if condition.group == "hidden" and not others:
                        continue
                    answer = await try_way(scene, visit, way, condition)
                    if answer is not None:
                        check(way, condition, answer, about)
            await clean_up(stage, people)
            assert (len(stage.fal.posts), len(stage.fal.uploads)) == sent, about
        assert [row["id"] for row in await jobs(stage)] == [row["id"] for row in rows]
        assert await ledger(stage) == books


async def clean_up(stage: Stage, people: Sequence[Member]) -> None:
    """Take back what the moderators' ways have done."""
    for one in (*people, stage.discord.members["Ben"]):
        await moderate(stage, "unblock", "Olive", member=one)
    await moderate(stage, "resume", "Olive")
    await moderate(stage, "channels", "Olive", clear=True)
