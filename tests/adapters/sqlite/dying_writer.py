"""A bot's database from its start on: it writes some facts, and dies, perhaps within its start.

`DATABASE NAME FACTS STAGE END`: STAGE is a function of `wal`, before or after which it dies.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

from bot.adapters.sqlite import wal
from bot.adapters.sqlite.database import open_writer
from bot.adapters.sqlite.ownership import owned


def die_at(stage: str, end: str) -> None:
    function = cast("Callable[..., object]", getattr(wal, stage))

    def dying(*arguments: object) -> None:
        if end == "after":
            function(*arguments)
        os._exit(9)

    setattr(wal, stage, dying)


async def main() -> None:
    path, name, facts, stage, end = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), *sys.argv[4:]
    with owned(path):
        async with open_writer(path) as writer:
            if stage:
                die_at(stage, end)
            await wal.note_run(writer, path)
            for number in range(facts):
                await writer.execute(
                    "INSERT INTO settings VALUES (?, ?)", (f"{name} {number}", "x" * 3000)
                )
                if number == facts // 2 and end == "checkpoint":
                    await writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if end != "clean":
                os._exit(9)


if __name__ == "__main__":
    asyncio.run(main())
