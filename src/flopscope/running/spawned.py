"""What a spawned worker of a metered script imports as its main module: the script, with counted imports."""

from flopscope.running.workers import import_script

if __name__ == "__mp_main__":
    globals().update(import_script())
