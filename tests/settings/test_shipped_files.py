"""`config.toml` and `models.toml` as they come with the bot."""

import tomllib
from pathlib import Path
from typing import TypeAlias, cast

import pytest
from pydantic import BaseModel

from bot.domain.catalogue.models import Kind
from bot.domain.moderation.rules import Ceilings
from bot.settings import Configuration, load
from bot.settings.prompts import BlockSettings
from bot.settings.schema import Settings
from tests.cli.command_line import CHECKOUT

Table: TypeAlias = dict[str, dict[str, object]]

SHIPPED = cast("Table", tomllib.loads((CHECKOUT / "config.toml").read_text()))
# Left out of the shipped file, so that whatever stands there is the owner's own word.
LEFT_OUT = {"budget": {"usd_per_month"}}


def section(name: str) -> type[BaseModel]:
    kind = Settings.model_fields[name].annotation
    assert isinstance(kind, type)
    assert issubclass(kind, BaseModel)
    return kind


SECTIONS = {name: section(name) for name in Settings.model_fields}
KEYS = [(name, key) for name in SECTIONS for key in SECTIONS[name].model_fields]


def load_here(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Configuration:
    """Load the shipped files with these variables, in the environment and nothing else."""
    monkeypatch.chdir(CHECKOUT)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load(environment)


def test_the_shipped_files_load(monkeypatch: pytest.MonkeyPatch):
    configuration = load_here(monkeypatch)
    assert configuration.file == Path("config.toml")
    catalogue = configuration.catalogue
    assert catalogue.kinds == [*Kind]
    for kind in Kind:
        assert catalogue.choose(kind, None).endpoint.startswith("fal-ai/pika/v")
    assert catalogue.draft(Kind.TEXT).key == "pika-2-turbo-text"
    assert catalogue.draft(Kind.IMAGE).key == "pika-2-turbo-image"
    template = configuration.settings.prompt.template()
    assert set(template.blocks) == set(Kind)


def test_the_shipped_file_has_the_sections_and_keys_that_there_are():
    assert set(SHIPPED) == set(SECTIONS)
    for name, kind in SECTIONS.items():
        assert set(SHIPPED[name]) == set(kind.model_fields) - LEFT_OUT.get(name, set())


def test_the_monthly_cap_is_there_unless_the_owner_says_otherwise(monkeypatch: pytest.MonkeyPatch):
    assert '# usd_per_month = "50" ' in (CHECKOUT / "config.toml").read_text()
    shipped = load_here(monkeypatch).settings
    assert shipped.ceilings().usd_per_month == 50_000_000
    assert "usd_per_month" not in shipped.budget.model_fields_set
    for text, limit in (("", None), ("0", None), ("50", 50_000_000)):
        own = load_here(monkeypatch, PIKA_BUDGET__USD_PER_MONTH=text).settings
        assert own.ceilings().usd_per_month == limit
        assert "usd_per_month" in own.budget.model_fields_set


@pytest.mark.parametrize(
    ("written", "limit"),
    [("100", 100_000_000), ("12.5", 12_500_000), ("0", None), ('"7"', 7_000_000)],
)
def test_dollars_may_be_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, limit: int | None
):
    shipped = (CHECKOUT / "config.toml").read_text()
    own = tmp_path / "own.toml"
    own.write_text(shipped.replace('# usd_per_month = "50"', f"usd_per_month = {written}"))
    assert load_here(monkeypatch, PIKA_CONFIG=str(own)).settings.ceilings().usd_per_month == limit


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_every_key_of_the_shipped_file_has_its_default(name: str, key: str):
    field = SECTIONS[name].model_fields[key]
    default = cast("object", field.get_default())
    if isinstance(default, BlockSettings):
        default = default.model_dump(exclude_unset=True)
    if key in LEFT_OUT.get(name, set()):
        return
    written = SHIPPED[name][key]
    assert written == (list(cast("tuple[str]", default)) if isinstance(default, tuple) else
                       str(default) if isinstance(default, Path) else default)  # fmt: skip
    assert isinstance(written, bool) == isinstance(default, bool)


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_every_setting_is_described(name: str, key: str):
    description = SECTIONS[name].model_fields[key].description
    assert description
    assert description.endswith(".")


def test_every_block_is_described():
    assert all(field.description for field in BlockSettings.model_fields.values())


@pytest.mark.parametrize("left", ["", '[prompt.text]\nquality = "{}"\n[prompt.add]\n'])
def test_what_is_deleted_has_its_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str
):
    block = cast("dict[str, str]", SHIPPED["prompt"]["text"])
    (tmp_path / "short.toml").write_text(left.format(block["quality"]))
    short = load_here(monkeypatch, PIKA_CONFIG=str(tmp_path / "short.toml")).settings
    whole = load_here(monkeypatch, PIKA_CONFIG="config.toml").settings
    assert short.model_dump() == whole.model_dump()


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("QUOTA__VIDEOS_PER_DAY", "7", 7),
        ("FAL__TIMEOUT_SECONDS", "0.5", 0.5),
        ("DATABASE__PATH", "/elsewhere/pika.db", Path("/elsewhere/pika.db")),
        ("DISCORD__API_URL", "http://127.0.0.1:8080/api/v10/", "http://127.0.0.1:8080/api/v10"),
        ("PROCESS__LOG_LEVEL", "DEBUG", "DEBUG"),
        ("FAL__MEDIA_HOSTS", '["http://127.0.0.1:8080"]', ("http://127.0.0.1:8080",)),
        ("DISCORD__MEDIA_HOSTS", "[]", ()),
        ("DISCORD__SERVERS", "[12, 34]", (12, 34)),
        ("DISCORD__SERVERS", "12", (12,)),
        ("PROMPT__LONGEST", "20", 20),
    ],
)
def test_any_key_can_be_overridden(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, value: object
):
    plain = load_here(monkeypatch).settings.model_dump()
    settings = load_here(monkeypatch, **{f"PIKA_{variable}": text}).settings.model_dump()
    name, key = variable.lower().split("__")
    assert settings[name][key] == value
    # And nothing else.
    settings[name][key] = plain[name][key]
    assert settings == plain


def test_one_block_can_be_overridden(monkeypatch: pytest.MonkeyPatch):
    settings = load_here(monkeypatch, PIKA_PROMPT__TEXT__SAFETY="Be nice.").settings
    assert settings.prompt.text.safety == "Be nice."
    assert settings.prompt.text.quality == SHIPPED["prompt"]["text"]["quality"]  # pyright: ignore[reportIndexIssue]


def test_a_look_that_is_deleted_is_no_longer_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    own = tmp_path / "own.toml"
    own.write_text('[prompt.styles]\n"Chalk" = "Chalk on a blackboard."\n')
    prompt = load_here(monkeypatch, PIKA_CONFIG=str(own)).settings.prompt
    assert prompt.styles == {"Chalk": "Chalk on a blackboard."}
    assert prompt.cameras == SHIPPED["prompt"]["cameras"]


def test_settings_cant_be_changed_later(monkeypatch: pytest.MonkeyPatch):
    settings = load_here(monkeypatch).settings
    for frozen in (settings, settings.quota, settings.prompt.text):
        with pytest.raises(ValueError, match="frozen"):
            setattr(frozen, next(iter(type(frozen).model_fields)), None)


def test_caps_of_nothing_or_zero_are_none(monkeypatch: pytest.MonkeyPatch):
    configuration = load_here(
        monkeypatch,
        PIKA_BUDGET__USD_PER_DAY="0",
        PIKA_BUDGET__SERVER_USD_PER_MONTH="25.50",
        PIKA_QUOTA__MOST_VIDEOS_PER_DAY="9",
        PIKA_BUDGET__TIME_ZONE="europe/berlin",
    )
    assert configuration.settings.ceilings() == Ceilings(
        videos_per_day=5,
        most_videos_per_day=9,
        server_usd_per_month=25_500_000,
        usd_per_month=50_000_000,
        zone="Europe/Berlin",
    )
