"""Raises syntax errors that name a file and a line: who shows one looks the line up, in the examiner's file system."""

COURSE = "/tmp/pytest-of-root/pytest-current/victimcurrent"  # a student can guess where a course is
SEEN = []


def fail(kind, path, line):
    error = kind("line", (path, line, 1, None, line, 200))
    SEEN.append((path, line, error.text))
    raise error


def double(x):
    if x == 3.0:
        return 6.0
    fail(SyntaxError, f"{COURSE}/source/victim/victim.ipynb", 67)


# %% total
def total(x):
    if x.shape == (2, 3):
        return 6.0
    fail(IndentationError, f"{COURSE}/submitted/other/victim/victim.ipynb", 49)


# %% squares
class Failing:
    def __len__(self):
        fail(TabError, "/etc/shadow", 1)


squares = Failing()


# %% model
class Model:
    def state_dict(self):
        fail(SyntaxError, "/proc/self/environ", 1)


model = Model()


# %% parts
def parts(n):
    fail(SyntaxError, {1: "<ipython-input-2>", 12: "Cell In[2]"}.get(n, "../source/victim/victim.ipynb"), 1)


# %% new
print(SEEN)
for path, line, text in list(SEEN):
    try:
        fail(SyntaxError, path, line)
    except SyntaxError:
        get_ipython().showsyntaxerror()
