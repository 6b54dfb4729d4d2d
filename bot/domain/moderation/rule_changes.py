"""What moderators may set, and what becomes of a rule. Money is micro-dollars."""

from dataclasses import dataclass, replace
from decimal import Decimal

from bot.domain.catalogue.models import DRAFT, Catalogue
from bot.domain.moderation.rules import Allowance, Ceilings, MemberRule, Quality, RoleRule
from bot.domain.money import micro_usd, show_usd
from bot.domain.refusal import NotPossible

ANY = "any"
"""In place of a resolution or of models: no limit."""
MOST_VIDEOS = 10_000
"""A day, or in a grant: more than anybody needs, and no slip of the finger."""
MOST_DAYS = 3650
MOST_LISTED = 25
"""Roles or channels, as many as Discord's menus take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceChange:
    """What of an allowance changes; None stays. With `anew`, nothing of what was does."""

    videos: int | None = None
    usd: int | None = None
    unlimited: bool | None = None
    anew: bool = False

    def check(self, ceilings: Ceilings) -> None:
        """Raise Refusal for what contradicts itself or is above the owner's ceiling."""
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

    def __call__(self, was: Allowance) -> Allowance:
        was = Allowance() if self.anew else was
        if self.unlimited:
            return replace(was, videos_per_day=None, unlimited=True, **self._usd())
        if self.videos is not None:
            return replace(was, videos_per_day=self.videos, unlimited=False, **self._usd())
        unlimited = was.unlimited if self.unlimited is None else False
        return replace(was, unlimited=unlimited, **self._usd())

    def _usd(self) -> dict[str, int]:
        return {} if self.usd is None else {"usd_per_day": self.usd}


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityChange:
    """What of a quality changes; None stays, `any` and 0 mean no limit."""

    resolution: str | None = None
    seconds: int | None = None
    models: frozenset[str] | None = None

    def __bool__(self) -> bool:
        return self != QualityChange()

    def __call__(self, was: Quality) -> Quality:
        resolution = was.resolution if self.resolution is None else self.resolution
        return Quality(
            resolution=None if resolution == ANY else resolution,
            seconds=was.seconds if self.seconds is None else self.seconds or None,
            models=was.models if self.models is None else self.models,
        )


def named_models(text: str | None, catalogue: Catalogue) -> frozenset[str] | None:
    """Return the keys of the models that are named, with commas between them; all: none of them.

    Raises Refusal.
    """
    if text is None:
        return None
    names = [name.strip().casefold() for name in text.split(",") if name.strip()]
    if names == [ANY]:
        return frozenset()
    keys: set[str] = set()
    for name in names:
        found = {one.key for one in catalogue.models if name in _names(one.key, one.name)}
        found |= {DRAFT} if name == DRAFT.casefold() else set()
        if not found:
            raise NotPossible(
                "Please pick `models` from the list, several with commas between them, or"
                f" `{ANY}`; `/pika models` shows what there is."
            )
        keys |= found
    if not keys:
        raise NotPossible(f"Please name at least one of the `models`, or `{ANY}`.")
    return frozenset(keys)


def _names(key: str, name: str) -> set[str]:
    return {key.casefold(), name.casefold()}


def dollars(option: str, amount: str | float | None) -> int | None:
    """Return an amount of money that was typed, None if nothing was. Raises Refusal."""
    if amount is None or amount == "":
        return None
    try:
        typed = Decimal(str(amount).strip().removeprefix("$").strip())
        cents = micro_usd(typed) if typed.is_finite() and typed <= 1_000_000 else None
    except (ArithmeticError, ValueError):
        cents = None
    if cents is None:
        raise NotPossible(
            f"Please give `{option}` in dollars, such as 2.50, and at most 1,000,000."
        )
    return cents


def whole(option: str, text: str, *, most: int) -> int | None:
    """Return a number that was typed, None if nothing was. Raises Refusal."""
    typed = text.strip()
    if not typed:
        return None
    # `isdecimal` also accepts other scripts' digits, which `int` reads as well.
    if not typed.isdecimal() or int(typed[:10]) > most or len(typed) > 10:
        raise NotPossible(f"Please give `{option}` as a whole number from 0 to {most:,}.")
    return int(typed)


def check_budget(option: str, usd: int | None, ceiling: int | None) -> None:
    """Raise Refusal for a budget above the owner's."""
    if usd is not None and ceiling is not None and usd > ceiling:
        raise NotPossible(
            f"The bot's owner lets this server spend at most {show_usd(ceiling)} a {option};"
            f" please pick `{option}` up to that."
        )


def kept_role(rule: RoleRule) -> RoleRule | None:
    """Return a role's rule, None where it says nothing any more."""
    return None if rule == RoleRule(role_id=rule.role_id) else rule


def kept_member(rule: MemberRule) -> MemberRule | None:
    """Return a member's rule, None where it says nothing any more."""
    return None if rule == MemberRule(member_id=rule.member_id) else rule
