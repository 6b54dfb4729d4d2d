"""Orders of the operator: the running bot carries them out, or the command line if none runs."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from typing import TypeVar

import click

from bot.adapters.process.control_socket import NoAnswer, send_order
from bot.adapters.sqlite.ownership import InUse
from bot.domain.operator_orders import JobOrder, Serve
from bot.domain.refusal import Refusal
from bot.settings import Configuration, load

OrderT = TypeVar("OrderT", bound=JobOrder | Serve)


def carry_out(
    order: OrderT, alone: Callable[[Configuration, OrderT], Coroutine[None, None, str]]
) -> None:
    """Have an order carried out, and print the outcome; exits with 1 if it can't be.

    `alone` carries it out while no bot runs. It may raise Refusal, DatabaseProblem and InUse.
    """
    try:
        click.echo(_outcome(load(os.environ), order, alone))
    except (Refusal, NoAnswer) as problem:
        click.echo(f"pika-bot: {problem}", err=True)
        sys.exit(1)


def _outcome(
    configuration: Configuration,
    order: OrderT,
    alone: Callable[[Configuration, OrderT], Coroutine[None, None, str]],
) -> str:
    """Have the running bot obey, or obey here if none runs. Raises Refusal and NoAnswer."""
    answer = send_order(configuration.settings.database.path, order)
    if answer is None:
        try:
            return asyncio.run(alone(configuration, order))
        except InUse as problem:
            raise NoAnswer(
                "the bot is running, but nobody listens at its socket: it is just starting or"
                " ending; try again in a moment, or stop it first."
            ) from problem
    if not answer.ok:
        raise Refusal(answer.text)
    return answer.text
