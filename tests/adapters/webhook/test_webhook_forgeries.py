"""Whatever isn't surely fal's is refused with a bare status, and leaves every job untouched."""

import base64
import gzip
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from bot.adapters.webhook.receiver import MOST_BYTES
from bot.domain.jobs.job import Status
from tests.adapters.webhook.webhook_harness import Call, Desk, open_desk, say

ID = "3f1c8a52-77aa-4b3e-9d5e-0e4b8a9c1d2f"
OTHER = "99999999-77aa-4b3e-9d5e-0e4b8a9c1d2f"
Forgery = Callable[[Desk], Call]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as desk:
        yield desk


def genuine(desk: Desk) -> Call:
    """Return what fal sends for the job whose answer was lost."""
    return desk.genuine(desk.jobs[Status.UNCERTAIN].reference, ID)


def header(name: str, value: str | None) -> Forgery:
    return lambda desk: genuine(desk).with_header(name, value)


def signed(body: bytes) -> Forgery:
    return lambda desk: desk.genuine(desk.jobs[Status.UNCERTAIN].reference, ID, body=body)


def at(path: str) -> Forgery:
    return lambda desk: replace(genuine(desk), path=path)


def by(method: str) -> Forgery:
    return lambda desk: replace(genuine(desk), method=method)


def message(call: Call) -> bytes:
    parts = dict(call.headers)
    digest = hashlib.sha256(call.body).hexdigest()
    return f"{parts['Request-Id']}\n{parts['User-Id']}\n{parts['Timestamp']}\n{digest}".encode()


def by_the_public_key(desk: Desk) -> Call:
    secret = desk.key.public_key().public_bytes_raw()
    forged = hmac.new(secret, message(genuine(desk)), hashlib.sha512).hexdigest()
    return genuine(desk).with_header("Signature", forged)


def by_another_curve(desk: Desk) -> Call:
    key = ec.generate_private_key(ec.SECP256R1())
    r, s = decode_dss_signature(key.sign(message(genuine(desk)), ec.ECDSA(hashes.SHA256())))
    forged = (r.to_bytes(32) + s.to_bytes(32)).hex()
    return genuine(desk).with_header("Signature", forged)


def of_the_body_only(desk: Desk) -> Call:
    call = genuine(desk)
    return call.with_header("Signature", desk.key.sign(call.body).hex())


def of_one_line(desk: Desk) -> Call:
    call = genuine(desk)
    forged = desk.key.sign(message(call).replace(b"\n", b""))
    return call.with_header("Signature", forged.hex())


def in_base64(desk: Desk) -> Call:
    call = genuine(desk)
    raw = bytes.fromhex(dict(call.headers)["Signature"])
    return call.with_header("Signature", base64.b64encode(raw).decode())


def renewed(desk: Desk) -> Call:
    old = desk.genuine(desk.jobs[Status.UNCERTAIN].reference, ID, ago=400)
    return old.with_header("Timestamp", str(int(time.time())))  # noqa: TID251 - a forger's clock


def said_twice(desk: Desk) -> Call:
    call = genuine(desk)
    return replace(call, headers=(("Request-Id", OTHER), *call.headers))


def of_another_job(desk: Desk) -> Call:
    handle = desk.jobs[Status.SUBMITTED].handle
    assert handle is not None
    call = desk.genuine(desk.jobs[Status.SUBMITTED].reference, handle.request_id)
    return replace(call, path=genuine(desk).path)


def with_the_token_of_another_job(desk: Desk) -> Call:
    token = desk.path(desk.jobs[Status.SUBMITTED].reference).rpartition("/")[2]
    return replace(genuine(desk), path=f"/fal/{desk.jobs[Status.UNCERTAIN].reference}/{token}")


def cut_short(desk: Desk) -> Call:
    return replace(genuine(desk), path=genuine(desk).path[:-1])


def chunked(desk: Desk) -> Call:
    return replace(signed(bytes(64 * MOST_BYTES))(desk), chunked=True)


def packed(desk: Desk) -> Call:
    body = gzip.compress(genuine(desk).body)
    return replace(signed(body)(desk), encoding="gzip")


FORGERIES: dict[str, tuple[int, Forgery]] = {
    "another key": (
        401,
        lambda desk: desk.genuine(
            desk.jobs[Status.UNCERTAIN].reference, ID, key=Ed25519PrivateKey.generate()
        ),
    ),
    "an altered body": (401, lambda desk: replace(genuine(desk), body=genuine(desk).body + b" ")),
    "no body": (401, lambda desk: replace(genuine(desk), body=b"")),
    "another request id": (401, header("Request-Id", OTHER)),
    "another user": (401, header("User-Id", "user-2")),
    "another time": (401, header("Timestamp", str(int(time.time()) - 100))),  # noqa: TID251
    "an old time": (
        401,
        lambda desk: desk.genuine(desk.jobs[Status.UNCERTAIN].reference, ID, ago=310),
    ),
    "a time to come": (
        401,
        lambda desk: desk.genuine(desk.jobs[Status.UNCERTAIN].reference, ID, ago=-310),
    ),
    "an old call with a new time": (401, renewed),
    "a time that is none": (401, header("Timestamp", "soon")),
    "a time below zero": (401, header("Timestamp", "-1")),
    "a time with a fraction": (401, header("Timestamp", "1764000000.5")),
    "a time beyond all": (401, header("Timestamp", "9" * 400)),
    "no request id": (401, header("Request-Id", None)),
    "no user": (401, header("User-Id", None)),
    "no time": (401, header("Timestamp", None)),
    "no signature": (401, header("Signature", None)),
    "a header twice": (401, said_twice),
    "a request id with a path in it": (401, header("Request-Id", "../../v1/models")),
    "a signature that isn't hex": (401, header("Signature", "z" * 128)),
    "a signature too short": (401, header("Signature", "ab" * 63)),
    "a signature too long": (401, header("Signature", "ab" * 65)),
    "a signature in base64": (401, in_base64),
    "a signature of zeros": (401, header("Signature", "0" * 128)),
    "HMAC with the public key": (401, by_the_public_key),
    "ECDSA": (401, by_another_curve),
    "a signature of the body only": (401, of_the_body_only),
    "a signature of one line": (401, of_one_line),
    "a body of another request": (400, signed(json.dumps({"request_id": OTHER}).encode())),
    "no JSON": (400, signed(b"request_id=1")),
    "no text": (400, signed(b"\xff\xfe\x00")),
    "a JSON list": (400, signed(json.dumps([{"request_id": ID}]).encode())),
    "a JSON text": (400, signed(json.dumps(ID).encode())),
    "a request id that is a number": (400, signed(b'{"request_id": 5}')),
    "a request id in a list": (400, signed(json.dumps({"request_id": [ID]}).encode())),
    "without a request id": (400, signed(json.dumps({"gateway_request_id": ID}).encode())),
    "JSON of endless depth": (400, signed(b'{"request_id":' + b"[" * 100_000)),
    "a packed body": (400, packed),
    "a huge body": (413, signed(bytes(MOST_BYTES + 1))),
    "a huge body in chunks": (413, chunked),
    "of another job": (403, of_another_job),
    "another job's request": (
        403,
        lambda desk: desk.genuine(desk.jobs[Status.SUBMITTED].reference, ID),
    ),
    "of a job that there isn't": (403, lambda desk: desk.genuine("4711", ID)),
    "another job's token": (404, with_the_token_of_another_job),
    "half a token": (404, cut_short),
    "no token": (404, at("/fal/1/")),
    "a made-up token": (404, at("/fal/2/" + "0" * 64)),
    "a job that is no number": (404, at("/fal/../" + "0" * 64)),
    "a job beyond all numbers": (404, at("/fal/" + "9" * 200 + "/" + "0" * 64)),
    "elsewhere": (404, at("/")),
    "for its health": (404, at("/health")),
    "GET": (405, by("GET")),
    "PUT": (405, by("PUT")),
    "DELETE": (405, by("DELETE")),
    "OPTIONS": (405, by("OPTIONS")),
    "before the submit was answered": (
        503,
        lambda desk: desk.genuine(desk.jobs[Status.CREATED].reference, ID),
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forgery_is_refused(
    desk: Desk, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    status, forge = FORGERIES[name]
    before = await desk.everything()
    answer = await desk.send(forge(desk))
    assert (answer.status_code, answer.content) == (status, b"")
    assert await desk.everything() == before
    assert desk.went_on == []
    told = "".join(record.getMessage() for record in caplog.records if "bot" in record.name)
    assert "/fal/" not in told
    # What is made with the same means, but nothing is wrong with it, is taken.
    assert (await desk.send(genuine(desk))).status_code == 200
    assert (await desk.now(Status.UNCERTAIN)).status is Status.SUBMITTED


def test_there_are_many():
    assert len(FORGERIES) > 50


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, None),
        (302, None),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"keys": []}'),
        (200, b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "!!"}]}'),
        (200, b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}]}'),
        (200, b'{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}'),
        (200, b'{"keys": [' + b"5," * 100_000 + b"5]}"),
    ],
)
async def test_without_fals_keys_nothing_is_taken(
    desk: Desk, status: int, body: bytes | None
) -> None:
    desk.keys.status = status
    desk.keys.body = desk.keys.body if body is None else body
    before = await desk.everything()
    for _ in range(5):
        answer = await desk.send(genuine(desk))
        assert (answer.status_code, answer.content) == (503, b"")
    # However much comes in, fal's keys are asked for once in a while.
    assert desk.keys.calls == 1
    assert await desk.everything() == before


@pytest.mark.parametrize(
    "raw",
    [
        b"<script>alert(1)</script>\r\n\r\n",
        b"POST /<script> HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST / HTTP/1.1\r\nContent-Length: <script>\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\n" + b"X-Y: <script>\r\n" * 1000 + b"\r\n",
    ],
)
async def test_what_is_no_http_is_not_repeated(
    desk: Desk, raw: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await say(desk, raw)
    assert answer.startswith(b"HTTP/1.0 400 ")
    assert answer.endswith(b"\r\n\r\n")
    assert b"script" not in answer
    assert "script" not in caplog.text


async def test_who_never_ends_is_hung_up_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.adapters.webhook.receiver.SECONDS", 0.3)
    call = genuine(desk)
    lines = [f"POST {call.path} HTTP/1.1", "Host: x", "Content-Length: 1000"]
    lines += [f"X-Fal-Webhook-{name}: {value}" for name, value in call.headers]
    answer = await say(desk, "\r\n".join([*lines, "", "{"]).encode())
    assert answer.startswith(b"HTTP/1.1 408")
