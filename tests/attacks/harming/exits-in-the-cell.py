"""Leaves the interpreter in the cell by quit(), by an exit hook, and in the next cell by os._exit."""

import atexit
import os
import sys

atexit.register(os._exit, 0)
quit()

# %% total
sys.exit(0)

# %% squares
raise KeyboardInterrupt

# %% model
raise GeneratorExit

# %% parts
os._exit(0)
