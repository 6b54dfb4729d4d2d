"""Loads the secrets: from the environment or from files, never from the configuration."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings import ConfigurationProblem

_VISIBLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Credentials:
    """The bot's secrets at Discord and fal, never shown and never logged."""

    discord_token: str = field(repr=False)
    fal_key: str = field(repr=False)


def load_credentials(environment: Mapping[str, str]) -> Credentials:
    """Read both secrets. Raises ConfigurationProblem with the variable and where to get one."""
    return Credentials(
        discord_token=_secret(
            environment,
            "DISCORD_TOKEN",
            "copy the bot's token from discord.com/developers/applications, page Bot",
        ),
        fal_key=_secret(
            environment, "FAL_KEY", "make a key with API scope at fal.ai/dashboard/keys"
        ),
    )


def secret_files(environment: Mapping[str, str]) -> list[Path]:
    """Return the files that secrets are read from."""
    names = ("DISCORD_TOKEN", "FAL_KEY")
    files = [environment.get(f"{name}_FILE") for name in names if not environment.get(name)]
    return [Path(file) for file in files if file]


def _secret(environment: Mapping[str, str], name: str, fix: str) -> str:
    value = environment.get(name, "")
    if not value and (file := environment.get(f"{name}_FILE")):
        try:
            value = Path(file).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise ConfigurationProblem(
                f"{name}_FILE names {file}, which can't be read ({error.strerror}):"
                " correct the path or its permissions."
            ) from error
    value = value.strip()
    if not value:
        raise ConfigurationProblem(f"{name} is not set: {fix}, and set {name} or {name}_FILE.")
    # A stray space or line break would only show as an odd network error.
    if not _VISIBLE.fullmatch(value):
        raise ConfigurationProblem(f"{name} has a space or an odd character in it: {fix} again.")
    return value
