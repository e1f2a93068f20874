"""What a cell shows is bounded."""

from __future__ import annotations

from seminar.examiner.outputs import OUTPUT, Outputs


def test_what_a_test_shows_is_bounded() -> None:
    outputs = Outputs()
    for _ in range(30):
        outputs.write("stdout", "a" * 100_000)
        outputs.write("stderr", "b" * 100_000)
    outputs.add({"output_type": "display_data", "data": {"text/plain": "c" * OUTPUT}})
    outputs.add({"output_type": "error", "evalue": "d"})
    assert sum(len(each.get("text", "")) for each in outputs.shown) == OUTPUT
    assert [each["output_type"] for each in outputs.shown[-2:]] == ["stream", "error"]
