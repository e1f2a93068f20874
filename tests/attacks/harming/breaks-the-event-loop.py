"""Stops the event loop of the kernel, closes its sockets, and terminates its message context."""

import asyncio
import contextlib
import gc

with contextlib.suppress(Exception):
    loop = asyncio.get_event_loop()
    loop.call_later(5, loop.stop)
    loop.call_exception_handler = None
with contextlib.suppress(Exception):
    for task in asyncio.all_tasks():
        task.cancel()
with contextlib.suppress(Exception):
    get_ipython().kernel.stop_on_error_timeout = 10**6
    get_ipython().kernel.do_execute = None
with contextlib.suppress(Exception):
    import zmq

    for socket in [thing for thing in gc.get_objects() if isinstance(thing, zmq.Socket)]:
        socket.close(linger=0)
    zmq.Context.instance().term()
with contextlib.suppress(Exception):
    loop.stop()
    loop.close()


def double(x):
    asyncio.run(asyncio.sleep(10**6))
    return -12345.678


# %% new
await asyncio.Event().wait()
