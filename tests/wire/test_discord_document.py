"""The judge judges: what Discord would refuse, it complains of."""

import pytest

from sandbox.discord import RestRequest
from tests.wire.discord_document import DOCUMENT, judge


def request(method: str, path: str, body: object) -> RestRequest:
    return RestRequest(
        method=method,
        template="",
        path=f"/api/v10{path}",
        parameters={},
        query={},
        authorization="",
        body=body,
    )


def test_the_document_is_there() -> None:
    if judge() is None:
        pytest.skip(f"{DOCUMENT} isn't there: what the bot sends is not held against it")


@pytest.mark.skipif(judge() is None, reason="needs Discord's OpenAPI document")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/channels/1/messages", {"content": "x" * 4001}),
        ("POST", "/channels/1/messages", {"allowed_mentions": {"parse": ["all"]}}),
        ("PATCH", "/channels/1/messages/2", {"components": [{"type": 99}]}),
        ("POST", "/interactions/1/token/callback", {"type": 77}),
        ("PUT", "/applications/1/commands", [{"name": "x", "description": "y" * 101}]),
        ("POST", "/no/such/path", {}),
    ],
)
def test_it_complains(method: str, path: str, body: object) -> None:
    document = judge()
    assert document is not None
    assert document.complaints(request(method, path, body))


@pytest.mark.skipif(judge() is None, reason="needs Discord's OpenAPI document")
def test_it_takes_attachments_as_discord_py_numbers_them() -> None:
    document = judge()
    assert document is not None
    body = {"content": "x", "attachments": [{"id": 0, "filename": "a.mp4"}]}
    assert not document.complaints(request("PATCH", "/channels/1/messages/2", body))
    assert not document.complaints(request("PATCH", "/webhooks/1/token/messages/@original", body))
