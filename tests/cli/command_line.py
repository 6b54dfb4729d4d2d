"""The real command line, as a process of its own in a folder of its own."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests import preloaded

CHECKOUT = Path(__file__).parents[2]
# Nobody listens there: whatever starts by mistake reaches nobody.
NOWHERE = {
    "https://discord.com/api/v10": "http://127.0.0.1:1",
    "wss://gateway.discord.gg/": "ws://127.0.0.1:1",
    "https://queue.fal.run": "http://127.0.0.1:1",
    "https://rest.fal.ai": "http://127.0.0.1:1",
    "https://v3.fal.media": "http://127.0.0.1:1",
    "https://api.fal.ai": "http://127.0.0.1:1",
}
SECRETS = {"DISCORD_TOKEN": "discord-token-for-tests", "FAL_KEY": "fal-key-for-tests"}


@dataclass(frozen=True)
class Folder:
    """Where a bot is started: the files as shipped, their addresses replaced, and nothing else."""

    path: Path

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace what stands in a file at least once."""
        text = (self.path / file).read_text()
        assert old in text
        (self.path / file).write_text(text.replace(old, new))

    def bot(self, *arguments: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
        """Run `python -m bot` with valid settings but for `environment`; None unsets a name."""
        chosen = SECRETS | {"PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "1"} | environment
        set_ = {name: value for name, value in chosen.items() if value is not None}
        return preloaded.run(["bot", *arguments], set_, self.path, patience=20)

    def names(self) -> set[str]:
        return {path.name for path in self.path.iterdir()}


def make_folder(path: Path) -> Folder:
    for name in ("config.toml", "models.toml"):
        shutil.copy(CHECKOUT / name, path)
    folder = Folder(path)
    for address, nowhere in NOWHERE.items():
        folder.edit("config.toml", f'"{address}"', f'"{nowhere}"')
    return folder
