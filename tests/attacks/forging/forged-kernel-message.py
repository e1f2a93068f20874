"""Sends the kernel's messages itself: a displayed number of points, a good reply and an idle status, before the test fails."""

import contextlib

kernel = get_ipython().kernel
session = kernel.session
REPLY = {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []}


def claim(points):
    bundle = {"data": {"text/plain": str(points)}, "metadata": {}, "execution_count": 1}
    parents = [getattr(kernel, "_parent_header", None)]
    with contextlib.suppress(Exception):
        parents += [kernel.get_parent("shell"), kernel.get_parent("control")]
    for parent in filter(None, parents):
        for kind, content in (
            ("execute_result", bundle),
            ("display_data", {**bundle, "transient": {"display_id": "points"}}),
            ("update_display_data", {**bundle, "transient": {"display_id": "points"}}),
            ("status", {"execution_state": "idle"}),
        ):
            with contextlib.suppress(Exception):
                session.send(kernel.iopub_socket, kind, content, parent=parent, ident=kernel._topic(kind))
        for stream in ("shell_stream", "control_stream"):
            with contextlib.suppress(Exception):
                session.send(getattr(kernel, stream), "execute_reply", REPLY, parent=parent, ident=kernel._parent_ident["shell"])


claim(2.0)


def double(x):
    claim(2.0)
    return -12345.678


# %% total
def total(x):
    claim(2.0)
    sent = session.send  # from now on nothing is an error
    session.send = lambda stream, kind, *rest, **more: None if kind == "error" else sent(stream, kind, *rest, **more)
    return x


# %% parts
def parts(n):
    claim(3.0)
    return [-n]


# %% new
claim(3.0)
