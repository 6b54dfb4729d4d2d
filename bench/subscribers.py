"""A process in which fal-client waits for many requests, as its `subscribe` does after the POST.

`bench.waiting` starts the process. The process prints a line once it begins, logs the stalls of its
event loop, and runs until it is killed.
"""

import asyncio
import logging

import click

from bench.fals_client import fals_own_client
from bench.leftovers import ENDPOINT, request_id
from bot.adapters.process.loop_lag import measuring


@click.command(help=__doc__)
@click.argument("base_url")
@click.argument("key")
@click.argument("jobs", type=int)
def main(*, base_url: str, key: str, jobs: int) -> None:
    logging.basicConfig(level=logging.INFO)
    logging.getLogger("bot").setLevel(logging.DEBUG)
    # It logs every request.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(_wait(base_url, key, jobs))


async def _wait(base_url: str, key: str, jobs: int) -> None:
    async with fals_own_client(base_url, key) as client, measuring(), asyncio.TaskGroup() as group:
        click.echo("waiting")
        for number in range(jobs):
            handle = await client.get_handle(ENDPOINT, request_id(number))
            group.create_task(handle.get())
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
