"""Running nbgrader's converters, with their log kept and their failures turned into errors of ours."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from nbgrader.converters.base import BaseConverter

from seminar.errors import SeminarError

GRADEBOOK_LOG = logging.getLogger("tornado.application")  # what nbgrader's gradebook writes to


class _Collector(logging.Handler):
    def __init__(self, messages: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def run(converter: BaseConverter, error: type[SeminarError], what: str) -> list[str]:
    """Run a converter of nbgrader's.

    Args:
        converter: nbgrader's GenerateAssignment, Autograde, ...
        error: what to raise where it fails.
        what: what is converted, for the message.

    Returns:
        The warnings that it logged.

    Raises:
        SeminarError: it failed; the message holds the last line of the reason that nbgrader logged.
    """
    messages: list[str] = []
    try:
        with warnings_kept(converter.log, messages), warnings_kept(GRADEBOOK_LOG, []):  # it raises what it logs
            converter.start()
    except (Exception, SystemExit) as failure:  # nbgrader's converters re-raise or exit on anything at all
        raise error(f"{what}: nbgrader failed: {_reason(messages, failure)}") from failure
    return messages


@contextlib.contextmanager
def warnings_kept(logger: logging.Logger, messages: list[str]) -> Iterator[None]:
    """Add the warnings that a logger is given to some messages, instead of showing them."""
    collector = _Collector(messages)
    propagate = logger.propagate
    logger.addHandler(collector)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = propagate
        logger.removeHandler(collector)


def _reason(messages: list[str], failure: BaseException) -> str:
    """The most telling line: the end of the last traceback that was logged, else the failure itself."""
    tracebacks = [text for text in messages if "Traceback (most recent call last)" in text]
    # SQLAlchemy ends its own with a link to its documentation.
    lines = [line for line in "\n".join(tracebacks).splitlines() if line.strip() and "(Background on" not in line]
    return lines[-1] if lines else str(failure)
