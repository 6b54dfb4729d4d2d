"""The last import of the process that bots are forked from.

What it has by then is never garbage: a bot that looks through it again copies all of it.
"""

import gc

gc.collect()
gc.freeze()
