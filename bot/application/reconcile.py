"""Finding the request whose answer was lost."""

import logging

from bot.domain.fal import FalTrouble
from bot.domain.job import Job
from bot.domain.reconcile import CLOCK_SKEW_MS, matching, only_unowned
from bot.ports import Fal, Store

log = logging.getLogger(__name__)


async def find_lost(store: Store, fal: Fal, job: Job, submit_within: float) -> str | None:
    """Return the id of the one request in fal's listing that can only be this job's.

    `submit_within` (seconds) is how long its POST may have taken. None where there is no such
    request, more than one, or no listing just now.
    """
    assert job.submitting_at is not None, "only a job that was being sent is looked for"
    try:
        found = await fal.find(job.endpoint, since=job.submitting_at - CLOCK_SKEW_MS)
    except FalTrouble as trouble:
        log.warning("job %d: fal's listing: %s", job.id, trouble)
        return None
    candidates = matching(job, found, sent_within=round(submit_within * 1000))
    owned = await store.owned({entry.request_id for entry in candidates})
    match = only_unowned(candidates, owned)
    return match.request_id if match else None
