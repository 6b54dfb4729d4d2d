"""Finding the request whose answer was lost."""

import logging
from collections.abc import Sequence

from bot.domain.jobs.fal import FalTrouble, ListedRequest
from bot.domain.jobs.job import Job
from bot.domain.jobs.reconciliation import CLOCK_SKEW_MS, matching, unowned
from bot.ports import Fal, JobStore

log = logging.getLogger(__name__)


async def find_lost(store: JobStore, fal: Fal, job: Job, submit_within: float) -> str | None:
    """Return the id of the one request in fal's listing that can only be this job's.

    `submit_within` (seconds) is how long its POST may have taken. None where there is no such
    request, more than one, or no listing just now.
    """
    try:
        candidates = await candidates_for(store, fal, job, submit_within)
    except FalTrouble as trouble:
        log.warning("job %d: fal's listing: %s", job.id, trouble)
        return None
    return candidates[0].request_id if len(candidates) == 1 else None


async def candidates_for(
    store: JobStore, fal: Fal, job: Job, submit_within: float
) -> Sequence[ListedRequest]:
    """Return the requests in fal's listing that may be this job's. Raises FalTrouble."""
    assert job.submitting_at is not None, "only a job that was being sent is looked for"
    found = await fal.find(job.endpoint, since=job.submitting_at - CLOCK_SKEW_MS)
    candidates = matching(job, found, sent_within=round(submit_within * 1000))
    return await without_owner(store, candidates)


async def without_owner(store: JobStore, found: Sequence[ListedRequest]) -> Sequence[ListedRequest]:
    """Return those requests that no job owns."""
    return unowned(found, await store.owned_request_ids({entry.request_id for entry in found}))
