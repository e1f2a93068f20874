"""What a submission shows, made harmless."""

from __future__ import annotations

import base64
import html
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from seminar.examiner.sanitise import LONG, SPLIT, Sanitise, harmless, harmless_markdown
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
)
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 20).decode()
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(HOSTILE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KINDS = ("stream", "error", "display_data", "execute_result", "update_display_data", "script")
MIMES = (
    "text/plain",
    "text/html",
    "text/markdown",
    "image/png",
    "image/svg+xml",
    "application/javascript",
    "text/latex",
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
            ):
                self.found.append(f"{tag} {name}={value}")


def suspects(text: str) -> list[str]:
    parser = _Suspects()
    parser.feed(text)
    return parser.found


def showing(*outputs: dict[str, Any]) -> NotebookNode:
    """A cell with outputs that need not be any that nbformat knows."""
    cell: NotebookNode = new_code_cell()
    cell.outputs = [from_dict(each) for each in outputs]
    return cell


def sanitised(*cells: NotebookNode) -> list[NotebookNode]:
    notebook = new_notebook()
    notebook.cells = list(cells)
    Sanitise().preprocess(notebook, {})
    nbformat.validate(notebook)
    return list(notebook.cells)


def output(**parts: Any) -> dict[str, Any]:
    (cell,) = sanitised(showing(parts))
    (made,) = cell.outputs
    return dict(made)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_runs_or_loads(text: str) -> None:
    assert suspects(harmless(text)) == []
    data = {"text/html": text, "text/markdown": text, "image/svg+xml": text, "application/javascript": text}
    made = output(output_type="display_data", data=data, metadata={})
    assert set(made["data"]) <= {"text/html", "text/markdown", "text/plain"}
    assert not any(suspects(each) for each in made["data"].values())


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
    assert harmless_markdown(f"a <img src='data:image/png;base64,{PNG}'> b") == "a  b"


def test_a_picture_in_a_cell_is_shown_once() -> None:
    (made,) = sanitised(new_markdown_cell("![a](attachment:a.png) " * 3, attachments={"a.png": {"image/png": PNG}}))
    assert made.source.count("![a](attachment:a.png)") == 1


def test_a_locked_cells_pictures_stay() -> None:
    locked = new_markdown_cell("![x](attachment:d.svg)", attachments={"d.svg": {"image/svg+xml": "PHN2Zy8+"}})
    locked.metadata["nbgrader"] = {"locked": True}
    (made,) = sanitised(locked)
    assert made.attachments == {"d.svg": {"image/svg+xml": "PHN2Zy8+"}}


@given(
    st.lists(st.dictionaries(st.sampled_from(("output_type", "data", "text", "name", "traceback")), json), max_size=3)
)
def test_any_output_becomes_a_valid_one_or_none(outputs: list[dict[str, Any]]) -> None:
    (cell,) = sanitised(showing(*outputs))
    assert len(cell.outputs) <= len(outputs)


@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(MIMES), json), json)
def test_any_bundle_becomes_a_valid_one(kind: str, data: dict[str, Any], rest: Any) -> None:
    made = {"output_type": kind, "data": data, "text": rest, "ename": rest, "evalue": rest, "traceback": rest}
    sanitised(showing({**made, "name": rest, "execution_count": rest}))


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


def test_tables_and_pictures_stay() -> None:
    table = "<table><thead><tr><th>loss</th></tr></thead><tbody><tr><td>0.1</td></tr></tbody></table>"
    made = output(
        output_type="display_data", data={"text/html": table, "image/png": PNG, "text/plain": "loss"}, metadata={}
    )
    assert made["data"] == {"text/html": table, "image/png": PNG, "text/plain": "loss"}


def test_a_picture_that_is_none_goes() -> None:
    fake = base64.b64encode(b"<script>alert(1)</script>").decode()
    made = output(output_type="display_data", data={"image/png": fake, "text/plain": "x"}, metadata={})
    assert made["data"] == {"text/plain": "x"}


def test_the_students_texts_are_made_harmless_and_the_instructors_left() -> None:
    locked = new_markdown_cell("<div onclick='fold()'>mine</div>")
    locked.metadata["nbgrader"] = {"locked": True}
    own = new_markdown_cell("# Mine <script>alert(1)</script>", attachments={"x.svg": {"image/svg+xml": "<svg/>"}})
    left, made = sanitised(locked, own)
    assert left.source == "<div onclick='fold()'>mine</div>"
    assert made.source.strip() == "# Mine"
    assert "attachments" not in made


def test_a_picture_in_a_cell_stays_if_it_is_one() -> None:
    text = "![mine](attachment:image.png) ![none](attachment:none.png) ![fake](attachment:fake.png)"
    fake = base64.b64encode(b"<script>alert(1)</script>").decode()
    attached = {"image.png": {"image/png": PNG}, "fake.png": {"image/png": fake}, "<b>": {"image/png": PNG}}
    (made,) = sanitised(new_markdown_cell(text, attachments=attached))
    assert made.attachments == {"image.png": {"image/png": PNG}}
    assert (
        made.source == "![mine](attachment:image.png) &#33;[none](attachment:none.png) &#33;[fake](attachment:fake.png)"
    )
    renderer = IPythonRenderer(escape=False, attachments=made.attachments)  # which fails on one that is not there
    assert f'src="data:image/png;base64,{PNG}"' in MarkdownWithMath(renderer=renderer).render(made.source)


def test_a_picture_that_is_pasted_into_a_text_stays() -> None:
    """As hosted notebooks do it. It is more than there is time to clean."""
    large = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(2_000_000)).decode()
    fake = base64.b64encode(b"<script>alert(1)</script>").decode()
    text = (
        f"**Mine** ![net](data:image/png;base64,{large}) <img width=3 src='data:image/png;base64,{PNG}' onload=x>"
        f"\n\n![fake](data:image/png;base64,{fake}) <img src='attachment:own.png' width=3> <img src=\"figures/a.png\">"
        "<img src='//evil/x.png'><img src='javascript:x'>"
    )
    (made,) = sanitised(new_markdown_cell(text, attachments={"own.png": {"image/png": PNG}}))
    assert made.source == (
        "**Mine** ![net](attachment:pasted-2.png) ![picture](attachment:pasted-3.png)\n\n"
        "&#33;[fake](attachment:pasted-4.png) ![picture](attachment:own.png) ![picture](figures/a.png)"
    )
    assert made.attachments == {
        **{"own.png": {"image/png": PNG}, "pasted-2.png": {"image/png": large}, "pasted-3.png": {"image/png": PNG}}
    }


def test_formulas_that_are_shown_are_seen_and_html_without_anything_to_see_gives_way() -> None:
    data = {"text/latex": "$x^2 < y$", "text/html": "<script>draw()</script>", "text/plain": "Math"}
    made = output(output_type="display_data", data=data, metadata={})
    assert made["data"] == {"text/markdown": "$x^2 < y$", "text/plain": "Math"}


def test_what_a_stream_said_bit_by_bit_is_one_output() -> None:
    def said(name: str, text: str) -> Any:
        return from_dict({"output_type": "stream", "name": name, "text": text})

    picture = from_dict({"output_type": "display_data", "data": {"image/png": PNG}, "metadata": {}})
    bar = [said("stderr", f"\r{done}%") for done in range(101)]
    cell = new_code_cell("1", outputs=[said("stdout", "a"), *bar, picture, said("stdout", "b\n"), said("stdout", "c")])
    made, _ = Sanitise().preprocess(new_notebook(cells=[cell]), {})
    outputs = made.cells[0].outputs
    assert [(each.output_type, each.get("name")) for each in outputs] == [
        *(("stream", "stdout"), ("stream", "stderr"), ("display_data", None), ("stream", "stdout"))
    ]
    assert outputs[1].text == "".join(each.text for each in bar)
    assert outputs[3].text == "b\nc"


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


@pytest.mark.parametrize("part", ["\\", '<img src="data:image/png;base64,AAAA', ' src="data:image/png;base64,AAAA'])
def test_what_is_pasted_and_what_is_shown_take_no_longer_than_their_length(part: str) -> None:
    """Each took from minutes to weeks, outside any room."""
    text = "<img" + part * (1_000_000 // len(part))
    shown = from_dict({"output_type": "display_data", "data": {"text/html": text}, "metadata": {}})
    colours = from_dict({"output_type": "stream", "name": "stdout", "text": "\x1b[31ma" * 200_000})
    cells = [new_markdown_cell(text), new_code_cell("1", outputs=[shown, colours])]
    made, _ = Sanitise().preprocess(new_notebook(cells=cells), {})
    assert made.cells[1].outputs[1].text == "a" * 200_000


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


def test_much_takes_no_longer_than_its_length() -> None:
    """A hundred of either took minutes, outside any room."""
    runs = " ".join("a" + "`" * length for length in range(1, 430))
    deep = "<ul><li>" * 12_000
    data: Any = {"text/html": deep, "text/markdown": runs, "text/latex": deep}
    shown = [from_dict({"output_type": "display_data", "data": data, "metadata": {}}) for _ in range(100)]
    cells = [new_code_cell("1", outputs=shown), *(new_markdown_cell(runs) for _ in range(100))]
    made, _ = Sanitise().preprocess(new_notebook(cells=cells), {})
    assert "<ul" not in str(made)
    few = from_dict({"output_type": "display_data", "data": {"text/html": "<ul><li>a</li></ul>"}, "metadata": {}})
    made, _ = Sanitise().preprocess(new_notebook(cells=[new_code_cell("1", outputs=[few])]), {})
    assert "<ul><li>a</li></ul>" in str(made)


@pytest.mark.parametrize("count", [-5, 2**40, True, "1", 1.5])
def test_an_execution_count_that_no_notebook_has_is_none(count: Any) -> None:
    handed_in = new_notebook(cells=[new_code_cell("1")])
    (cell,) = handed_in.cells
    cell.execution_count = count
    result = {"output_type": "execute_result", "data": {"text/plain": "1"}, "metadata": {}, "execution_count": count}
    cell.outputs = [from_dict(result)]
    made, _ = Sanitise().preprocess(handed_in, {})
    nbformat.validate(made)
    assert made.cells[0].execution_count is None


def test_links_in_angle_brackets_stay() -> None:
    assert harmless_markdown("[x](https://example.org)") == "[x](https://example.org)"
    assert "](javascript" not in harmless_markdown("[x](](javascript:alert(1))")
