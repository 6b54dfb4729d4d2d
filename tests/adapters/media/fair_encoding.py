"""Encoding in tests that leaves the process's priority as it was."""

import os
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def fair() -> Generator[None]:
    """Give back real-time priority, which SVT-AV1 takes where root runs it, and keeps.

    This process and all that it starts would go before every other one on the machine, and threads
    of other encoders, which wait for one another in loops, would stand still.
    """
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)
