"""Members who ask for videos for as long as the storm lasts."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from sandbox.discord import Channel, File, Invocation, Member, Message
from sandbox.discord.components import find_button
from sandbox.discord.forms import OptionValue
from sandbox.stage import Stage
from tests.crash.expected_ends import FATES, End, choose
from tests.crash.requests import Asked, mark_of
from tests.wire.playing import four_colours

GREEDY = 2
"""So many members want more than their quota."""
MEMBERS, CHANNELS = 8, 6
ANSWER_SECONDS = 3.0


@dataclass(eq=False)
class Load:
    """Asks, cancels and looks things up, in a rhythm that keeps a few videos under way.

    `fate` is that of all videos, if it isn't left to the dice. `focus` is what members mostly do:
    the name of a fate for new videos, or one of the actions. `wanted` is how many videos may have
    been accepted by now; `eager` members don't mind, as long as hardly anything is under way.
    """

    stage: Stage
    random: Random
    fate: str
    most_under_way: int = 10
    wanted: int = 0
    focus: str = ""
    eager: bool = False
    asked: list[Asked] = field(default_factory=list[Asked])
    looked_up: list[Invocation] = field(default_factory=list[Invocation])
    members: list[Member] = field(init=False)
    channels: list[Channel] = field(init=False)
    _picture: File = field(default_factory=lambda: four_colours(160, 160))

    def __post_init__(self) -> None:
        discord = self.stage.discord
        self.members = [discord.add_member(f"Member {number}") for number in range(MEMBERS)]
        self.channels = [discord.add_channel(f"storm-{number}") for number in range(CHANNELS)]

    @property
    def accepted(self) -> int:
        return sum(one.accepted for one in self.asked)

    @property
    def under_way(self) -> int:
        return sum(one.under_way for one in self.asked[-100:])

    async def go_on(self) -> None:
        """Play until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(self._play())

    async def _play(self) -> None:
        discord = self.stage.discord
        while True:
            await discord.wait_for(lambda: discord.bot_online and discord.commands, 600)
            await self._act()
            # A member's own rhythm; nothing is waited for.
            await asyncio.sleep(self.random.uniform(0.02, 0.2))

    async def _act(self) -> None:
        kinds = {
            "text": 70, "picture": 10, "cancel": 8, "jobs": 4, "quota": 4, "again": 8, "another": 8
        }  # fmt: skip
        kind = self.random.choices(list(kinds), list(kinds.values()))[0]
        if self.focus and self.random.random() < 0.7:
            kind = self.focus if self.focus in kinds else "text"
        if kind == "cancel":
            await self._cancel()
        elif kind in {"jobs", "quota"}:
            await self._look_up(f"pika {kind}")
        elif kind == "again":
            await self._ask_again()
        elif kind == "another":
            await self._press_another()
        elif self._may_ask:
            await self._ask(with_picture=kind == "picture")

    @property
    def _may_ask(self) -> bool:
        most = self.most_under_way if self.accepted < self.wanted else 3 * self.eager
        return self.under_way < most

    async def _ask(self, *, with_picture: bool) -> None:
        mark = f"storm {len(self.asked):05}"
        fate = FATES.get(self.fate or self.focus) or choose(self.random)
        for fault in fate.faults(mark):
            self.stage.fal.arm(fault)
        options: dict[str, OptionValue] = {"prompt": f"{mark} over a sea"}
        if with_picture:
            options["image"] = self._picture
        command = f"pika {'image' if with_picture else 'text'}"
        weights = [6 if number < GREEDY else 1 for number in range(MEMBERS)]
        member = self.random.choices(self.members, weights)[0]
        invocation = await self._invoke(command, options, member)
        self.asked.append(Asked(mark, fate, invocation, command, options))
        await self._answered(invocation)

    async def _ask_again(self) -> None:
        """Send the same request once more, as somebody does who is impatient.

        Only of what fal makes videos of: the faults of the others are used up.
        """
        mine = [
            one
            for one in self.asked[-20:]
            if one.accepted and one.options and one.fate.end is End.VIDEO
        ]
        if not mine:
            return
        one = self.random.choice(mine)
        invocation = await self._invoke(one.command, {**one.options}, one.invocation.member)
        again = Asked(one.mark, one.fate, invocation, one.command, one.options, repeated=True)
        self.asked.append(again)
        await self._answered(invocation)

    async def _press_another(self) -> None:
        """Press *Make another*, now and then more than once."""
        offers = [(one, offer) for one in self.asked[-60:] if (offer := one.offer)]
        if not offers or not self._may_ask:
            return
        one, offer = self.random.choice(offers)
        member, pressed = one.invocation.member, list[Invocation]()
        for _ in range(self.random.choice([1, 1, 2, 3])):
            press = await self.stage.discord.click(member, offer, "Make another", wait=False)
            self.asked.append(Asked(one.mark, one.fate, press, press.command, pressed=True))
            pressed.append(press)
        for press in pressed:
            await self._answered(press)

    async def _cancel(self) -> None:
        """Cancel a job under way, by button or command, or now and then one that has ended."""
        late = not self.focus and self.random.random() < 0.1
        mine = [one for one in self.asked[-100:] if one.accepted and (late or one.under_way)]
        if not mine:
            return
        one = self.random.choice(mine)
        assert one.job_id is not None
        one.canceled = True
        asker, message = one.invocation.member, one.message
        if message is not None and _has_button(message, "Cancel") and self.random.random() < 0.6:
            canceling = await self.stage.discord.click(asker, message, "Cancel", wait=False)
        else:
            canceling = await self._invoke("pika cancel", {"job": one.job_id}, asker)
        self.looked_up.append(canceling)
        await self._answered(canceling)

    async def _look_up(self, command: str) -> None:
        invocation = await self._invoke(command, {}, self.random.choice(self.members))
        self.looked_up.append(invocation)
        await self._answered(invocation)

    async def _invoke(
        self, command: str, options: dict[str, OptionValue], member: Member
    ) -> Invocation:
        channel = self.random.choice(self.channels)
        return await self.stage.discord.invoke(member, channel, command, options, wait=False)

    async def _answered(self, invocation: Invocation) -> None:
        """Wait for an answer, unless nobody is there any more to give it."""
        discord = self.stage.discord
        with suppress(TimeoutError):
            await discord.wait_for(
                lambda: invocation.acknowledged_at is not None or not discord.bot_online,
                ANSWER_SECONDS,
            )

    async def blind(self) -> None:
        """Make fal's listing hide the input of those requests whose fate it is, until cancelled.

        Some reach fal only when nobody plays any more.
        """
        fal, looked_at = self.stage.fal, 0
        while True:
            change = fal.next_change
            for request in list(fal.requests.values())[looked_at:]:
                looked_at += 1
                if any(
                    one.fate.end is End.BLIND and one.mark == mark_of(request) for one in self.asked
                ):
                    request.stores_payloads = False
            await change.wait()


def _has_button(message: Message, label: str) -> bool:
    with suppress(ValueError):
        return bool(find_button(message.components, label))
    return False
