"""The real bot as an ordinary user: root may write everywhere."""

import os
import runpy
import sys

USER = 54321


def drop() -> None:
    """Become an ordinary user, if this is root."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(USER)
        os.setuid(USER)


def main() -> None:
    drop()
    sys.argv[0] = "bot"
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
