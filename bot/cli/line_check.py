"""Checks of the line: everything that the running bot says holds it."""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bot.adapters.process.control_socket import NoAnswer, send_order
from bot.adapters.sqlite.ownership import is_owned
from bot.cli.doctor_check import DoctorCheck
from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.line.held import Held
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


def line_checks(database: Path) -> list[DoctorCheck]:
    """Return a check for each thing that holds the line, or one that says that nothing does."""
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
    if not held:
        return [DoctorCheck("line", ok=True, detail="nothing holds it")]
    return [
        DoctorCheck("line", ok=each.passes, detail=each.text, fix=each.fix, warning=each.passes)
        for each in held
    ]
