"""Reconciliation with fal's listing: finds the request of a job whose answer was lost."""

import logging
from collections.abc import Sequence

from bot.domain.jobs.fal import FalTrouble, ListedRequest
from bot.domain.jobs.job import Job
from bot.domain.jobs.reconciliation import CLOCK_SKEW_MS, matching, unowned
from bot.ports import Fal, JobStore

log = logging.getLogger(__name__)


async def find_lost(store: JobStore, fal: Fal, job: Job, submit_within: float) -> str | None:
    """Return the id of the only request in fal's listing that may be this job's.

    The job's POST may have taken up to `submit_within` seconds. None if there is no such request,
    more than one, or no listing now.
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
    requests = await fal.find(job.endpoint, since=job.submitting_at - CLOCK_SKEW_MS)
    candidates = matching(job, requests, sent_within=round(submit_within * 1000))
    return await without_owner(store, candidates)


async def without_owner(
    store: JobStore, requests: Sequence[ListedRequest]
) -> Sequence[ListedRequest]:
    """Return those requests that no job owns."""
    ids = {request.request_id for request in requests}
    return unowned(requests, await store.owned_request_ids(ids))
