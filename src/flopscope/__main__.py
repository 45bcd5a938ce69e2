"""``python -m flopscope``: the command line."""

from flopscope.cli import script

if __name__ == "__main__":
    script()
