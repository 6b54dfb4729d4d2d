"""Bad or missing configuration is one sentence that names the key and the fix; exit code 2."""

from pathlib import Path

import pytest

from tests.cli.command_line import Folder, make_folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return make_folder(tmp_path)


def complaint(folder: Folder, **environment: str | None) -> str:
    """Start the bot, which must refuse, and return its one sentence."""
    ended = folder.bot("run", **environment)
    assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
    assert ended.stderr.startswith("pika-bot: ")
    assert ended.stderr.endswith(".\n")
    assert ended.stderr.count("\n") == 1
    assert "Traceback" not in ended.stderr
    return ended.stderr.removeprefix("pika-bot: ").strip()


def test_without_a_file(folder: Folder):
    (folder.path / "config.toml").unlink()
    sentence = complaint(folder)
    assert "no configuration file at config.toml" in sentence
    assert "start in the bot's folder, or set PIKA_CONFIG" in sentence
    assert "at elsewhere.toml" in complaint(folder, PIKA_CONFIG="elsewhere.toml")


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        # Not TOML.
        ("[quota]", "[quota", ["config.toml isn't TOML", "please correct it", "line "]),
        ("path = ", "url = 'x'\npath = ", ["`database.url` is not a setting", "config.toml"]),
        ("[database]", "[databse]", ["`databse` is not a setting", "config.toml"]),
        (
            "videos_per_day = 5",
            "videos_per_day = 'x'",
            ["`quota.videos_per_day` is 'x'", "integer"],
        ),
        ("videos_per_day = 5", "videos_per_day = 2.5", ["`quota.videos_per_day` is 2.5"]),
        ('time_zone = "UTC"', 'time_zone = "Berlin"', ["`budget.time_zone`", "Europe/Berlin"]),
        (
            'server_usd_per_day = ""',
            'server_usd_per_day = "-1"',
            ["`budget.server_usd_per_day`", "dollars as text"],
        ),
        ("[budget]", "[budget]\nusd_per_month = -1", ["`budget.usd_per_month`", "as text, such"]),
        ("[budget]", "[budget]\nusd_per_month = inf", ["`budget.usd_per_month`", "as text, such"]),
        (
            "[budget]",
            "[budget]\nusd_per_month = true",
            ["`budget.usd_per_month` is True", "string"],
        ),
        ("videos_per_day = 5", "videos_per_day = -1", ["`quota.videos_per_day` is -1", "0"]),
        ("concurrency = 2", "concurrency = 0", ["`fal.concurrency` is 0", "1"]),
        ("run_seconds = 1200.0", "run_seconds = inf", ["`fal.run_seconds` is inf", "finite"]),
        ('log_level = "INFO"', 'log_level = "LOUD"', ["`process.log_level`", "'DEBUG'"]),
        (
            'queue_url = "http://127.0.0.1:1"',
            'queue_url = "queue.fal.run"',
            ["`fal.queue_url`", "https://"],
        ),
        (
            'queue_url = "http://127.0.0.1:1"',
            'queue_url = "ftp://queue.fal.run"',
            ["`fal.queue_url`", "https://"],
        ),
        (
            'queue_url = "http://127.0.0.1:1"',
            'queue_url = "https://"',
            ["`fal.queue_url`", "must name a host"],
        ),
        (
            'rest_url = "http://127.0.0.1:1"',
            'rest_url = "http://rest:99999"',
            ["`fal.rest_url`", "65535"],
        ),
        ('"ws://127.0.0.1:1"', '"https://a.example"', ["`discord.gateway_url`", "wss://"]),
        ('"*.fal.media"', '"https://fal.media/"', ["`fal.media_hosts.0`", "http://host:port"]),
        ('"*.fal.media"', '"a b"', ["`fal.media_hosts.0` is 'a b'", "must be a host"]),
        ("media_hosts = [", "media_hosts = [1, ", ["`discord.media_hosts.0` is 1", "string"]),
        ('negative = "blurry, distorted, w', 'x = "', ["`prompt.text.x` is not a setting"]),
        ("[prompt.text]", "[prompt.text]\nkeep = 1", ["`prompt.text.keep` is 1", "string"]),
        ('quality = "High', 'quality = "a\\nb', ["`prompt.text.quality`", "must be one line"]),
        (
            '"file:data/videos"',
            '"s3://bucket"',
            ["`archive.url` is 's3://bucket'", "must be `file:` and"],
        ),
        ('"file:data/videos"', '"file:"', ["`archive.url` is 'file:'", "`file:` and a folder"]),
        ('"models.toml"', '"other.toml"', ["other.toml can't be read", "set `models.path`"]),
    ],
)
def test_a_mistake_in_the_file(folder: Folder, old: str, new: str, names: list[str]):
    folder.edit("config.toml", old, new)
    sentence = complaint(folder)
    for name in names:
        assert name in sentence


def test_a_file_in_another_encoding(folder: Folder):
    (folder.path / "config.toml").write_bytes("[quota] # für alle".encode("latin-1"))
    assert "config.toml isn't TOML, please correct it: 'utf-8'" in complaint(folder)


@pytest.mark.parametrize(
    ("name", "value", "names"),
    [
        ("PIKA_QOUTA__VIDEOS_PER_DAY", "5", ["names no setting", "PIKA_<SECTION>__<KEY>"]),
        ("PIKA_QUOTA", "5", ["PIKA_QUOTA names no setting"]),
        ("PIKA_QUOTA__VIDEOS", "5", ["`quota.videos` is not a setting", "variable PIKA_QUOTA__"]),
        ("PIKA_QUOTA__VIDEOS_PER_DAY", "", ["`quota.videos_per_day` is ''", "integer"]),
        ("PIKA_FAL__RUN_SECONDS", "nan", ["`fal.run_seconds` is", "variable PIKA_FAL__RUN_S"]),
        ("PIKA_FAL__MEDIA_HOSTS", "a.example", ["variable PIKA_FAL__MEDIA_HOSTS must be JSON"]),
        ("PIKA_FAL__MEDIA_HOSTS", '"a.example"', ["`fal.media_hosts` is", "tuple"]),
        ("PIKA_FAL__MEDIA_HOSTS", '["http://a:0"]', ["`fal.media_hosts.0` is 'http://a:0'"]),
        (
            "PIKA_PROMPT__TEXT__SAFE",
            "x",
            ["`prompt.text.safe`", "variable PIKA_PROMPT__TEXT__SAFE"],
        ),
        ("PIKA_PROMPT__TEXT", "x", ["PIKA_PROMPT__TEXT must be JSON"]),
        ("PIKA_PROMPT__ADD", "1", ["`prompt.add` is 1"]),
        ("PIKA_PROMPT__STYLES", "x", ["PIKA_PROMPT__STYLES must be JSON"]),
        ("PIKA_ARCHIVE__URL", "", ["`archive.url` is ''", "must be `file:` and a folder"]),
    ],
)
def test_a_mistake_in_the_environment(folder: Folder, name: str, value: str, names: list[str]):
    sentence = complaint(folder, **{name: value})
    for part in [*names, name]:
        assert part in sentence


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("[[models]]", "[[models", ["models.toml isn't TOML"]),
        ('{ resolution = "720p", duration = 5, usd = "0.20" },', "", ["-text: no price for 720p, 5"]),
        ('"0.45" }', '"0.45" }, { resolution = "720p", duration = 5, usd = "1" }', ["two prices"]),
        ('key = "pika-2.2-image"', 'key = "pika-2.2-text"', ["model pika-2.2-text is listed twice"]),
        ('usd = "0.45"', 'usd = "-0.45"', ["`models.0.prices.1.usd`", "-0.45", "non-negative"]),
        ('usd = "0.45"', 'usd = "0.0000001"', ["`models.0.prices.1.usd`", "micro-dollars"]),
        ('usd = "0.45"', 'usd = "free"', ["`models.0.prices.1.usd`", "decimal"]),
        ('kind = "text-to-video"', 'kind = "text"', ["`models.0.kind`", "'text-to-video'"]),
        ("durations = [5, 10]", "durations = []", ["model pika-2.2-text: no price for 720p"]),
        ("resolutions =", "resolution =", ["`models.0.resolution`", "not permitted"]),
        ("name =", "nickname = 'x'\nname =", ["`models.0.nickname`", "not permitted"]),
    ],
)  # fmt: skip
def test_a_mistake_in_the_catalogue(folder: Folder, old: str, new: str, names: list[str]):
    folder.edit("models.toml", old, new)
    sentence = complaint(folder)
    for name in [*names, "models.toml"]:
        assert name in sentence


@pytest.mark.parametrize(
    ("name", "fix"), [("DISCORD_TOKEN", "page Bot"), ("FAL_KEY", "make a key")]
)
def test_without_a_secret(folder: Folder, name: str, fix: str):
    for missing in (None, "", "  "):
        sentence = complaint(folder, **{name: missing})
        assert f"{name} is not set" in sentence
        assert fix in sentence
        assert f"{name}_FILE" in sentence


@pytest.mark.parametrize("name", ["DISCORD_TOKEN", "FAL_KEY"])
def test_a_secret_that_cant_be_one(folder: Folder, name: str):
    odd = "to ken"
    sentence = complaint(folder, **{name: odd})
    assert f"{name} has a space or an odd character in it" in sentence
    assert odd not in sentence
    (folder.path / "secret").write_bytes(b"\xff\xfe")
    assert f"{name} has a space" in complaint(folder, **{name: None, f"{name}_FILE": "secret"})


@pytest.mark.parametrize("name", ["DISCORD_TOKEN", "FAL_KEY"])
def test_a_secret_in_a_file_that_cant_be_read(folder: Folder, name: str):
    for file, reason in (("nowhere", "No such file"), (".", "Is a directory")):
        sentence = complaint(folder, **{name: None, f"{name}_FILE": file})
        assert f"{name}_FILE names {file}, which can't be read ({reason}" in sentence


def test_every_command_says_the_same(folder: Folder):
    mistake = {"PIKA_QUOTA__VIDEOS_PER_DAY": "x"}
    sentence = complaint(folder, **mistake)
    for command in ("jobs", "ledger"):
        ended = folder.bot(command, **mistake)
        assert (ended.returncode, ended.stderr) == (2, f"pika-bot: {sentence}\n")
    ended = folder.bot("doctor", "--offline", **mistake)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert f"✗ configuration: {sentence}\n" in ended.stdout
