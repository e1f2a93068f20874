"""Texts and outputs as HTML: as meant, and harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seminar.course.notebook_file import read
from seminar.reports import markup
from tests.examiner.test_harmless import HOSTILE, suspects
from tests.examiner.test_sanitise import PNG
from tests.making import ROOT

HARMLESS = {"math"}  # of what test_harmless suspects: on a page it is what formulas are made of
PIECES = st.sampled_from(
    (
        *HOSTILE,
        "$",
        "$$",
        "`",
        "```\n",
        "\n\n",
        "\\href{javascript:alert(1)}",
        "\\text{",
        "}",
        "{",
        "\\style{a:url(//e)}{x}",
    )
)


def suspicious(text: str) -> list[str]:
    return [each for each in suspects(text) if each not in HARMLESS and not each.startswith(("td style", "th style"))]


@given(st.lists(PIECES | st.text(max_size=20), max_size=8).map("".join))
def test_no_markdown_runs_or_loads_anything(text: str) -> None:
    assert [each for each in suspicious(markup.markdown(text)) if each != "img"] == []


@given(st.text(max_size=40) | st.lists(PIECES, max_size=5).map("".join))
def test_any_tex_is_shown(tex: str) -> None:
    shown = markup.html(markup.formula(tex, block=False))
    assert "<math" in shown or "<code>" in shown
    assert suspicious(shown) == []


@given(st.text(max_size=60))
def test_code_and_what_a_program_prints_stay_text(text: str) -> None:
    assert suspects(markup.code(text)) == []
    assert suspects(markup.terminal(text)) == []
    assert "<img" not in markup.terminal(f"{text}<img>")


def test_every_formula_of_the_course_becomes_mathml() -> None:
    for path in sorted(ROOT.glob("source/*/*.ipynb")):
        text = "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
        assert "<math" in markup.markdown(text)
        assert "<code>\\" not in markup.markdown(text)


def test_formulas_are_drawn_and_code_is_left() -> None:
    shown = markup.markdown("$a < b$ and `$c$` and \\$5\n\n```python\nx = 1  # $d$\n```\n\n$$\\log x$$")
    assert "<mi>a</mi><mo>&lt;</mo><mi>b</mi>" in shown
    assert "<code>$c$</code>" in shown
    assert "# $d$" in shown
    assert shown.count("<math") == 2
    assert '<mi>log</mi><mspace width="0.17em"></mspace><mi>x</mi>' in shown


@pytest.mark.parametrize("tex", ["\\unknown{x}", "\\frac{", "", "\\begin{aligned} a &= b \\end{aligned}"])
def test_tex_beyond_the_converter_is_shown_as_it_is(tex: str) -> None:
    assert markup.html(markup.formula(tex, block=True)) == f"<code>{tex.replace('&', '&amp;').strip()}</code>"


def test_the_entities_of_a_sanitised_cell_are_read_as_meant() -> None:
    assert "<code>a &lt; b</code>" in markup.markdown("`a &lt; b`")
    assert "a --&gt; b" in markup.markdown("```text\na --&gt; b\n```")
    assert "<mo>&lt;</mo>" in markup.markdown("$a &lt; b$")


def test_pictures_are_shown_where_the_text_holds_them() -> None:
    assert markup.markdown("![a plot](http://192.0.2.1/x.png)") == "<p><em>(picture: a plot)</em></p>\n"
    held = markup.markdown_with("![a plot](attachment:x.png)", {"x.png": {"image/png": PNG}})
    assert held == f'<p><img src="data:image/png;base64,{PNG}" alt="a plot"></p>\n'
    assert "<img" not in markup.markdown("![x](data:image/svg+xml;base64,PHN2Zy8+)")


def test_tables_and_hints_stay() -> None:
    shown = markup.markdown("| a |\n|--:|\n| 1 |\n\n<details><summary>Hint</summary>\n\n*Look.*\n\n</details>")
    assert '<th style="text-align:right">a</th>' in shown
    assert "<details><summary>Hint</summary>" in shown
    assert "<em>Look.</em>" in shown


def test_a_terminal_shows_what_is_left_on_it() -> None:
    assert markup.terminal("10%\r50%\r100%\ndone\r\n") == "100%\ndone\n"
    assert markup.terminal("\x1b[31mred\x1b[0m") == '<span class="ansi-red-fg">red</span>'


def test_where_a_graders_libraries_are_is_not_told() -> None:
    traceback = 'File "/home/ina/.venv/lib/python3.11/site-packages/torch/nn/modules/module.py", line 5'
    assert markup.terminal(traceback) == "File &#34;site-packages/torch/nn/modules/module.py&#34;, line 5"
    own = "> /root/.pyenv/versions/3.11.7/lib/python3.11/pdb.py(338)set_trace()"
    assert markup.terminal(own) == "&gt; python3.11/pdb.py(338)set_trace()"


@pytest.mark.parametrize(
    "text", ["[" * 20_000, "$" * 20_000, "/" * 200_000, "\r" * 200_000, "<b>" * 20_000, "*a" * 20_000]
)
def test_no_text_is_too_much(text: str) -> None:
    markup.markdown(text[:20_000])
    assert len(markup.terminal(text)) in (0, len(text), len(text.replace("<", "&lt;").replace(">", "&gt;")))


@pytest.mark.parametrize(
    ("heading", "shown"),
    [
        (r"1. Compute $x^2$, $\frac{1}{2}$ and `a<b`", r"1. Compute x^2, \frac{1}{2} and a<b"),
        ("A *third* [device](https://example.org) & 2 * 3", "A third device & 2 * 3"),
        ("$$e^{i\\pi}<0$$", "e^{i\\pi}<0"),
    ],
)
def test_a_heading_as_plain_text_says_the_same(heading: str, shown: str) -> None:
    assert markup.plain(heading) == shown


def test_attached_pictures_are_told_apart_by_their_whole_names() -> None:
    other = PNG[:-4] + "AAAA"
    attached = {"a": {"image/png": PNG}, "a1": {"image/png": other}}
    shown = markup.markdown_with("![x](attachment:a1) ![y](attachment:a) `attachment:a` ![z](attachment:a)", attached)
    assert [shown.count(f'src="data:image/png;base64,{each}"') for each in (PNG, other)] == [1, 1]
    assert "<code>attachment:a</code>" in shown
    assert "(picture: z)" in shown
