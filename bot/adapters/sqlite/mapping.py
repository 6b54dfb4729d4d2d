"""Jobs from rows, and columns from jobs."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from bot.adapters.sqlite.database import Row, Value
from bot.domain.jobs.job import Job, NewJob, Place
from bot.domain.options import Options
from bot.ports import Changes

_JOB = TypeAdapter(Job)
_PLACE = ("guild_id", "channel_id", "member_id", "message_id", "thread_of")
_HANDLE = ("request_id", "status_url", "response_url", "cancel_url")
_JSON = ("options", "arguments", "inputs", "input_urls")


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def to_job(row: Row) -> Job:
    """Return the job that a row of `jobs` describes. Raises ValueError if it describes none."""
    # A column's type is only known once the job is validated.
    columns: dict[str, Any] = dict(row)  # pyright: ignore[reportExplicitAny]
    columns["place"] = {key: columns.pop(key) for key in _PLACE}
    handle = {key: columns.pop(key) for key in _HANDLE}
    columns["handle"] = handle if handle["request_id"] is not None else None
    for name in _JSON:
        columns[name] = json.loads(columns[name])
    columns["options"] = Options.of(columns["options"])
    return _JOB.validate_python(columns)


def from_new(job: NewJob) -> dict[str, Value]:
    """Return the columns of a job that has no row yet."""
    place: Place = job.place
    return {
        "source": job.source,
        **{key: getattr(place, key) for key in _PLACE},
        "model": job.model,
        "kind": job.kind,
        "endpoint": job.endpoint,
        "prompt": job.prompt,
        "options": as_json(job.options.chosen()),
        "arguments": as_json(job.arguments),
        "resolution": job.resolution,
        "seconds": job.seconds,
        "price": job.price,
        "price_assumed": int(job.price_assumed),
        "units": job.units,
        "inputs": as_json(job.inputs),
        "fingerprint": job.fingerprint,
        "parent_id": job.parent_id,
        "relation": job.relation,
        "tag": job.tag,
        "spoiler": int(job.spoiler),
    }


def from_changes(changes: Changes) -> dict[str, Value]:
    """Return the columns that `changes` names."""
    columns: dict[str, Value] = {}
    values: Mapping[str, object] = changes
    for key, value in values.items():
        if key == "handle":
            columns |= {part: getattr(value, part) for part in _HANDLE}
        else:
            assert value is None or isinstance(value, str | int)
            columns[key] = value
    return columns
