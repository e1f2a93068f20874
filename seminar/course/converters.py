"""Running nbgrader's converters, with their log kept and their failures turned into errors of ours."""

from __future__ import annotations

import logging

from nbgrader.converters.base import BaseConverter

from seminar.errors import SeminarError


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

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
    collector = _Collector()
    logger = converter.log
    propagate = logger.propagate
    logger.addHandler(collector)
    logger.propagate = False
    try:
        converter.start()
    except (Exception, SystemExit) as failure:  # nbgrader's converters re-raise or exit on anything at all
        raise error(f"{what}: nbgrader failed: {_reason(collector.messages, failure)}") from failure
    finally:
        logger.propagate = propagate
        logger.removeHandler(collector)
    return collector.messages


def _reason(messages: list[str], failure: BaseException) -> str:
    """The most telling line: the end of the last traceback that was logged, else the failure itself."""
    tracebacks = [text for text in messages if text.startswith("Traceback")]
    return tracebacks[-1].strip().splitlines()[-1] if tracebacks else str(failure)
