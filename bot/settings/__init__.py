"""Loads the configuration: `config.toml`, the environment, the catalogue and the secrets."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_origin

from pydantic import BaseModel, ValidationError
from pydantic_settings import InitSettingsSource, PydanticBaseSettingsSource
from typing_extensions import override

from bot.domain.catalogue.models import Catalogue
from bot.settings.catalogue import CatalogueFile
from bot.settings.schema import PREFIX, Settings

CONFIG_VARIABLE = f"{PREFIX}CONFIG"


class ConfigurationProblem(Exception):
    """The configuration is wrong; the message names the key and the fix."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The configuration without the secrets. Relative paths start at the working folder."""

    file: Path
    """The file that `settings` were read from."""
    settings: Settings
    """The file's settings, with those of the environment in front."""
    catalogue: Catalogue
    """The enabled models."""


def load(environment: Mapping[str, str]) -> Configuration:
    """Read the configuration. Raises ConfigurationProblem.

    `environment` is checked for unknown names; pydantic reads the values from the process's own.
    """
    file = Path(environment.get(CONFIG_VARIABLE, "config.toml"))
    _refuse_unknown(environment)
    if not file.is_file():
        raise ConfigurationProblem(
            f"there is no configuration file at {file}: start in the bot's folder,"
            f" or set {CONFIG_VARIABLE} to where it is."
        )
    values = _toml(file, f"set {CONFIG_VARIABLE}")
    try:
        settings = _settings_from(values).model_validate({})
    except ValidationError as error:
        raise ConfigurationProblem(_sentence(error, file, environment)) from error
    return Configuration(file, settings, load_catalogue(settings.models.path))


def load_catalogue(file: Path) -> Catalogue:
    """Read the catalogue. Raises ConfigurationProblem."""
    values = _toml(file, "set `models.path`")
    try:
        return CatalogueFile.model_validate(values).catalogue()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigurationProblem(
            f"{file}: `{_dotted(first['loc'])}`: {_message(first['msg'])}: correct it there."
        ) from error
    except ValueError as error:
        raise ConfigurationProblem(f"{file}: {error}.") from error


def archive_folder(settings: Settings) -> Path:
    """Return the archive's folder."""
    return Path(settings.archive.url.removeprefix("file:"))


def _toml(file: Path, fix: str) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationProblem(
            f"{file} can't be read ({error.strerror}): {fix} to where it is."
        ) from error
    except ValueError as error:
        raise ConfigurationProblem(f"{file} isn't TOML, please correct it: {error}.") from error


def _settings_from(values: dict[str, object]) -> type[Settings]:
    """Return Settings that take what the environment leaves open from a file's values."""

    class FromFile(Settings):
        @classmethod
        @override
        def settings_customise_sources(
            cls,
            settings_cls: type,
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return env_settings, InitSettingsSource(settings_cls, values)

    return FromFile


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    """Raise ConfigurationProblem for a variable with a mistyped name, which pydantic ignores."""
    sections = {name.upper() for name in Settings.model_fields}
    for name, value in environment.items():
        if not name.startswith(PREFIX) or name == CONFIG_VARIABLE:
            continue
        section, _, key = name.removeprefix(PREFIX).partition("__")
        if section not in sections or not key:
            raise ConfigurationProblem(
                f"the environment variable {name} names no setting:"
                f" write {PREFIX}<SECTION>__<KEY>, or unset it."
            )
        if _takes_json(section, key) and not _is_json(value):
            raise ConfigurationProblem(
                f"the environment variable {name} must be JSON: write a list like"
                ' ["first", "second"], or a table like {"name": "words"}.'
            )


def _takes_json(section: str, key: str) -> bool:
    """Return whether a setting takes JSON; pydantic's error for a wrong value names no key."""
    kind = Settings.model_fields[section.lower()].annotation
    assert isinstance(kind, type)
    assert issubclass(kind, BaseModel)
    field = kind.model_fields.get(key.lower())
    shape = field and (get_origin(field.annotation) or field.annotation)
    return isinstance(shape, type) and issubclass(shape, tuple | dict | BaseModel)


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def _sentence(error: ValidationError, file: Path, environment: Mapping[str, str]) -> str:
    first = error.errors(include_url=False)[0]
    key = _dotted(first["loc"])
    parts = [str(part).upper() for part in first["loc"]]
    variables = [PREFIX + "__".join(parts[: end + 1]) for end in range(len(parts))]
    variable = next((name for name in variables if name in environment), None)
    place = f"the environment variable {variable}" if variable else str(file)
    match first["type"]:
        case "extra_forbidden":
            return f"`{key}` is not a setting: correct its name in {place}, or remove it."
        case _:
            message = _message(first["msg"])
            return f"`{key}` is {first['input']!r}, but {message}: correct it in {place}."


def _message(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _dotted(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)
