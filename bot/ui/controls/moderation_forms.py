"""The panel's modals: quota, budget, newcomers and time zone, filled in with the present rules."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import discord
from typing_extensions import override

from bot.application.moderation.change_rules import Changed, Moderate, Moderator
from bot.domain.moderation.rule_changes import (
    MOST_DAYS,
    MOST_VIDEOS,
    AllowanceChange,
    dollars,
    whole_number,
)
from bot.domain.moderation.rules import ServerRules
from bot.domain.money import MICRO
from bot.ui.access.uses import Use
from bot.ui.controls.modals import GatedModal
from bot.ui.types import AnyInteraction, guild_of

UNLIMITED = "unlimited"

Answered = Callable[[AnyInteraction, Changed], Awaitable[None]]
Apply = Callable[[Moderate, Moderator, Mapping[str, str]], Awaitable[Changed]]


@dataclass(frozen=True, slots=True)
class FormField:
    """A line to type into."""

    name: str
    """The label, and the `custom_id` of the text input."""
    detail: str
    """The description below the label."""
    now: str
    """The text that the line is filled in with."""
    longest: int = 12
    """Characters that the line takes at most."""


@dataclass(frozen=True, slots=True)
class Form:
    """A modal's questions, and the change that its answers make."""

    title: str
    """At the head of the modal."""
    fields: tuple[FormField, ...]
    """From top to bottom."""
    apply: Apply
    """Makes the change from the texts that were typed, by their fields' names. Raises Refusal."""


def _dollar_text(amount: int | None) -> str:
    if amount is None:
        return ""
    whole_part, rest = divmod(amount, MICRO)
    return f"{whole_part}.{rest:06d}".rstrip("0").ljust(len(str(whole_part)) + 3, "0")


def quota_form(rules: ServerRules, usual: int | None) -> Form:
    allowance = rules.allowance
    videos = "" if allowance.videos_per_day is None else str(allowance.videos_per_day)
    empty = "no limit" if usual is None else f"the bot's own limit, {usual}"
    return Form(
        "Quota of every member",
        (
            FormField(
                "Videos a day",
                f"Or {UNLIMITED}. Empty: {empty}",
                UNLIMITED if allowance.unlimited else videos,
            ),
            FormField("Dollars a day", "Empty: no limit", _dollar_text(allowance.usd_per_day)),
        ),
        _set_quota,
    )


async def _set_quota(moderate: Moderate, by: Moderator, typed: Mapping[str, str]) -> Changed:
    videos = typed["Videos a day"].strip()
    unlimited = videos.casefold() == UNLIMITED
    change = AllowanceChange(
        videos=None if unlimited else whole_number("Videos a day", videos, most=MOST_VIDEOS),
        usd=dollars("Dollars a day", typed["Dollars a day"]),
        unlimited=unlimited or None,
        anew=True,
    )
    return await moderate.quota(by, change)


def budget_form(rules: ServerRules) -> Form:
    return Form(
        "Budget of this server, in dollars",
        (
            FormField("A day", "Empty: no limit of its own", _dollar_text(rules.usd_per_day)),
            FormField("A month", "Empty: no limit of its own", _dollar_text(rules.usd_per_month)),
        ),
        _set_budget,
    )


async def _set_budget(moderate: Moderate, by: Moderator, typed: Mapping[str, str]) -> Changed:
    day, month = dollars("A day", typed["A day"]), dollars("A month", typed["A month"])
    removed = {name for name, limit in (("day", day), ("month", month)) if limit is None}
    return await moderate.budget(by, day=day, month=month, remove=frozenset(removed))


def newcomers_form(rules: ServerRules) -> Form:
    return Form(
        "Newcomers",
        (
            FormField("Days at Discord", "0: any account", str(rules.account_days)),
            FormField("Days in this server", "0: at once", str(rules.member_days)),
        ),
        _set_newcomers,
    )


async def _set_newcomers(moderate: Moderate, by: Moderator, typed: Mapping[str, str]) -> Changed:
    account = whole_number("Days at Discord", typed["Days at Discord"], most=MOST_DAYS)
    member = whole_number("Days in this server", typed["Days in this server"], most=MOST_DAYS)
    return await moderate.newcomers(by, account_days=account or 0, member_days=member or 0)


def zone_form(zone: str) -> Form:
    detail = "Days begin at its midnight, from the next one on"
    return Form("Time zone", (FormField("Time zone", detail, zone, 64),), _set_zone)


async def _set_zone(moderate: Moderate, by: Moderator, typed: Mapping[str, str]) -> Changed:
    return await moderate.time_zone(by, typed["Time zone"])


class FormModal(GatedModal, use=Use.MODERATES):
    """Shows a form. The moderator's right is checked again when it is submitted."""

    def __init__(
        self,
        form: Form,
        custom_id: str,
        *,
        moderate: Moderate,
        answered: Answered,
    ):
        super().__init__(title=form.title, custom_id=custom_id)
        self._form = form
        self._moderate = moderate
        self._answered = answered
        self._inputs: dict[str, discord.ui.TextInput[discord.ui.Modal]] = {}
        for field in form.fields:
            text_input = discord.ui.TextInput[discord.ui.Modal](
                custom_id=field.name, default=field.now, required=False, max_length=field.longest
            )
            self._inputs[field.name] = text_input
            self.add_item(
                discord.ui.Label(text=field.name, description=field.detail, component=text_input)
            )

    @override
    async def submitted(self, interaction: AnyInteraction, /) -> None:
        by = Moderator(guild_of(interaction), interaction.user.id)
        typed = {name: text_input.value for name, text_input in self._inputs.items()}
        await self._answered(interaction, await self._form.apply(self._moderate, by, typed))
