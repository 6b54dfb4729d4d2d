import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.logs import OnceAMinute, Redacting

TOKEN = "MTIz.token-of_discord"
KEY = "id:secret-of-fal"
formatter = Redacting([TOKEN, KEY, ""])


def formatted(message: str, *arguments: object, error: BaseException | None = None) -> str:
    trace = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("bot", logging.INFO, "", 0, message, arguments, trace)
    return formatter.format(record)


@pytest.mark.parametrize("secret", [TOKEN, KEY])
def test_secrets_are_blanked_wherever_they_stand(secret: str):
    text = formatted("Authorization: Key %s, %r", secret, {"key": secret})
    assert secret not in text
    assert text.count("[secret]") == 2


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://cdn.example/a.png?ex=1&hm=abc", "https://cdn.example/a.png?[query]"),
        ("http://127.0.0.1:1/a?b", "http://127.0.0.1:1/a?[query]"),
        ("https://v3.example/files/a.mp4", "https://v3.example/files/a.mp4"),
        (
            "https://discord.com/api/v10/webhooks/123/aW50ZXJh_cG-l.vbg/messages/@original",
            "https://discord.com/api/v10/webhooks/123/[token]/messages/@original",
        ),
        (
            "/interactions/123/aW50ZXJhY3Rpb24/callback",
            "/interactions/123/[token]/callback",
        ),
    ],
)
def test_addresses_lose_what_signs_them(url: str, shown: str):
    assert formatted("GET %s failed", url).endswith(f"GET {shown} failed")
    assert formatted("'%s', \"%s\"", url, url).endswith(f"'{shown}', \"{shown}\"")


@given(st.text(alphabet="abcdef0123456789&=%+-_.~/;:,?", min_size=1))
def test_nothing_of_a_query_is_left(query: str):
    assert formatted(f"<https://cdn.example/a?{query}>").endswith("<https://cdn.example/a?[query]>")


def test_tracebacks_too():
    def fail() -> None:
        raise ValueError(f"Key {KEY} at https://a.example/b?signature=xyz")

    with pytest.raises(ValueError, match="Key") as caught:
        fail()
    wrapped = RuntimeError(f"token {TOKEN}")
    wrapped.__cause__ = caught.value
    text = formatted("went wrong", error=wrapped)
    assert "RuntimeError: token [secret]" in text
    assert "ValueError: Key [secret] at https://a.example/b?[query]" in text
    for hidden in (TOKEN, KEY, "xyz"):
        assert hidden not in text


def test_the_log_is_redacted_and_libraries_never_at_debug(capsys: pytest.CaptureFixture[str]):
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        logs.configure("DEBUG", [TOKEN])
        logging.getLogger("bot.test").debug("token %s", TOKEN)
        logging.getLogger("httpx").info("HTTP Request: POST https://a.example/b?c")
        logging.getLogger("discord.gateway").debug("event of %s", TOKEN)
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1
        assert lines[0].endswith("DEBUG   bot.test: token [secret]")
    finally:
        root.handlers[:] = before
        root.setLevel(level)


def test_what_others_can_cause_is_logged_once_a_minute():
    now = 0.0
    once = OnceAMinute("", now=lambda: now)

    def passed(message: str, *arguments: object, level: int = logging.WARNING) -> str | None:
        record = logging.LogRecord("bot", level, "", 0, message, arguments, None)
        return record.getMessage() if once.filter(record) else None

    assert passed("job %s isn't", 1) == "job 1 isn't"
    assert [passed("job %s isn't", number) for number in range(9)] == [None] * 9
    # Neither another message nor what is no trouble is kept back.
    assert passed("job %s is", 1) == "job 1 is"
    assert [passed("job %s is", 2, level=logging.INFO) for _ in range(2)] == ["job 2 is"] * 2
    now = 60.0
    assert passed("job %s isn't", 2) == "job 2 isn't; 9 more since the last such line"
    assert passed("job %s isn't", 3) is None
    now = 120.0
    assert passed("job %s isn't", 4) == "job 4 isn't; 1 more since the last such line"
    now = 180.0
    assert passed("job %s isn't", 5) == "job 5 isn't"
