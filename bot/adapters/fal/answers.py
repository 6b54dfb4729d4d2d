"""Shapes of fal's answers, validated on entry. Unknown and odd optional fields are ignored."""

from typing import TypeVar, cast

import httpx
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from bot.domain.jobs.fal import USER_LOCKED
from bot.domain.text import clean

_LONGEST_WORDS = 500


class SubmitAnswer(BaseModel):
    """fal's answer to a submission. A URL of another type than text mustn't lose the request id."""

    request_id: str = Field(min_length=1)
    status_url: object = None
    response_url: object = None
    cancel_url: object = None


class StatusAnswer(BaseModel):
    """A request's status, asked for or sent as an event."""

    status: str
    error: object = None
    error_type: str | None = None


class _File(BaseModel):
    url: str


class ResultAnswer(BaseModel):
    """The result of a request that went well."""

    video: _File


class _Detail(BaseModel):
    loc: list[str | int] = []
    type: str


class _ModelErrorAnswer(BaseModel):
    detail: list[_Detail] = Field(min_length=1)


class _PlainErrorAnswer(BaseModel):
    detail: str


class _WordsAnswer(BaseModel):
    detail: object = None
    message: object = None
    error: object = None


class _InfrastructureErrorAnswer(BaseModel):
    error_type: str


class _Listed(BaseModel):
    request_id: str
    sent_at: AwareDatetime
    json_input: dict[str, object] | None = None


class Listing(BaseModel):
    """One page of fal's listing of requests."""

    items: list[_Listed]
    has_more: bool = False
    next_cursor: str | None = None


Answer = TypeVar("Answer", bound=BaseModel)


def read(response: httpx.Response, shape: type[Answer]) -> Answer | None:
    """Return the body of a 2xx answer in the given shape; None for any other answer."""
    return _parse(response, shape) if response.is_success else None


def _parse(response: httpx.Response, shape: type[Answer]) -> Answer | None:
    try:
        return shape.model_validate_json(response.content)
    except ValidationError:
        return None


def is_fals(response: httpx.Response) -> bool:
    """Return whether an error answer is fal's own and not, for example, a proxy's page."""
    return response.headers.get("content-type", "").startswith("application/json")


def error_of(response: httpx.Response) -> tuple[str, str | None]:
    """Return the type of an error as fal names it, and the input field it concerns, if any.

    Model errors carry a list of `{loc, msg, type}`, infrastructure errors an `error_type`, and a
    locked account only a sentence: "User is locked. Reason: Exhausted balance. …".
    https://fal.ai/docs/documentation/model-apis/errors
    """
    if (model := _parse(response, _ModelErrorAnswer)) is not None:
        detail = model.detail[0]
        names = [part for part in detail.loc if isinstance(part, str) and part != "body"]
        return detail.type, names[-1] if names else None
    if (infrastructure := _parse(response, _InfrastructureErrorAnswer)) is not None:
        return infrastructure.error_type, None
    plain = _parse(response, _PlainErrorAnswer)
    if plain is not None and plain.detail.startswith("User is locked"):
        return USER_LOCKED, None
    header: str | None = response.headers.get("x-fal-error-type")
    return header or f"http_{response.status_code}", None


def words_of(response: httpx.Response) -> str:
    """Return fal's own words about an error on one line; empty where it has none.

    They are for the account's owner: members never read them.
    """
    answer = _parse(response, _WordsAnswer)
    if answer is None:
        return ""
    texts = [answer.detail, answer.message, answer.error]
    if isinstance(answer.detail, list):
        details = cast("list[object]", answer.detail)
        texts += [cast("dict[str, object]", d).get("msg") for d in details if isinstance(d, dict)]
    words = next((text for text in texts if isinstance(text, str) and text.strip()), "")
    return clean(words)[:_LONGEST_WORDS]
