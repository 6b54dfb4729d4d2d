"""Everything that fal may answer, and what must come of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sandbox.fal import (
    INFRASTRUCTURE,
    LOCKED,
    MODEL_ERRORS,
    Action,
    Answer,
    Delay,
    Drop,
    FailJob,
    Failure,
    Fault,
    Mangle,
    Route,
    Truncate,
    WrongLength,
    documented_error,
    infrastructure_error,
    proxy_page,
    redirect,
    refusal,
)


@dataclass(frozen=True)
class Ending:
    """`held`, `spent` and `units` are in videos. `words` stand in the message that is left."""

    status: str
    failure: str | None
    words: str
    held: int = 0
    spent: int = 0
    units: int = 0
    posts: int = 1


@dataclass(frozen=True)
class Row:
    """What goes wrong for one job, and how it ends. With `picture` the job has one."""

    name: str
    faults: tuple[Fault, ...]
    ending: Ending
    picture: bool = False


DELIVERED = Ending("delivered", None, "seed", spent=1, units=1)
REFUSED = Ending("failed", "refused", "fal refused")
SERVICE = Ending("failed", "service_error", "fal had a problem of its own. Nothing was charged")
MODEL = Ending("failed", "model_error", "fal couldn't make it because of", spent=1)
UNKNOWN = Ending("failed", "outcome_unknown", "fal never said what became of it", held=1)
TWICE_ASKED = replace(DELIVERED, posts=2)
GARBAGE = Answer(200, "not what was asked for", accepted=True)


def rows() -> list[Row]:
    """Return all rows; each has a name of its own."""
    return [*_ends(), *_refusals(), *_submits(), *_statuses(), *_results(), *_files(), *_uploads()]


def _failures() -> Iterator[tuple[str, Failure]]:
    for type_ in INFRASTRUCTURE:
        yield type_, infrastructure_error(type_, "why")
    for type_ in MODEL_ERRORS:
        yield type_, documented_error(type_)


def _ends() -> Iterator[Row]:
    """Every documented error as the end of a request that fal took."""
    for type_, failure in _failures():
        ending = SERVICE if failure.status >= 500 else MODEL
        yield Row(f"ends with {type_}", (Fault("submit", FailJob(failure)),), ending)


def _refusals() -> Iterator[Row]:
    """Every documented error of the input as the answer to a submit."""
    for type_, failure in _failures():
        if failure.status == 422:
            yield Row(f"answers {type_}", (Fault("submit", refusal(failure)),), REFUSED)


def _submits() -> Iterator[Row]:
    for status in (400, 404, 413, 422):
        yield _at("submit", f"HTTP {status}", Answer(status, {"detail": "no"}), REFUSED)
    for status in (401, 402, 429):
        yield _at("submit", f"HTTP {status}", Answer(status, {"detail": "later"}), TWICE_ASKED)
    yield _at("submit", "a locked account", Answer(403, LOCKED), TWICE_ASKED)
    for status in (408, 409, 500, 502, 503, 504):
        answer = Answer(status, {"detail": "why"})
        yield _at("submit", f"HTTP {status}", answer, UNKNOWN)
        taken = replace(answer, accepted=True)
        yield _at("submit", f"HTTP {status} though taken", taken, DELIVERED)
    yield _at("submit", "a proxy's page", proxy_page(502), UNKNOWN)
    yield _at("submit", "a redirect", redirect("http://127.0.0.1:1/elsewhere"), UNKNOWN)
    yield _at("submit", "no answer", Drop(), UNKNOWN)
    yield _at("submit", "no answer though taken", Drop(accepted=True), DELIVERED)
    yield _at("submit", "an answer too late", Delay(4), DELIVERED)
    yield _at("submit", "something unreadable", GARBAGE, DELIVERED)
    yield _at("submit", "no request id", Mangle(drop=("request_id",)), DELIVERED)
    yield _at("submit", "no URLs", Mangle(drop=("status_url", "response_url")), DELIVERED)
    elsewhere: Action = Mangle(change={"status_url": "http://127.0.0.1:1/elsewhere"})
    yield _at("submit", "URLs of another host", elsewhere, DELIVERED)


def _statuses() -> Iterator[Row]:
    for status in (401, 403, 404, 408, 429, 500, 502, 503, 504):
        yield _at("status", f"HTTP {status}", Answer(status, {"detail": "why"}), DELIVERED, 2)
    yield _at("status", "a proxy's page", proxy_page(502), DELIVERED, 2)
    yield _at("status", "a proxy's 404", proxy_page(404), DELIVERED, 12)
    yield _at("status", "no answer", Drop(), DELIVERED, 2)
    yield _at("status", "something unreadable", Answer(200, "?"), DELIVERED, 2)
    yield _at("status", "a state of tomorrow", Answer(200, {"status": "PAUSED"}), DELIVERED, 2)
    yield _at("status", "missing fields", Mangle(drop=("logs", "queue_position")), DELIVERED, 5)
    yield _at("status", "a failure kept quiet", Mangle(drop=("metrics", "logs")), DELIVERED, 5)


def _results() -> Iterator[Row]:
    for status in (401, 403, 404, 410, 429, 500, 502, 503, 504):
        yield _at("result", f"HTTP {status}", Answer(status, {"detail": "why"}), DELIVERED, 2)
    yield _at("result", "a proxy's page", proxy_page(503), DELIVERED, 2)
    yield _at("result", "no answer", Drop(), DELIVERED, 2)
    yield _at("result", "no video in it", Mangle(drop=("video",)), DELIVERED, 2)
    yield _at(
        "result", "no billed units", Mangle(drop_headers=("x-fal-billable-units",)), DELIVERED
    )


def _files() -> Iterator[Row]:
    for status in (403, 404, 410, 429, 500, 503):
        yield _at("file", f"HTTP {status}", Answer(status, b"why"), DELIVERED, 3)
    yield _at("file", "a part as if it were all", Truncate(1000), DELIVERED, 2)
    yield _at("file", "a part", Truncate(1000, announce_all=True), DELIVERED, 2)
    yield _at("file", "a wrong length", WrongLength(10_000_000), DELIVERED, 2)
    yield _at("file", "a redirect", redirect("http://127.0.0.1:1/elsewhere"), DELIVERED, 2)
    yield _at("file", "no answer", Drop(), DELIVERED, 2)


def _uploads() -> Iterator[Row]:
    for status in (401, 403, 429, 500, 503):
        yield _picture(f"HTTP {status}", Answer(status, {"detail": "why"}), DELIVERED)
    for status in (400, 413, 415, 422):
        yield _picture(f"HTTP {status}", Answer(status, {"detail": "why"}), REFUSED, posts=0)
    yield _picture("no answer", Drop(), DELIVERED)


def _at(route: Route, name: str, action: Action, ending: Ending, times: int = 1) -> Row:
    return Row(f"{route}: {name}", (Fault(route, action, times=times),), ending)


def _picture(name: str, action: Action, ending: Ending, posts: int = 1) -> Row:
    row = _at("upload", name, action, replace(ending, posts=posts))
    return replace(row, picture=True)
