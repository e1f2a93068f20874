"""Texts that may be HTML or Markdown, made harmless."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from seminar.examiner.harmless import LONG, SPLIT, harmless, harmless_markdown
from seminar.reports.markup import markdown

RELEASE = Path(__file__).parents[2] / "release"
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<math><mtext><table><mglyph><style><img src onerror=alert(1)>",
    "<form action=//evil><input name=x></form>",
    "<style>@import '//evil'</style><p style='background:url(//evil)'>x</p>",
    "<meta http-equiv=refresh content='0;url=//evil'><base href=//evil>",
    "[x](javascript:alert(1)) ![](//evil/pixel.png)",
    "<img src='http://192.0.2.1/who-looks-at-me.png'>",
    "<details ontoggle=alert(1) open>x</details>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href=page.html>x</a> <a href=' /api/contents'>x</a> <a href='\n./a.svg'>x</a> <a href=page%2ehtml>x</a>",
    "[x](page.html) [x](<page.html>) [x](./page.html 'y') [x](/api/contents) [x](page)",
    "[x][y] [y]\n\n[y]: page.html\n[x]:\n  <page.html>",
)


class _Suspects(HTMLParser):
    """Collects whatever in a text would run or load anything in a browser."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in (
            "script",
            "style",
            "iframe",
            "object",
            "embed",
            "svg",
            "math",
            "form",
            "base",
            "link",
            "meta",
            "img",
        ):
            self.found.append(tag)
        for name, value in attrs:
            scheme = "".join((value or "").split()).partition(":")[0].lower()
            if (
                name.startswith("on")
                or name in ("style", "src", "srcdoc")
                or scheme in ("javascript", "data", "vbscript")
                or (name == "href" and not re.match("#|https?:|mailto:|attachment:|$", (value or "").strip()))
            ):
                self.found.append(f"{tag} {name}={value}")


def suspects(text: str) -> list[str]:
    parser = _Suspects()
    parser.feed(text)
    return parser.found


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_runs_or_loads(text: str) -> None:
    assert suspects(harmless(text)) == []


@pytest.mark.parametrize("path", sorted(RELEASE.glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_hints_fold_away_as_they_were(path: Path) -> None:
    texts = [cell.source for cell in nbformat.read(path, 4).cells if "<details>" in cell.source]
    assert texts
    for text in texts:
        made = harmless_markdown(text)
        for each in re.findall("`[^`\n]+`|</?(?:details|summary)>", text):
            assert each in made
        assert re.findall("`+|</?(?:details|summary)>", made) == re.findall("`+|</?(?:details|summary)>", text)


@pytest.mark.parametrize(
    "text",
    [
        "<a title='`x' onmouseover=alert(1) y=`'>x</a>",
        "<a href='`'>`<img src=x onerror=alert(1)>`</a>",
        "\ue0000\ue001 `<img src=x onerror=alert(1)>` <a title='\ue0000\ue001'>",
        "<script>`</script><img src=x onerror=alert(1)>`",
    ],
)
def test_code_gets_into_no_tag(text: str) -> None:
    made = harmless_markdown(text)
    assert suspects(made) == []
    assert "onerror" not in re.sub(r"`[^`]*`", "", made)


@pytest.mark.parametrize("text", ["<b>&#xe000;7&#xe001;</b>", f"`a` <b>&#xe000;{'9' * 5000}&#xe001;</b>"])
def test_a_mark_that_is_written_as_an_entity_is_nobodys_place(text: str) -> None:
    assert "<b></b>" in harmless_markdown(text)


def test_code_is_put_back_once() -> None:
    made = harmless_markdown(f"`{'x' * 1000}` <b>{'&#xe000;0&#xe001;' * 1000}</b>")
    assert made.count("x" * 1000) == 1


@pytest.mark.parametrize("text", [r"\&#104;ref{x}", r"\h<!-- -->ref{x} <b>y</b>", r"\\href{x}", r"\\\href{x} <i>y</i>"])
def test_no_command_of_tex_comes_together(text: str) -> None:
    assert r"\href" not in html.unescape(harmless(text))


@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=30), max_size=5).map("".join))
def test_no_mixture_of_markup_runs_or_loads(text: str) -> None:
    assert suspects(harmless(text)) == []


CODE = (
    "<img src='",
    '<img x src="',
    "attachment:a",
    "data:image/png;base64,",
    "`",
    "```",
    "\n```\n",
    "~~~",
    "$",
    "$$",
    "\\begin{a}",
    "\\end{a}",
    "<a ",
    "<b title='",
    "'>",
    "<https://x",
    " x=",
)
SCRIPT = (
    "[x](",
    "[x]:",
    "<",
    "java",
    "script:",
    "javascript:alert(1)",
    "vbscript\\:x",
    "&#115;",
    "&colon;",
    "\x01",
    " ",
    ")",
    ">",
)


@given(
    st.lists(
        st.sampled_from((*HOSTILE, *SCRIPT, *CODE, "\n", "\\", "[x]", "[y]: ", "&lt;", "&gt;", ">", "<!--", "-->")),
        max_size=10,
    ).map("".join)
)
@example("[x](javascript:alert(1))")
@example("[x](java&#115;cript:alert(1))")
@example("[x](javascript&colon;alert(1))")
@example("[x](<javascript\\:alert(1)>)")
@example("[x][y]\n\n[y]: javascript:alert(1)")
@example("[x](\x01javascript:alert(1))")
@example("`<a `<script>alert(1)</script>")
@example("```\n<scr``` ```ipt>alert(1)</script>")
def test_no_mixture_of_code_and_markup_runs_or_loads(text: str) -> None:
    made = harmless_markdown(text)
    assert suspects(made) == []  # whoever takes none of it for code
    assert suspects(in_formgrader(made)) == []


def test_code_in_markdown_stays_legible() -> None:
    text = "The loop ends if `i<n`:\n\n```python\nif a < b and x>y & 1:\n    print('<b>')\n```\n\nThat <i>is</i> all."
    made = harmless_markdown(text)
    assert made == text.replace("<n", f"<{SPLIT}n").replace("'<b>'", f"'<{SPLIT}b>'")
    assert "&lt;" not in made


@pytest.mark.parametrize(
    "text",
    [
        "For $0<p<1$ the logarithm is finite.\n\nSo is the **entropy**.",
        "If i<n then A; and if j>m then B.",
        "loss<loss_best: save\nelse: stop",
        "$$\na<b\n$$ and $x>y$, $\\begin{cases}a<b\\\\c>d\\end{cases}$",
        "The <EOS> token ends it, List<int> does not",
        "see <https://example.org/a>",
        "> a quote\n\nwith x<y and <b>bold</b>",
        "| a | b |\n|---|---|\n| x<y | y>x |",
        "`a<b` and `C:\\data\\x` and `\\newcommand`",
        "a <- b, c <= d, e << f, <3",
    ],
)
def test_what_is_no_tag_stays(text: str) -> None:
    words = re.findall(r"\w+", re.sub(r"</?b>|\\(begin|end)\{cases\}", "", text))
    for shows in (in_formgrader, markdown):
        seen = _Text(str(shows(harmless_markdown(text)))).text
        assert [word for word in words if word not in seen] == []
        assert seen.count("<") == text.count("<") - len(re.findall("</?b>|<http", text))


def test_a_quote_stays_one_and_a_formula_its_tex() -> None:
    assert "<blockquote>" in in_formgrader(harmless_markdown("> quote\n\nx<y"))
    assert "$a &lt; b$" in in_formgrader(harmless_markdown("$a < b$ <i>c</i>"))


def in_formgrader(text: str) -> str:
    """A Markdown text as nbgrader's own pages show it."""
    return str(MarkdownWithMath(renderer=IPythonRenderer(escape=False)).render(text))


class _Text(HTMLParser):
    """What is read of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    "text",
    [
        "<div>\n$\\h&#114;ef{javascript:alert(1)}{x}$\n</div>",
        "<details>\n`$\\h&#114;ef{javascript:alert(1)}{x}$`\n</details>",
        "$ \\h&#xe000;7&#xe001;ref{javascript:alert(1)}{x}$ <b>y</b>",
        "<div>\n$\\h&amp;#114;ef{javascript:alert(1)}{x}$\n</div>",
    ],
)
def test_no_macro_comes_out_of_entities(text: str) -> None:
    made = harmless_markdown(text)
    for shown in (made, in_formgrader(made)):
        assert "\\href" not in html.unescape(shown)
        assert "\\href" not in _Text(shown).text


@pytest.mark.parametrize(
    "text",
    [
        "![x\\](a.png) y](//evil/x)",
        "![x`](a.png)`](//evil/x)",
        "![x $](a.png)$](//evil/x)",
        "![x <b title='](a.png)'>b</b>](//evil/x)",
        "![x\\](a.png)](attachment:no.png)",
    ],
)
def test_a_pictures_name_hides_no_other(text: str) -> None:
    assert "evil" not in "".join(re.findall("<img[^>]*>", in_formgrader(harmless_markdown(text))))


def test_an_output_has_no_pictures_in_its_text() -> None:
    """There is no cell that could hold them."""
    assert harmless_markdown("a <img src='data:image/png;base64,iVBORw0KGgo='> b") == "a  b"


@given(
    st.lists(
        st.sampled_from(
            ("!", "[", "]", "(", ")", "x", "\\", "&", "&#33;", "//evil/x", "http:evil", "<", ">", "\n", "\n[x]: //e ")
        ),
        max_size=14,
    ).map("".join)
)
@example("\\![x](//evil/x)")
@example("![a ![b](//evil/x)](x.png)")
def test_markdown_loads_no_picture_from_elsewhere(text: str) -> None:
    pictures = re.findall("<img[^>]*>", in_formgrader(harmless_markdown(text)))
    assert not any("evil" in picture or 'src="/' in picture for picture in pictures)


def test_markdown_keeps_pictures_beside_the_notebook() -> None:
    assert harmless_markdown("![a net](images/net.png) ![x](http://192.0.2.1/x)") == (
        "![a net](images/net.png) &#33;[x](http://192.0.2.1/x)"
    )


@pytest.mark.parametrize("part", ["](", "![", "<div>", "](<<<", "](a", "![a", "`a ``b ```c "])
def test_a_long_text_takes_no_time_with_its_square(part: str) -> None:
    """Each took minutes to hours, outside any room."""
    made = harmless_markdown(part * (1_000_000 // len(part)))
    assert "<div" not in made


@pytest.mark.parametrize(
    "part",
    [
        *(
            "<!--",
            "<a b='",
            '<a b="',
            "<a b c ",
            "<?",
            "<!A",
            "$",
            "$$a",
            "\\begin{a}",
            "<https://",
            "<a ",
            "<b>",
            "`<",
        ),
        *("\\", ' src="data:image/png;base64,AAAA', "```&Tab;", "`", "&Tab;"),
        *("<img src", "<img a ", "<img src='a", "![a](data:image/png;base64,A ", " a=x\tc", "\tc", "![a](a"),
    ],
)
def test_a_text_of_the_longest_takes_no_time(part: str) -> None:
    for begin in ("", "<b", "<b a=x", "<img"):
        made = harmless_markdown(begin + part * ((LONG - 10) // len(part)))
        assert [each for each in suspects(made) if not each.startswith("img")] == []


def test_links_in_angle_brackets_stay() -> None:
    assert harmless_markdown("[x](https://example.org)") == "[x](https://example.org)"
    assert "](javascript" not in harmless_markdown("[x](](javascript:alert(1))")


@pytest.mark.parametrize("text", ["```&Tab;\nx\n```", "> ~~~ &nbsp; &#32;\n> x\n", "- ````&Tab;\n  x\n"])
def test_a_block_of_code_in_no_language_can_be_shown(text: str) -> None:
    with pytest.raises(IndexError):  # nbconvert's reader and ours
        markdown(text)
    assert "<pre" in markdown(harmless_markdown(text))
    assert harmless_markdown("```python\nx = 1\n```") == "```python\nx = 1\n```"


def test_so_many_environments_are_none() -> None:
    few = "\\begin{aligned}x\\end{aligned}\n\n" * 20
    assert harmless_markdown(few) == few
    assert "\\begin" not in harmless_markdown("\\begin{a}" * 1000)
