"""Objects of Python and of libraries that are data, as parts that cross: paths, times, images, exceptions, ..."""

from __future__ import annotations

import builtins
import io
import random
import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePath
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import torch
from pandas.tseries.frequencies import to_offset
from PIL import Image
from torch.nn.utils.rnn import PackedSequence

from seminar.wire import randomness

DIGITS = 10_000  # of a Decimal
FACTORIES = {each.__name__: each for each in (bool, int, float, str, list, tuple, dict, set)}  # of a defaultdict
PIXEL_BYTES = {"1": 1, "L": 1, "P": 1, "LA": 2, "I;16": 2, "RGB": 3, "RGBA": 4, "CMYK": 4, "I": 4, "F": 4}

# Frequencies by name: pandas reads many others, and some of them it has to step through day by day.
_MONTHS = "(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"
_DAYS = "(?:MON|TUE|WED|THU|FRI|SAT|SUN)"
_OFFSET = rf"[DBh]|min|s|ms|us|ns|W-{_DAYS}|B?M[SE]|B?[QY][SE]-{_MONTHS}"
FREQUENCY = re.compile(rf"-?(?:[1-9]\d{{0,5}})?(?:{_OFFSET})")  # of times
PERIOD = re.compile(rf"(?:[1-9]\d{{0,5}})?(?:[DMh]|min|s|ms|us|ns|W-{_DAYS}|[QY]-{_MONTHS})")  # of periods


@dataclass(frozen=True)
class _Kind:
    """How objects of some types cross.

    Attributes:
        types: these.
        parts: what crosses of one; None where it does not cross so.
        build: makes another one of that; it raises ValueError or TypeError where it cannot.
        holds: whether what crosses holds any values. Else it is data alone: to build it asks nobody anything.
    """

    types: tuple[type, ...]
    parts: Callable[[Any], Any]
    build: Callable[[Any], Any]
    holds: bool = False


def _decimal(text: Any) -> Decimal:
    number = Decimal(text)
    if len(text) > DIGITS or (number.is_finite() and abs(number.adjusted()) > DIGITS):
        raise ValueError(f"a Decimal of more than {DIGITS} digits")
    return number


def _image_parts(image: Image.Image) -> list[Any] | None:
    if image.mode not in PIXEL_BYTES:
        return None
    packed = image.convert("L") if image.mode == "1" else image
    return [image.mode, [*image.size], packed.tobytes(), image.getpalette() if image.mode == "P" else None]


def _image(parts: Any) -> Image.Image:
    mode, (width, height), content, palette = parts
    if width < 0 or height < 0 or len(content) != width * height * PIXEL_BYTES[mode]:
        raise ValueError("an image whose pixels do not fit its size")
    if not content:
        return Image.new(mode, (width, height))
    image = Image.frombytes("L" if mode == "1" else mode, (width, height), content)
    if palette is not None:
        image.putpalette(bytes(palette))
    return image.convert("1") if mode == "1" else image


def _buffer(kind: Callable[..., Any]) -> Callable[[Any], Any]:
    def build(parts: Any) -> Any:
        content, place = parts
        buffer = kind(content)
        buffer.seek(place)
        return buffer

    return build


def _random(parts: Any) -> random.Random:
    version, numbers, gauss = parts
    generator = random.Random()
    generator.setstate((version, tuple(numbers), gauss))
    return generator


def _random_state(state: Any) -> np.random.RandomState:
    generator = np.random.RandomState()
    generator.set_state(randomness.checked("numpy", state))
    return generator


def _fraction(parts: Any) -> Fraction:
    numerator, denominator = parts  # ints: of a text, it would calculate a power of ten
    return Fraction(numerator, denominator)


def _counter(counts: Any) -> Counter[Any]:
    if type(counts) is not dict:
        raise TypeError("counts that are no dict")
    return Counter(counts)


def _ordered(content: Any) -> OrderedDict[Any, Any]:
    if type(content) is not dict:
        raise TypeError("entries that are no dict")
    return OrderedDict(content)


def _with_default_parts(entries: defaultdict[Any, Any]) -> list[Any] | None:
    factory = next((name for name, each in FACTORIES.items() if each is entries.default_factory), None)
    return None if factory is None else [factory, dict(entries)]


def _with_default(parts: Any) -> defaultdict[Any, Any]:
    factory, content = parts
    if type(content) is not dict:
        raise TypeError("entries that are no dict")
    return defaultdict(FACTORIES[factory], content)


def _deque(parts: Any) -> deque[Any]:
    items, most = parts
    if type(items) is not list:
        raise TypeError("items that are no list")
    return deque(items, most)


def _names(namespace: SimpleNamespace) -> dict[str, Any] | None:
    names = vars(namespace)
    return None if any(map(is_special, names)) else names


def _namespace(names: Any) -> SimpleNamespace:
    if any(map(is_special, names)):
        raise ValueError("a namespace with a name that Python or a library looks for")
    return SimpleNamespace(**names)


def arguments_of(error: BaseException) -> list[Any]:
    """What an exception was made with; of one that names a file, with that."""
    if isinstance(error, OSError) and type(error.filename) in (str, bytes):
        return [error.errno, error.strerror, error.filename]
    return [*error.args]


def _exception_parts(error: Exception) -> list[Any] | None:
    kind = type(error)
    if getattr(builtins, kind.__name__, None) is not kind or vars(error):
        return None
    arguments = arguments_of(error)
    return [kind.__name__, arguments] if is_data(arguments) else None


def exception(parts: Any) -> Exception:
    """A built-in exception of its name and its arguments.

    Raises:
        TypeError, ValueError: there is none, or it is not made so.
    """
    name, arguments = parts
    kind = getattr(builtins, name, None)
    if not isinstance(kind, type) or not issubclass(kind, Exception):
        raise TypeError("no exception")
    if issubclass(kind, SyntaxError):
        arguments = arguments[:1]  # a traceback would open the file that the others name
    return kind(*arguments)


def _interval(parts: Any) -> pd.Interval[Any]:
    left, right, closed = parts
    if type(closed) is not str or not all(issubclass(type(each), ENDS) for each in (left, right)):
        raise TypeError("an interval between what is no number and no time")
    return pd.Interval(left, right, closed)


def checked_periods(ordinals: Any, frequency: Any) -> Any:
    """The numbers of periods of a frequency, as an array, where they are some: pandas checks nothing of them.

    Raises:
        TypeError, ValueError: they are none.
    """
    if not PERIOD.fullmatch(frequency) or ordinals.dtype != np.int64:
        raise ValueError("periods of a frequency that does not cross, or without a number")
    if not frequency.endswith("ns"):  # of which there is none for the first year
        first, last = (pd.Period(day, freq=frequency).ordinal for day in ("0001-01-01", "9999-12-31"))
        if not ((ordinals >= first) & (ordinals <= last) | (ordinals == pd.NaT._value)).all():
            raise ValueError("periods before the first year or after the last one")
    return ordinals


def _offset_parts(offset: Any) -> str | None:
    name = offset.freqstr
    return name if FREQUENCY.fullmatch(name) and to_offset(name) == offset else None


def _offset(name: Any) -> Any:
    if not FREQUENCY.fullmatch(name):
        raise ValueError("a frequency that does not cross")
    return to_offset(name)


def _period_parts(period: Any) -> list[Any] | None:
    return [period.ordinal, period.freqstr] if PERIOD.fullmatch(period.freqstr) else None


def _period(parts: Any) -> Any:
    ordinal, frequency = parts
    if type(ordinal) is not int:
        raise TypeError("a period without a number")
    return pd.PeriodIndex.from_ordinals(checked_periods(np.array([ordinal]), frequency), freq=frequency)[0]


def _packed(parts: Any) -> PackedSequence:
    items, sizes, *orders = parts
    if type(items) not in (torch.Tensor, torch.nn.Parameter) or not _is_row(sizes) or items.layout != torch.strided:
        raise TypeError("sequences that are none")
    is_falling = len(sizes) > 0 and bool((sizes[1:] <= sizes[:-1]).all()) and sizes[-1] > 0 and sizes[0] <= len(items)
    if not is_falling or sizes.sum() != len(items):
        raise ValueError("sequences of other lengths than their items have")
    if orders != [None, None]:
        order, back = orders
        places = torch.arange(int(sizes[0]), device="cpu")
        if not _is_row(order) or not _is_row(back) or not torch.equal(order.sort().values, places):
            raise ValueError("sequences in an order that is none")
        if len(back) != len(places) or not torch.equal(order.argsort(), back):
            raise ValueError("sequences in an order that another one does not take back")
    return PackedSequence(items, sizes, *orders)


def _is_row(value: Any) -> bool:
    """Whether a value is a tensor of whole numbers in a row."""
    is_plain = type(value) is torch.Tensor and value.layout == torch.strided and value.device.type == "cpu"
    return is_plain and value.dtype == torch.int64 and value.ndim == 1 and value.is_contiguous()


def is_special(name: Any) -> bool:
    """Whether libraries may look for a name in any object, to let that decide: NumPy `__array_wrap__`, for one.

    Who could choose such attributes of an object would answer in the test's place, or name memory that is not theirs.
    """
    return isinstance(name, str) and (name.startswith("__") or (name.startswith("_") and name.endswith("_")))


def is_data(value: Any) -> bool:
    """Whether a value is, and holds, nothing but numbers, texts, bytes and arrays."""
    kind = type(value)
    if kind in (list, tuple):
        return all(map(is_data, value))
    if kind is dict:
        return all(map(is_data, value)) and all(map(is_data, value.values()))
    if kind is np.ndarray:
        return not value.dtype.hasobject
    return value is None or kind in (bool, int, float, str, bytes)


ENDS = (int, float, np.integer, np.floating, pd.Timestamp, pd.Timedelta)  # of intervals

# A number is a kind's place here. The first whose type fits is taken.
_KINDS: tuple[_Kind, ...] = (
    _Kind((PurePath,), str, Path),
    _Kind((Fraction,), lambda number: [number.numerator, number.denominator], _fraction),
    _Kind((Decimal,), str, _decimal),
    _Kind((pd.Timestamp, type(pd.NaT)), str, pd.Timestamp),
    _Kind((pd.Timedelta,), lambda time: time.isoformat(), pd.Timedelta),
    _Kind((datetime,), lambda time: time.isoformat(), datetime.fromisoformat),
    _Kind((date,), lambda day: day.isoformat(), date.fromisoformat),
    _Kind((timedelta,), lambda time: [time.days, time.seconds, time.microseconds], lambda parts: timedelta(*parts)),
    _Kind((Counter,), dict, _counter, holds=True),
    _Kind((deque,), lambda items: [[*items], items.maxlen], _deque, holds=True),
    _Kind((Image.Image,), _image_parts, _image),
    _Kind((io.BytesIO,), lambda buffer: [buffer.getvalue(), buffer.tell()], _buffer(io.BytesIO)),
    _Kind((io.StringIO,), lambda buffer: [buffer.getvalue(), buffer.tell()], _buffer(io.StringIO)),
    _Kind((np.random.RandomState,), lambda generator: generator.get_state(legacy=False), _random_state),
    _Kind((random.Random,), lambda generator: [*generator.getstate()], _random),
    _Kind((SimpleNamespace,), _names, _namespace, holds=True),
    _Kind((OrderedDict,), dict, _ordered, holds=True),
    _Kind((defaultdict,), _with_default_parts, _with_default, holds=True),
    _Kind((Exception,), _exception_parts, exception),
    _Kind((pd.Interval,), lambda interval: [interval.left, interval.right, interval.closed], _interval, holds=True),
    _Kind((pd.Period,), _period_parts, _period),
    _Kind((pd.offsets.BaseOffset,), _offset_parts, _offset),
    _Kind((PackedSequence,), list, _packed, holds=True),
    _Kind((type(pd.NA),), lambda _: [], lambda _: pd.NA),
)
TYPES = tuple(kind for each in _KINDS for kind in each.types)
CHANGING = (Counter, deque, io.BytesIO, io.StringIO, np.random.RandomState, random.Random, SimpleNamespace)  # in place


def taken_apart(value: Any) -> list[Any] | None:
    """The number of an object's kind and its parts; None where it does not cross so."""
    if not isinstance(value, TYPES) or isinstance(value, random.SystemRandom):
        return None
    number = next(number for number, kind in enumerate(_KINDS) if isinstance(value, kind.types))
    parts = _KINDS[number].parts(value)
    return None if parts is None else [number, parts]


def put_together(number: int, parts: Any) -> Any:
    """An object of such a number and parts.

    Raises:
        ArithmeticError, IndexError, KeyError, TypeError, ValueError: there is none.
    """
    if number < 0:
        raise IndexError
    kind = _KINDS[number]
    if not kind.holds and not is_data(parts):
        raise TypeError("parts that are no data")
    return kind.build(parts)


def change(mine: Any, new: Any) -> None:
    """Give an object the content of another one of its kind."""
    if isinstance(mine, deque):
        mine.clear()
        mine.extend(new)
    elif isinstance(mine, io.BytesIO | io.StringIO):
        mine.seek(0)
        mine.truncate()
        mine.write(new.getvalue())
        mine.seek(new.tell())
    elif isinstance(mine, np.random.RandomState):
        mine.set_state(new.get_state(legacy=False))
    elif isinstance(mine, random.Random):
        mine.setstate(new.getstate())
    elif isinstance(mine, SimpleNamespace):
        vars(mine).clear()
        vars(mine).update(vars(new))
