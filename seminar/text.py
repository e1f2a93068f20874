"""Texts as a person reads them: times, sizes, and names that somebody else has chosen."""

from __future__ import annotations

MIB, GIB = 2**20, 2**30  # bytes
LONGEST = 200  # characters of a name that are printed


def escaped(text: str) -> str:
    r"""A text that does nothing to a terminal: what is no printable character is escaped.

    >>> escaped("\x1b[31mred")
    '\\x1b[31mred'
    """
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def printable(name: str) -> str:
    """A name as it can be printed: escaped, and cut in the middle where it is long."""
    text = escaped(name)
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}...{text[3 - LONGEST // 2 :]}"


def readable_time(seconds: float) -> str:
    """A time.

    >>> readable_time(0.5), readable_time(75), readable_time(610), readable_time(7500), readable_time(300_000)
    ('0.5 s', '75 s', '10 min 10 s', '2 h 5 min', '3 days 11 h')
    """
    if seconds < 600:
        return f"{seconds:.2g} s" if seconds < 9.95 else f"{seconds:.0f} s"
    for size, unit, part, of_it in ((86400, " days", 3600, "h"), (3600, " h", 60, "min"), (60, " min", 1, "s")):
        whole, rest = divmod(round(seconds / part), size // part)
        if whole > 1 or (whole and unit != " days"):
            return f"{whole}{unit}" + (f" {rest} {of_it}" if rest else "")
    raise AssertionError(seconds)


def readable_size(size: float) -> str:
    """A size in bytes.

    >>> readable_size(50_000), readable_size(2.5 * MIB), readable_size(256 * MIB), readable_size(2.5 * GIB)
    ('50,000 bytes', '2.5 MiB', '256 MiB', '2.5 GiB')
    """
    if size < MIB / 10:
        return f"{size:,.0f} bytes"
    unit, name = (MIB, "MiB") if round(size / MIB) < 1024 else (GIB, "GiB")
    return f"{size / unit:.2g} {name}" if size < 9.95 * unit else f"{size / unit:,.0f} {name}"


def percent(share: float) -> str:
    """A share in percent: 0% and 100% are exactly none and all.

    >>> percent(0), percent(1 / 300), percent(0.296), percent(299 / 300), percent(1)
    ('0%', '<1%', '30%', '>99%', '100%')
    """
    share = round(share, 9)  # 0.1 + 0.2 of 0.3 is all of it
    told = f"{share:.0%}"
    if told == "0%" and share > 0:
        return "<1%"
    return ">99%" if told == "100%" and share < 1 else told


def counted(number: int, one: str, many: str = "") -> str:
    """A number of things.

    >>> counted(1, "student"), counted(0, "student"), counted(2, "is there", "are there")
    ('1 student', '0 students', '2 are there')
    """
    return f"{number} {one if number == 1 else many or f'{one}s'}"
