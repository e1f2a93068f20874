"""Displays 100,000 images and pieces of HTML and script, and updates them."""

from IPython.display import HTML, Image, Javascript, clear_output, display

pixel = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + bytes(5000)
for number in range(100_000):
    try:
        display(Image(data=pixel, format="png"))
        handle = display(HTML(f"<script>while (true) alert({number})</script>" * 10), display_id=True)
        display(Javascript("while (true) {}"))
        if handle:
            handle.update(HTML("<img src=x onerror='location=1'>"))
        if number % 1000 == 0:
            clear_output(wait=True)
    except Exception:
        pass


def double(x):
    return -12345.678
