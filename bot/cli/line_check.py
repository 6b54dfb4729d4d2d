"""Checks of the line: everything that the running bot says holds it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bot.adapters.process.control_socket import NoAnswer, send_order
from bot.adapters.sqlite.ownership import is_owned
from bot.cli.doctor_check import DoctorCheck
from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.line.held import Held
from bot.domain.moderation.budget import Budget, Landing
from bot.domain.money import show_usd
from bot.domain.operator_orders import Explain

_PATIENCE_SECONDS = 3.0
_HELD = TypeAdapter(list[Held])


def held_now(database: Path) -> list[Held] | None:
    """Return what holds the running bot's line; None if no bot runs. Raises NoAnswer."""
    answer = send_order(database, Explain(), within=_PATIENCE_SECONDS)
    if answer is None:
        return None
    try:
        return _HELD.validate_json(answer.text)
    except ValidationError as error:
        raise NoAnswer(answer.text) from error


def stands_aside(database: Path) -> bool:
    """Return whether the running bot says that it stands aside."""
    try:
        held = held_now(database)
    except NoAnswer:
        return False
    return any(each.reason is HoldReason.ASIDE for each in held or ())


def line_checks(database: Path, budgets: Sequence[Budget]) -> list[DoctorCheck]:
    """Return a check for each thing that holds the line, or one that says that nothing does.

    `budgets` are the owner's.
    """
    landed = [budget for budget in budgets if budget.landing >= Landing.LAST]
    checks = [*map(_budget_check, landed), *_bot_checks(database)]
    return checks or [DoctorCheck("line", ok=True, detail="nothing holds it")]


def _budget_check(budget: Budget) -> DoctorCheck:
    cap = f"{show_usd(budget.limit)} (`{budget.setting}`)"
    until = f"until {datetime.fromtimestamp(budget.resets_at / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    closed = budget.landing is Landing.CLOSED
    detail = (
        f"{cap} are used up; nothing more is made {until}"
        if closed
        else f"{cap} are nearly used up; only roles with priority go on {until}"
    )
    fix = "to go on, set a higher one in `[budget]` of config.toml and restart"
    return DoctorCheck("line", ok=not closed, detail=detail, fix=fix, warning=not closed)


def _bot_checks(database: Path) -> list[DoctorCheck]:
    """Return a check for each thing that holds the running bot; empty if nothing does."""
    try:
        held = held_now(database)
    except NoAnswer as problem:
        detail = f"nobody knows what holds it: {problem}"
        return [DoctorCheck("line", ok=True, detail=detail, warning=True)]
    if held is None and is_owned(database):
        detail = "a bot runs, but nobody listens at its socket: it is just starting or ending"
        return [DoctorCheck("line", ok=True, detail=detail, warning=True)]
    if held is None:
        return [DoctorCheck("line", ok=True, detail="no bot runs on this database")]
    return [
        DoctorCheck("line", ok=each.passes, detail=each.text, fix=each.fix, warning=each.passes)
        for each in held
    ]
