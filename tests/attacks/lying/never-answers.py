"""Takes every question and answers none, or with half a message, which never ends."""

import gc
import struct
import time

turn = 0


def answer(service):
    global turn
    service._channel.receive()
    turn += 1
    if turn % 3 == 1:
        service._channel._socket.sendall(struct.pack("<Q", 1000) + b"\x93\x01")
    elif turn % 3 == 2:
        time.sleep(1000)


for each in [each for each in gc.get_objects() if type(each).__name__ == "Service" and hasattr(each, "_verbs")]:
    type(each).answer = answer


def double(x):
    return 0.5
