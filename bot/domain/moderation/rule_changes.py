"""Changes of rules by moderators: their limits and their results. Money is micro-dollars."""

from dataclasses import dataclass, replace
from decimal import Decimal

from bot.domain.catalogue.models import DRAFT, Catalogue
from bot.domain.moderation.rules import Allowance, Ceilings, MemberRule, Quality, RoleRule
from bot.domain.money import micro_usd, show_usd
from bot.domain.refusal import NotPossible

ANY = "any"
"""The word for "no limit" in place of a resolution or of models."""
MOST_VIDEOS = 10_000
"""The most units of a day or of a grant: higher numbers are taken for typing errors."""
MOST_DAYS = 3650
"""The longest age of accounts and memberships that can be demanded."""
MOST_LISTED = 25
"""The most roles or channels: Discord's menus take no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceChange:
    """A change of an allowance. A field that is None changes nothing."""

    videos: int | None = None
    """The new number of units a day."""
    usd: int | None = None
    """The new limit of money a day, in micro-dollars."""
    unlimited: bool | None = None
    """True if the number of units is unlimited from now on."""
    anew: bool = False
    """True if fields that are None are cleared instead."""

    def check(self, ceilings: Ceilings) -> None:
        """Raise Refusal if the change contradicts itself or is above the owner's ceiling."""
        if self.unlimited and self.videos is not None:
            raise NotPossible("Please give either `videos` or `unlimited`, not both.")
        most = ceilings.most_videos_per_day
        if most is None:
            return
        if self.unlimited:
            raise NotPossible(
                f"`unlimited` isn't possible: the bot's owner allows at most {most} videos a day."
            )
        if self.videos is not None and self.videos > most:
            raise NotPossible(
                f"The bot's owner allows at most {most} videos a day; please pick `videos` up to"
                " that."
            )

    def __call__(self, current: Allowance) -> Allowance:
        current = Allowance() if self.anew else current
        if self.unlimited:
            return replace(current, videos_per_day=None, unlimited=True, **self._usd())
        if self.videos is not None:
            return replace(current, videos_per_day=self.videos, unlimited=False, **self._usd())
        unlimited = current.unlimited if self.unlimited is None else False
        return replace(current, unlimited=unlimited, **self._usd())

    def _usd(self) -> dict[str, int]:
        return {} if self.usd is None else {"usd_per_day": self.usd}


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityChange:
    """A change of a quality. A field that is None changes nothing."""

    resolution: str | None = None
    """The new highest resolution; `any`: no limit."""
    seconds: int | None = None
    """The new longest length in seconds; 0: no limit."""
    models: frozenset[str] | None = None
    """The keys of the models that may be used from now on; empty: all."""

    def __bool__(self) -> bool:
        return self != QualityChange()

    def __call__(self, current: Quality) -> Quality:
        resolution = current.resolution if self.resolution is None else self.resolution
        return Quality(
            resolution=None if resolution == ANY else resolution,
            seconds=current.seconds if self.seconds is None else self.seconds or None,
            models=current.models if self.models is None else self.models,
        )


def named_models(text: str | None, catalogue: Catalogue) -> frozenset[str] | None:
    """Return the keys of the models in a list with commas, as a moderator typed it.

    The keys are empty for `any`, and None for no text. Raises Refusal.
    """
    if text is None:
        return None
    names = [name.strip().casefold() for name in text.split(",") if name.strip()]
    if names == [ANY]:
        return frozenset()
    keys: set[str] = set()
    for name in names:
        matching = {
            model.key for model in catalogue.models if name in _names(model.key, model.name)
        }
        matching |= {DRAFT} if name == DRAFT.casefold() else set()
        if not matching:
            raise NotPossible(
                "Please pick `models` from the list, several with commas between them, or"
                f" `{ANY}`; `/pika models` shows what there is."
            )
        keys |= matching
    if not keys:
        raise NotPossible(f"Please name at least one of the `models`, or `{ANY}`.")
    return frozenset(keys)


def _names(key: str, name: str) -> set[str]:
    return {key.casefold(), name.casefold()}


def dollars(option: str, amount: str | float | None) -> int | None:
    """Return a typed amount of dollars in micro-dollars; None if it is empty. Raises Refusal."""
    if amount is None or amount == "":
        return None
    try:
        typed = Decimal(str(amount).strip().removeprefix("$").strip())
        micro_dollars = micro_usd(typed) if typed.is_finite() and typed <= 1_000_000 else None
    except (ArithmeticError, ValueError):
        micro_dollars = None
    if micro_dollars is None:
        raise NotPossible(
            f"Please give `{option}` in dollars, such as 2.50, and at most 1,000,000."
        )
    return micro_dollars


def whole_number(option: str, text: str, *, most: int) -> int | None:
    """Return a typed whole number up to `most`; None if it is empty. Raises Refusal."""
    typed = text.strip()
    if not typed:
        return None
    # `isdecimal` also accepts other scripts' digits, which `int` reads as well.
    if not typed.isdecimal() or int(typed[:10]) > most or len(typed) > 10:
        raise NotPossible(f"Please give `{option}` as a whole number from 0 to {most:,}.")
    return int(typed)


def check_budget(option: str, usd: int | None, ceiling: int | None) -> None:
    """Raise Refusal for a budget above the owner's ceiling."""
    if usd is not None and ceiling is not None and usd > ceiling:
        raise NotPossible(
            f"The bot's owner lets this server spend at most {show_usd(ceiling)} a {option};"
            f" please pick `{option}` up to that."
        )


def role_rule_or_none(rule: RoleRule) -> RoleRule | None:
    """Return a role's rule; None if it sets nothing, so that no row is kept."""
    return None if rule == RoleRule(role_id=rule.role_id) else rule


def member_rule_or_none(rule: MemberRule) -> MemberRule | None:
    """Return a member's rule; None if it sets nothing, so that no row is kept."""
    return None if rule == MemberRule(member_id=rule.member_id) else rule
