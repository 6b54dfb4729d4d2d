"""The real bot, started by somebody who lets everybody read and write."""

import os
import runpy
import sys


def main() -> None:
    os.umask(0)
    sys.argv[0] = "bot"
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
