from pathlib import Path

import pytest

from bot.settings import ConfigurationProblem
from bot.settings.credentials import Credentials, load_credentials

# Problems are tested through the command line, see test_problems.py.


def test_secrets_from_the_environment():
    found = load_credentials({"DISCORD_TOKEN": "a.b-c_d", "FAL_KEY": "id:secret"})
    assert (found.discord_token, found.fal_key) == ("a.b-c_d", "id:secret")


def test_secrets_from_files_may_end_with_a_line_break(tmp_path: Path):
    (tmp_path / "token").write_text("from-a-file\n")
    (tmp_path / "key").write_text("  id:secret\r\n")
    environment = {
        "DISCORD_TOKEN_FILE": str(tmp_path / "token"),
        "FAL_KEY_FILE": str(tmp_path / "key"),
    }
    found = load_credentials(environment)
    assert (found.discord_token, found.fal_key) == ("from-a-file", "id:secret")
    # The environment wins over the file, unless it is empty.
    assert load_credentials(environment | {"FAL_KEY": "other"}).fal_key == "other"
    assert load_credentials(environment | {"FAL_KEY": ""}).fal_key == "id:secret"


@pytest.mark.parametrize(
    "odd", ["two words", "zero\u200bwidth", "tab\tbed", "line\nbreak", "ümlaut"]
)
def test_a_secret_is_one_word_of_ascii(odd: str):
    with pytest.raises(ConfigurationProblem, match="DISCORD_TOKEN has a space or an odd"):
        load_credentials({"DISCORD_TOKEN": odd, "FAL_KEY": "key"})


def test_secrets_are_never_shown():
    shown = repr(Credentials(discord_token="token", fal_key="key"))
    assert "'" not in shown
    assert shown == "Credentials()"
