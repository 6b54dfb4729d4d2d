"""fal's event stream of a request: its status, sent whenever the status changes.

https://fal.ai/docs/documentation/model-apis/inference/queue
"""

import asyncio
from collections.abc import Callable

import httpx
from httpx_sse import aconnect_sse
from pydantic import ValidationError

from bot.adapters.fal.answers import StatusAnswer, check_own
from bot.adapters.fal.transport import MOST_EVENT_BYTES
from bot.domain.jobs.fal import FalTrouble, Finished, Progress, Queued, Running


def progress_of(answer: StatusAnswer) -> Progress:
    """Return a status answer as progress. Raises FalTrouble for a state unknown to this bot."""
    match answer.status:
        case "IN_QUEUE":
            return Queued()
        case "IN_PROGRESS":
            return Running()
        case "COMPLETED":
            failed = bool(answer.error or answer.error_type)
            return Finished(failed=failed, error_type=answer.error_type)
        case other:
            raise FalTrouble(f"fal knows a state that this bot doesn't: {other[:40]}")


async def stream(
    http: httpx.AsyncClient,
    url: str,
    request_id: str,
    report: Callable[[Progress], None],
    *,
    patience: float,
) -> None:
    """Call `report` with each event of a request until fal ends the stream. Raises FalTrouble.

    `patience` (seconds) limits the wait for the first event; later events may take any time.
    """
    try:
        async with (
            asyncio.timeout(patience) as limit,
            aconnect_sse(
                http,
                "GET",
                url,
                params={"logs": "0"},
                timeout=httpx.Timeout(patience, read=None),
                extensions={"most_event_bytes": MOST_EVENT_BYTES},
            ) as source,
        ):
            if not source.response.is_success:
                raise FalTrouble(f"events answered HTTP {source.response.status_code}")
            async for event in source.aiter_sse():
                if event.data:
                    limit.reschedule(None)
                    answer = StatusAnswer.model_validate_json(event.data)
                    check_own(request_id, answer.request_id)
                    report(progress_of(answer))
    except ValidationError as error:
        raise FalTrouble("events said something unreadable") from error
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise FalTrouble(f"events failed: {type(error).__name__}") from error
