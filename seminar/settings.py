"""What a course's configuration of nbgrader must say for its submissions to be examined."""

from __future__ import annotations

from typing import Any

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    IgnorePattern,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from traitlets import TraitError
from traitlets.config import Config
from traitlets.config.loader import LazyConfigValue

from seminar.course import links
from seminar.errors import CourseError, RoomError
from seminar.examiner.examine import Examine
from seminar.examiner.key import HoldAgainstKey
from seminar.examiner.sanitise import Sanitise
from seminar.reports.page import Embed, FeedbackExporter, Grades, Hide, Summarise
from seminar.room.limits import Limits

# nbgrader's own lists, with ours among them.
# HoldAgainstKey corrects what a submission says of its own cells, and notes what was changed.
SANITIZE = [HoldAgainstKey, ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells, CheckCellMetadata]
# Examine takes the place of nbgrader's Execute: student code runs in a room, tests in another process.
# Sanitise makes what a submission shows harmless in a browser.
AUTOGRADE = [
    Examine,
    Sanitise,
    IgnorePattern,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
# Feedback shows the messages of hidden tests, not the tests. Its page is ours, and asks for nothing.
FEEDBACK = [Grades, Hide, Embed, Summarise]


def configure(config: Config) -> None:
    """Set whatever an examination needs. What `config` sets itself stays, and is added to where it is a list to add to.

    Called by an `nbgrader_config.py`, it makes nbgrader's own commands and pages examine as `seminar grade` does.
    """
    for section, name, value in (
        ("OverwriteCells", "add_missing_cells", True),  # a test that a student deleted is put back and graded
        ("Autograde", "sanitize_preprocessors", SANITIZE),
        ("Autograde", "autograde_preprocessors", AUTOGRADE),
        ("GenerateFeedback", "preprocessors", FEEDBACK),
        ("GenerateFeedback", "exporter_class", FeedbackExporter),
    ):
        theirs = config[section].get(name)
        if isinstance(theirs, LazyConfigValue):
            config[section][name] = theirs.get_value(value)
        elif theirs is None:
            config[section][name] = value
    # What is no file in a submission (a link to the gradebook, say) is taken out before nbgrader copies it.
    if not isinstance(own := config.Autograde.get("pre_convert_hook"), links.Hook):
        config.Autograde.pre_convert_hook = links.Hook(own)


def require_examined(config: Config) -> None:
    """Raise a CourseError where a configuration leaves the examination, or a part of it, out."""
    for setting, needed in (("sanitize_preprocessors", HoldAgainstKey), ("autograde_preprocessors", Examine)):
        if not any(_is(each, needed) for each in config.Autograde[setting]):
            raise CourseError(
                f"c.Autograde.{setting}: lacks {needed.__name__}, so submissions would run as you, beside the hidden "
                "tests. Set no such list in nbgrader_config.py, or put "
                f"{needed.__module__}.{needed.__name__} into it (or choose: seminar grade --isolation none)."
            )


def limits_of(config: Config) -> Limits:
    """What a submission may use.

    Raises:
        CourseError: the configuration has a limit that is none.
    """
    try:
        return Examine(config=config).read_limits()
    except (TraitError, RoomError) as error:
        raise CourseError(f"nbgrader_config.py: {error}") from error


def _is(listed: Any, needed: type) -> bool:
    if isinstance(listed, str):
        return listed == f"{needed.__module__}.{needed.__name__}"
    return issubclass(listed if isinstance(listed, type) else type(listed), needed)
