"""Numbers as people read them: shares, durations, rates, in the unit that suits them and to three digits."""

from __future__ import annotations


def percent(part: int, whole: int) -> str:
    """``part / whole`` with one decimal; never 0.0% of something nor 100.0% of less than all."""
    if whole <= 0:
        return "-"
    if part < 0:
        return f"-{percent(-part, whole)}"
    permille = (2000 * part + whole) // (2 * whole)
    if permille == 0 and part:
        return "<0.1%"
    if permille == 1000 and part < whole:
        return ">99.9%"
    return f"{permille // 10}.{permille % 10}%"


def duration(ns: float) -> str:
    """Nanoseconds in the unit that suits them, to three digits."""
    if ns < 0:
        return f"-{duration(-ns)}"
    for unit, size in (("ns", 1), ("us", 10**3), ("ms", 10**6), ("s", 10**9)):
        value = ns / size
        if value < (999.5 if unit != "s" else 99.5):
            return f"{value:.{_decimals(value) if unit != 'ns' else 0}f} {unit}"
    minutes, seconds = divmod(round(ns / 10**9), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"


def flop_rate(flops_per_s: float) -> str:
    """FLOPs per second with the prefix that suits them, to three digits."""
    value = flops_per_s
    for prefix in ("", "k", "M", "G", "T"):
        if value < 999.5:
            return f"{value:.{_decimals(value)}f} {prefix}FLOP/s"
        value /= 1000
    return f"{value:,.{_decimals(value)}f} PFLOP/s"


def _decimals(value: float) -> int:
    """Decimals that make three digits of a value below 1000."""
    return 0 if value == 0 or value >= 99.95 else 2 if value < 9.995 else 1


def file_name(path: str) -> str:
    """The last part of a path, of whatever system: reports travel."""
    return path.replace("\\", "/").rpartition("/")[2]
