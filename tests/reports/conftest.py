"""A real browser, to look at the pages that the reports make."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Page, sync_playwright

from tests.reports.graded import make_graded

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Look:
    """A page as it is looked at, and what went on meanwhile.

    Attributes:
        errors: script errors, and what the console says is an error: a breach of the page's own policy, say.
        requests: the addresses of all requests but the one for the page itself; what the page itself holds is none.
    """

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def overflow(self) -> int:
        """How many pixels the page is wider than its window."""
        return int(self.page.evaluate("Math.max(0, document.documentElement.scrollWidth - innerWidth)"))


@pytest.fixture(scope="session")
def graded_course(shared: Path) -> Path:
    """The folder of a small graded course, to be copied."""
    with FileLock(str(shared / "graded.lock")):
        if not (shared / "graded").exists():
            make_graded(shared / "being graded")
            (shared / "being graded").rename(shared / "graded")
    return shared / "graded"


@pytest.fixture(scope="module")  # no longer: as long as it runs, so does an event loop in this thread
def browser() -> Iterator[Browser]:
    """The browser that is installed here."""
    if not CHROMIUM:
        pytest.skip("no chromium is installed here")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def look(browser: Browser) -> Iterator[Callable[..., Look]]:
    """Opens a file: `look(path, width=390, scheme="dark", media="print")`."""
    opened: list[Page] = []

    def open_page(
        path: Path,
        width: int = 1280,
        scheme: Literal["light", "dark"] = "light",
        media: Literal["screen", "print"] = "screen",
    ) -> Look:
        page = browser.new_page(viewport={"width": width, "height": 800})
        opened.append(page)
        page.emulate_media(color_scheme=scheme, media=media)
        seen = Look(page)
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        page.on("console", lambda said: seen.errors.append(said.text) if said.type == "error" else None)
        inside = (path.as_uri(), "data:", "blob:", "about:")
        page.on("request", lambda asked: None if asked.url.startswith(inside) else seen.requests.append(asked.url))
        page.goto(path.as_uri(), wait_until="networkidle")
        return seen

    yield open_page
    for page in opened:
        page.close()
