"""The reason for which a job failed, where status and result may contradict each other."""

import pytest

from bot.domain.jobs.fal import Finished, ModelError, judge_error, judge_status
from bot.domain.jobs.job import Failure

WELL = Finished(failed=False, error_type=None)
REFUSED = Finished(failed=True, error_type="content_policy_violation")
BROKEN = Finished(failed=True, error_type="runner_disconnected")
SILENT = Finished(failed=True, error_type=None)


@pytest.mark.parametrize(
    ("finished", "error", "expected"),
    [
        (WELL, ModelError(422, "content_policy_violation", "prompt"), Failure.MODEL_ERROR),
        (WELL, ModelError(400, "http_400"), None),
        (WELL, ModelError(503, "runner_disconnected"), None),
        (REFUSED, ModelError(422, "content_policy_violation", "prompt"), Failure.MODEL_ERROR),
        (REFUSED, ModelError(503, "runner_connection_error"), None),
        (BROKEN, ModelError(503, "runner_disconnected"), Failure.SERVICE_ERROR),
        (BROKEN, ModelError(502, "http_502"), None),
        (SILENT, ModelError(500, "internal_error"), Failure.SERVICE_ERROR),
        (SILENT, ModelError(422, "no_media_generated"), Failure.MODEL_ERROR),
    ],
)
def test_a_contradiction_is_asked_again(
    finished: Finished, error: ModelError, expected: Failure | None
) -> None:
    assert judge_error(finished, error) is expected


@pytest.mark.parametrize(
    ("finished", "expected"),
    [
        (WELL, Failure.OUTCOME_UNKNOWN),
        (REFUSED, Failure.MODEL_ERROR),
        (SILENT, Failure.MODEL_ERROR),
        (BROKEN, Failure.SERVICE_ERROR),
    ],
)
def test_in_the_end_the_status_is_believed(finished: Finished, expected: Failure) -> None:
    assert judge_status(finished) is expected
