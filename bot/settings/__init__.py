"""The configuration: `config.toml`, the environment, the catalogue and the secrets, parsed once."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import PydanticBaseSettingsSource, TomlConfigSettingsSource
from typing_extensions import override

from bot.domain.models import Catalogue
from bot.settings.catalogue import CatalogueFile
from bot.settings.schema import PREFIX, Settings

CONFIG_VARIABLE = f"{PREFIX}CONFIG"


class ConfigurationProblem(Exception):
    """The configuration can't be used; the message names the key and the fix."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything but the secrets. Relative paths are relative to where the bot was started."""

    file: Path
    settings: Settings
    catalogue: Catalogue


def load(environment: Mapping[str, str]) -> Configuration:
    """Read the configuration. Raises ConfigurationProblem.

    `environment` is searched for unknown names; pydantic reads the process's own for the values.
    """
    file = Path(environment.get(CONFIG_VARIABLE, "config.toml"))
    _refuse_unknown(environment)
    if not file.is_file():
        raise ConfigurationProblem(
            f"there is no configuration file at {file}: start in the bot's folder,"
            f" or set {CONFIG_VARIABLE} to where it is."
        )
    try:
        settings = _reading(file).model_validate({})
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationProblem(f"{file} isn't TOML: {error}.") from error
    except ValidationError as error:
        raise ConfigurationProblem(_sentence(error, file)) from error
    return Configuration(file, settings, load_catalogue(settings.models.path))


def load_catalogue(file: Path) -> Catalogue:
    """Read the catalogue. Raises ConfigurationProblem."""
    try:
        return CatalogueFile.model_validate(tomllib.loads(file.read_text())).catalogue()
    except OSError as error:
        raise ConfigurationProblem(
            f"the catalogue {file} can't be read ({error.strerror}): set `models.path` to where it is."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationProblem(f"{file} isn't TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigurationProblem(f"{file}: `{_dotted(first['loc'])}`: {first['msg']}.") from error
    except ValueError as error:
        raise ConfigurationProblem(f"{file}: {error}.") from error


def archive_folder(settings: Settings) -> Path:
    """Return where files are kept. Raises ConfigurationProblem."""
    scheme, _, path = settings.archive.url.partition(":")
    if scheme != "file" or not path:
        raise ConfigurationProblem(
            f"`archive.url` is {settings.archive.url!r}, but only folders are known:"
            " write `file:` and a folder."
        )
    return Path(path)


def _reading(file: Path) -> type[Settings]:
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
            return env_settings, TomlConfigSettingsSource(settings_cls, file)

    return FromFile


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    """A typo in a variable's name would otherwise be ignored in silence."""
    sections = {name.upper() for name in Settings.model_fields}
    for name in environment:
        if not name.startswith(PREFIX) or name == CONFIG_VARIABLE:
            continue
        section, _, key = name.removeprefix(PREFIX).partition("__")
        if section not in sections or not key:
            raise ConfigurationProblem(
                f"the environment variable {name} names no setting:"
                f" write {PREFIX}<SECTION>__<KEY>, or unset it."
            )


def _sentence(error: ValidationError, file: Path) -> str:
    first = error.errors(include_url=False)[0]
    if not first["loc"]:
        return (
            "a list in the environment must be JSON, like"
            f' {PREFIX}FAL__MEDIA_HOSTS=["a.example"]: {_lower(first["msg"])}.'
        )
    key = _dotted(first["loc"])
    variable = PREFIX + "__".join(str(part) for part in first["loc"][:2]).upper()
    place = f"the environment variable {variable}" if variable in os.environ else str(file)
    match first["type"]:
        case "missing":
            return f"`{key}` is missing: add it to {file}, as in the file that came with the bot."
        case "extra_forbidden":
            return f"`{key}` is not a setting: correct its name in {place}, or remove it."
        case _:
            message = first["msg"].removeprefix("Value error, ")
            return f"`{key}` is {first['input']!r}, but {_lower(message)}: correct it in {place}."


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _dotted(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)
