"""The course that is attacked: small exercises, and secrets to look for."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from nbformat.v4 import new_code_cell
from nbgrader.converters import GenerateFeedback

from seminar.course import converters
from seminar.course.course import CONFIG_FILE, Course, Submission
from seminar.course.notebook_file import read, write
from seminar.course.release import release
from seminar.errors import GradingError
from tests.making import given, graded, hand_in, make_course, notebook, solution

HERE = Path(__file__).parent
TOPIC = "victim"
POINTS = 16
HIDDEN_CANARY = "CANARY-hidden-3f9c"  # in the hidden tests: in the source notebook, the gradebook, the examiner
OTHERS_CANARY = "CANARY-others-7b21"  # in another student's submission

IMPORTS = "import math\nimport numpy as np\nimport torch\nfrom torch import nn\nLIMIT = 10"
RIGHT = {
    "double": "def double(x: float) -> float:\n    return x + x",
    "total": "def total(x: torch.Tensor) -> torch.Tensor:\n    return (x * x).sum()",
    "squares": "squares = [n**2 for n in range(10)]",
    "model": (
        "model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))\n"
        "for name, weight in model.named_parameters():\n"
        "    nn.init.constant_(weight, 0.5 if name.endswith('weight') else 0.0)"
    ),
    "parts": "def parts(n: int) -> list[int]:\n    return [d for d in range(1, n + 1) if n % d == 0]",
    "slope": (
        "def slope(f, x: torch.Tensor) -> torch.Tensor:\n"
        "    x = x.detach().requires_grad_()\n"
        "    f(x).sum().backward()\n"
        "    return x.grad"
    ),
    "epoch": (
        "def epoch(net, optimizer, loader) -> None:\n"
        "    for x, y in loader:\n"
        "        optimizer.zero_grad()\n"
        "        ((net(x) - y) ** 2).mean().backward()\n"
        "        optimizer.step()"
    ),
    "scaled": "def scaled(x: np.ndarray) -> np.ndarray:\n    return 2 * x",
}
EMPTY = {"squares": "squares = None", "model": "model = None"}
TESTS = {
    "double": (
        2,
        'assert double(3.0) == 6.0, f"double(3.0): got {double(3.0)}, expected 6.0"',
        "import random\n"
        "generator = random.Random(7)\n"
        "for x in [generator.uniform(-9, 9) for _ in range(5)]:\n"
        "    y = double(x)\n"
        '    assert isinstance(y, float), "double: look at the type"\n'
        '    assert math.isclose(y, 2 * x), "double: look at other numbers"',
    ),
    "total": (
        2,
        'assert total(torch.ones(2, 3)) == 6, "total(torch.ones(2, 3)): expected 6"',
        "for seed in range(3):\n"
        "    x = torch.randn(4, seed + 2, generator=torch.Generator().manual_seed(seed))\n"
        "    y = total(x)\n"
        '    assert isinstance(y, torch.Tensor), "total: look at the type"\n'
        '    assert y.shape == () and y.dtype == x.dtype, "total: look at shape and dtype"\n'
        '    assert torch.allclose(y, x.pow(2).sum()), "total: look at other tensors"',
    ),
    "squares": (
        1,
        'assert len(squares) == LIMIT, f"squares: got {len(squares)} numbers, expected {LIMIT}"',
        'assert list(squares) == [k * k for k in range(LIMIT)], "squares: look at the values"',
    ),
    "model": (
        2,
        'assert len(model.state_dict()) == 4, "model: expected two layers with weights and biases"',
        "reference = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))\n"
        "reference.load_state_dict(dict(model.state_dict()))\n"
        "x = torch.randn(5, 4, generator=torch.Generator().manual_seed(1))\n"
        "expected = torch.relu(x.sum(dim=1, keepdim=True) * 0.5).expand(5, 2) * 1.5\n"
        "with torch.no_grad():\n"
        '    assert torch.allclose(reference(x), expected, atol=1e-6), "model: look at the weights"',
    ),
    "parts": (
        3,
        "points = 0.0",
        "for n, expected in ((1, [1]), (12, [1, 2, 3, 4, 6, 12]), (13, [1, 13])):\n"
        "    try:\n"
        "        points += 1.0 * (parts(n) == expected)\n"
        "    except Exception:\n"
        "        pass",
    ),
    "slope": (
        2,
        'assert slope(torch.sin, torch.zeros(2)).tolist() == [1.0, 1.0], "slope(sin, zeros(2)): expected ones"',
        "weight = torch.nn.Parameter(torch.tensor(2.0))\n"
        "def scaled(x):\n"
        "    return weight.detach() * x**3 + len(secret) * 0\n"
        "x = torch.linspace(-1, 2, 5)\n"
        'assert torch.allclose(slope(scaled, x), 6 * x**2), "slope: look at other functions"\n'
        'assert weight.item() == 2.0 and weight.grad is None, "slope: look at what it changes"',
    ),
    "epoch": (
        2,
        "def trained(run, data, rate):\n"
        "    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))\n"
        "    for number, weights in enumerate(net.parameters()):\n"
        "        nn.init.constant_(weights, 0.1 * (number + 1))\n"
        "    optimizer = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.5)\n"
        "    run(net, optimizer, torch.utils.data.DataLoader(data, batch_size=2))\n"
        "    return torch.cat([weights.detach().flatten() for weights in net.parameters()])\n"
        "data = torch.utils.data.TensorDataset(torch.eye(2), torch.ones(2, 1))\n"
        'assert not torch.equal(trained(epoch, data, 0.1), trained(epoch, data, 0.2)), "epoch: the weights do not move"',
        "def reference(net, optimizer, loader):\n"
        "    for x, y in loader:\n"
        "        optimizer.zero_grad()\n"
        "        torch.nn.functional.mse_loss(net(x), y).backward()\n"
        "        optimizer.step()\n"
        "class Points(torch.utils.data.Dataset):\n"
        "    def __len__(self):\n"
        "        return 5\n"
        "    def __getitem__(self, place):\n"
        "        return torch.tensor([place, place**2 / 9]), torch.tensor([place / 3.0 + len(secret) * 0])\n"
        "expected = trained(reference, Points(), 0.05)\n"
        'assert torch.allclose(trained(epoch, Points(), 0.05), expected), "epoch: look at each step"',
    ),
    "scaled": (
        2,
        "x = np.array([1.0, 2.0])\n"
        'assert (np.abs(scaled(x) - 2 * x) < 1e-9).all(), f"scaled({x}): expected {2 * x}"',
        "x = np.random.default_rng(3).normal(size=7)\n"
        'assert (scaled(x) == 2 * x).all(), "scaled: look at other arrays"',
    ),
}
CONFIG = """
from pathlib import Path as _Path

c.Examine.timeout_func = None
c.Examine.timeout = 2
c.Examine.limits = {"memory": 768 * 2**20, "disk": 32 * 2**20, "files": 5000, "processes": 64, "grace": 1.0, "wall": 20.0,
                     "output": 2**20}
"""


@dataclass(frozen=True)
class Attack:
    """A hostile submission.

    Attributes:
        family: what it is after.
        name: what it tries, in a few words.
        about: the same in a sentence.
        parts: code by the solution cell that it stands in; "new" for a cell of the student's own after the last one.
    """

    family: str
    name: str
    about: str
    parts: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, path: Path) -> Attack:
        """Read an attack: a docstring, then code, in parts that begin with `# %% NAME`."""
        text = path.read_text(encoding="utf-8")
        about = ast.get_docstring(ast.parse(text)) or ""
        first, *others = f"# %% double\n{text}".removeprefix("# %% ").split("\n# %% ")
        parts = tuple((name.strip(), code) for name, _, code in (part.partition("\n") for part in (first, *others)))
        return cls(path.parent.name, path.stem, about, parts)


def attacks(*families: str) -> list[Attack]:
    """The attacks of these families."""
    return [Attack.read(path) for family in families for path in sorted((HERE / family).glob("*.py"))]


def make_victim(root: Path) -> Course:
    """The course, released, with another student's submission to look for."""
    listed = [given("imports", IMPORTS)]
    for name, (points, visible, hidden) in TESTS.items():
        stub = f"### BEGIN SOLUTION\n{RIGHT[name]}\n### END SOLUTION"
        secret = f"### BEGIN HIDDEN TESTS\nsecret = '{HIDDEN_CANARY}'  # {HIDDEN_CANARY}\n{hidden}\n### END HIDDEN TESTS"
        last = "\npoints" if name == "parts" else ""
        listed += [solution(name, stub), graded(f"{name}-test", f"{visible}\n{secret}{last}", points=points)]
    course = make_course(root, **{TOPIC: notebook(*listed)})
    config = course.root / CONFIG_FILE
    config.write_text(config.read_text() + CONFIG)
    course = Course(course.root)
    release(course, TOPIC)
    hand_in(course, TOPIC, "other", f"# {OTHERS_CANARY}\n{RIGHT['double']}", *list(RIGHT.values())[1:])
    return course


def submit(course: Course, attack: Attack, student: str | None = None) -> Submission:
    """Hand an attack in."""
    student = student or f"{attack.family}-{attack.name}"
    path = hand_in(course, TOPIC, student)
    made = read(path)
    where = {cell.metadata.get("nbgrader", {}).get("grade_id"): place for place, cell in enumerate(made.cells)}
    place = 0
    for name, code in attack.parts:
        if name == "new":
            made.cells.insert(place + 1, new_code_cell(code))
            where = {key: at + (at > place) for key, at in where.items()}
            place += 1
        else:
            place = where[name]
            made.cells[place].source = code
    write(made, path)
    return Submission(TOPIC, student, path.parent)


def feedback(course: Course, submission: Submission) -> str:
    """The page that the student gets."""
    converter = GenerateFeedback(coursedir=course.directory(TOPIC, submission.student), config=course.config)
    converter.force = True
    converters.run(converter, GradingError, submission.student)
    return (course.root / "feedback" / submission.student / TOPIC / f"{TOPIC}.html").read_text()
