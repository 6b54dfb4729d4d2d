"""Decisions by a server's rules: access, allowance, quality, priority and budgets."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.domain.calendar import DAY_MS
from bot.domain.catalogue.models import DRAFT, Catalogue, Model, lines_of
from bot.domain.moderation.rules import Allowance, Asker, Ceilings, Quality, Rules
from bot.domain.options import Options
from bot.domain.refusal import Blocked, NotPossible, Refusal
from bot.domain.text import plural

T = TypeVar("T")


def check_access(rules: Rules, asker: Asker, *, at: int, makes: bool = True) -> None:
    """Raise Refusal if the rules don't let the member use the bot there at the time `at`.

    `makes`: the sentence is about making a video; otherwise about showing one, which is free.
    """
    refusal, do = (Refusal, "make videos") if makes else (NotPossible, "use me")
    server = rules.server
    if server.is_paused:
        raise refusal("The moderators have paused me in this server; please come back later.")
    if rules.member is not None and rules.member.is_blocked:
        raise (
            Blocked("The moderators don't let you make videos here; please talk to them.")
            if makes
            else NotPossible(
                "The moderators don't let you post videos or see others' here; please talk to them."
            )
        )
    if server.channels and not server.channels & asker.channel_ids:
        where = ", ".join(f"<#{channel}>" for channel in sorted(server.channels)[:5])
        raise (
            Refusal(f"Please make videos in {where}.")
            if makes
            else NotPossible(f"The moderators let me work in {where} only; please ask there.")
        )
    if server.roles and not server.roles & asker.role_ids:
        who = ", ".join(f"<@&{role}>" for role in sorted(server.roles)[:5])
        one_of = "the role" if len(server.roles) == 1 else "one of the roles"
        raise refusal(
            f"Only members with {one_of} {who} may {do} here; please ask a moderator for it."
        )
    for since, days, what in (
        (asker.account_at, server.account_days, "your Discord account is {} old"),
        (asker.joined_at, server.member_days, "you have been a member for {}"),
    ):
        if days and since is not None and at < since + days * DAY_MS:
            age = what.format(f"{days} {plural('day', days)}")
            when = f"<t:{(since + days * DAY_MS) // 1000}:R>"
            raise refusal(f"You may {do} here once {age}; please come back {when}.")


def allowance_of(rules: Rules, asker: Asker, ceilings: Ceilings) -> Allowance:
    """Return the member's allowance a day, never more than the bot's owner allows.

    It is that of the member's own rule, else the best of the member's roles, else the server's,
    else the bot's.
    """
    groups = [
        [rules.member.allowance] if rules.member is not None else [],
        [rule.allowance for rule in rules.of_roles(asker)],
        [rules.server.allowance],
        [Allowance(videos_per_day=ceilings.videos_per_day)],
    ]
    videos = _granted(groups, lambda allowance: allowance.videos_per_day)
    videos = lowest(videos, ceilings.most_videos_per_day)
    usd = _granted(groups, lambda allowance: allowance.usd_per_day)
    return Allowance(videos_per_day=videos, usd_per_day=usd, unlimited=videos is None)


def _granted(
    groups: Sequence[Sequence[Allowance]], of: Callable[[Allowance], int | None]
) -> int | None:
    """Return the best limit of the first group that sets one; None: unlimited."""
    for group in groups:
        if any(allowance.unlimited for allowance in group):
            return None
        if limits := [limit for allowance in group if (limit := of(allowance)) is not None]:
            return max(limits)
    return None


def quality_of(rules: Rules, asker: Asker) -> Quality:
    """Return the best quality that the member's roles grant, else the server's."""
    granted = [rule.quality for rule in rules.of_roles(asker) if rule.quality is not None]
    if not granted:
        return rules.server.quality
    return Quality(
        resolution=_best([quality.resolution for quality in granted], key=lines_of),
        seconds=_best([quality.seconds for quality in granted], key=int),
        models=frozenset[str]()
        if any(not quality.models for quality in granted)
        else frozenset[str]().union(*(quality.models for quality in granted)),
    )


def has_priority(rules: Rules, asker: Asker) -> bool:
    """Return whether the member may go on when a budget is nearly used up."""
    return any(rule.has_priority for rule in rules.of_roles(asker))


def budgets_of(rules: Rules, ceilings: Ceilings) -> tuple[int | None, int | None]:
    """Return the server's budgets for a day and a month (micro-dollars), within the ceilings."""
    return (
        lowest(rules.server.usd_per_day, ceilings.server_usd_per_day),
        lowest(rules.server.usd_per_month, ceilings.server_usd_per_month),
    )


def narrowed(catalogue: Catalogue, quality: Quality) -> Catalogue:
    """Return the catalogue with only the models that the member may use.

    Raises Refusal if none is left.
    """
    if not quality.models:
        return catalogue
    draft = any(name.casefold() == DRAFT.casefold() for name in quality.models)
    keys = set(quality.models)
    if draft:
        keys |= {catalogue.draft(kind).key for kind in catalogue.kinds}
    models = [model for model in catalogue.models if model.key in keys]
    if not models:
        raise Refusal(
            "None of the models that you may use here is switched on; please ask a moderator."
        )
    return Catalogue(models)


def check_quality(quality: Quality, *, resolution: str | None, seconds: int | None) -> None:
    """Raise Refusal for a video of a better quality than the member may ask for."""
    if not quality.allows(resolution=resolution):
        raise Refusal(
            f"Your roles allow `resolution` up to `{quality.resolution}` here; please pick that."
        )
    if not quality.allows(seconds=seconds):
        raise Refusal(
            f"Your roles allow videos of up to {quality.seconds} seconds here; please pick a"
            " shorter one."
        )


def within(model: Model, usual: Options, quality: Quality, *, thrifty: bool) -> Options:
    """Return the options that count where a request leaves them open, as far as the rules allow.

    They are the member's own defaults (`usual`), else the model's; with `thrifty`, the resolution
    is the lowest.
    """
    resolutions = [name for name in model.resolutions if quality.allows(resolution=name)]
    resolution = _usual(model.resolutions, resolutions, usual.resolution, key=lines_of)
    if thrifty and resolutions:
        resolution = min(resolutions, key=lines_of)
    durations = [seconds for seconds in model.durations if quality.allows(seconds=seconds)]
    duration = _usual(model.durations, durations, usual.duration, key=int)
    return replace(usual, resolution=resolution, duration=duration)


def _usual(
    offered: Sequence[T], allowed: Sequence[T], wanted: T | None, *, key: Callable[[T], int]
) -> T | None:
    """Return `wanted`, or the default, if it is allowed, else the best value that is allowed."""
    if wanted not in offered:
        wanted = next(iter(offered), None)
    if wanted is None or wanted in allowed:
        return wanted
    return max(allowed, key=key, default=wanted)


def lowest(*values: int | None) -> int | None:
    """Return the lowest limit, None if there is none."""
    return min((value for value in values if value is not None), default=None)


def _best(values: Sequence[T | None], *, key: Callable[[T], int]) -> T | None:
    """Return the highest of several limits; None (no limit) is higher than any."""
    limits = [value for value in values if value is not None]
    return max(limits, key=key) if len(limits) == len(values) else None
