"""Shapes of fal's answers, validated on entry. Unknown and odd optional fields are ignored."""

from contextlib import suppress
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from bot.domain.jobs.error_words import CONTENT_TYPE, field_in, is_about_content, words_in
from bot.domain.jobs.fal import USER_LOCKED, FalTrouble

# httpx takes no URL of more than 65536 characters; fal's have about a hundred.
_LONGEST_URL = 2000
_LONGEST_ID = 500
_IN_A_HEADER = r"^[!-~]+$"
_JSON: TypeAdapter[object] = TypeAdapter(object)


class SubmitAnswer(BaseModel):
    """fal's answer to a submission. A URL of another type than text mustn't lose the request id."""

    request_id: str = Field(min_length=1, max_length=_LONGEST_ID)
    status_url: object = None
    response_url: object = None
    cancel_url: object = None


class CancelAnswer(BaseModel):
    """fal's answer to a cancel, in either of the two forms that its documents name."""

    status: object = None
    success: bool = False


class TokenAnswer(BaseModel):
    """fal's answer to the request for a token of its storage: it has to fit into a header."""

    token: str = Field(pattern=_IN_A_HEADER)
    token_type: str = Field(pattern=_IN_A_HEADER)
    expires_at: AwareDatetime


class UploadAnswer(BaseModel):
    """fal's answer to an upload."""

    access_url: str = Field(min_length=1)


class PricesAnswer(BaseModel):
    """fal's answer about prices: https://fal.ai/docs/platform-apis/v1/models/pricing."""

    prices: list[object]


class StatusAnswer(BaseModel):
    """A request's status, asked for or sent as an event."""

    status: str
    request_id: object = None
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
    msg: object = None


class _ModelErrorAnswer(BaseModel):
    detail: list[_Detail] = Field(min_length=1)


class _PlainErrorAnswer(BaseModel):
    detail: str


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


def check_own(request_id: str, named: object) -> None:
    """Raise FalTrouble if an answer names another request than the one asked about."""
    if named is not None and named != request_id:
        raise FalTrouble("fal answered about another request")


def trusted_url(url: object, base: str, own: str) -> str:
    """Return fal's URL if it is on the host of `base`, as the key is sent to it, and can be asked.

    Otherwise return `own`.
    """
    # An unreadable URL, such as `http://[`, raises ValueError or InvalidURL.
    with suppress(ValueError, httpx.InvalidURL):
        if (
            isinstance(url, str)
            and len(url) <= _LONGEST_URL
            # Beyond these, what is asked may not be what was checked.
            and url.isascii()
            and url.isprintable()
            and " " not in url
            and urlsplit(url)[:2] == urlsplit(base)[:2]
            and httpx.URL(url).host
        ):
            return url
    return own


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
        about_content = _is_about_content(response, f"{detail.type} {detail.msg}")
        return CONTENT_TYPE if about_content else detail.type, names[-1] if names else None
    if (infrastructure := _parse(response, _InfrastructureErrorAnswer)) is not None:
        return infrastructure.error_type, None
    plain = _parse(response, _PlainErrorAnswer)
    if plain is not None and plain.detail.startswith("User is locked"):
        return USER_LOCKED, None
    header: str | None = response.headers.get("x-fal-error-type")
    body = _json(response)
    words = words_in(body) or ""
    if _is_about_content(response, f"{header or ''} {words}"):
        return CONTENT_TYPE, field_in(body)
    return header or f"http_{response.status_code}", field_in(body)


def _is_about_content(response: httpx.Response, text: str) -> bool:
    # A server's own error is none of the request's.
    return response.status_code < 500 and is_about_content(text)


def words_of(response: httpx.Response) -> str | None:
    """Return fal's own words on an error, cut to what members can be shown; None without any."""
    return words_in(_json(response))


def _json(response: httpx.Response) -> object:
    """Return the body of an answer; None if it isn't JSON."""
    try:
        return _JSON.validate_json(response.content)
    except ValidationError:
        return None
