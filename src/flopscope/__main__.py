"""``python -m flopscope``: the command line."""

import os
import sys

if not sys.flags.safe_path:
    # Python has put the current folder there: its modules must not stand for those that the command imports.
    sys.path[0] = os.path.dirname(sys.executable)  # as for the console script

from flopscope.cli import script

if __name__ == "__main__":
    script()
