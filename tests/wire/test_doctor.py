"""`python -m bot doctor` asks Discord and fal, when it may."""

from pathlib import Path

from sandbox.render import Renderer
from sandbox.stage import Stage
from tests import preloaded
from tests.wire.playing import playing


async def doctor(stage: Stage, **changes: str) -> tuple[int, str]:
    out, errors = stage.bot.folder / "out", stage.bot.folder / "errors"
    out.unlink(missing_ok=True)
    environment = stage.bot.environment | changes
    process = await preloaded.fork(["bot", "doctor"], environment, out, errors)
    return await process.wait(), out.read_text()


async def test_doctor_asks_discord_and_fal(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        code, said = await doctor(stage)
        assert code == 0, said
        assert "✓ Discord: knows the bot as " in said
        assert "scope=bot+applications.commands&permissions=274878008320" in said
        assert "✓ fal: accepts FAL_KEY" in said
        assert "! Public Bot: anybody can add it to a server" in said
        assert "Public Bot off\n" in said
        stage.discord.set_public(public=False)
        code, said = await doctor(stage)
        assert code == 0
        assert "✓ Public Bot: off" in said
        code, said = await doctor(stage, DISCORD_TOKEN="wrong", FAL_KEY="wrong")
        assert code == 1
        assert "✗ Discord: refuses DISCORD_TOKEN\n    → copy the bot's token anew" in said
        assert "✗ fal: refuses FAL_KEY\n    → make a key" in said
        nobody = "http://127.0.0.1:1"
        code, said = await doctor(stage, PIKA_FAL__API_URL=nobody, PIKA_DISCORD__API_URL=nobody)
        assert code == 1
        assert "✗ Discord: can't be asked" in said
        assert f"→ check that this machine reaches {nobody}" in said
