"""Which names a piece of notebook code uses, and which it defines."""

from __future__ import annotations

import ast
import symtable
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from IPython.core.inputtransformer2 import TransformerManager


@dataclass(frozen=True)
class Names:
    """The global names of one cell.

    Attributes:
        used: those that it reads.
        defined: those that it binds.
        changed: those whose objects it changes in place, as far as its code tells: an item or attribute is set, or a
            method is called for nothing but its effect. Each with the method's name; "" for what is set.
        made_of: for each that a statement of its own binds, the names that this reads; none for imports.
    """

    used: frozenset[str]
    defined: frozenset[str]
    changed: frozenset[tuple[str, str]] = frozenset()
    made_of: Mapping[str, frozenset[str]] = field(default_factory=dict)


@lru_cache(maxsize=1024)  # a linter asks for a cell again and again
def plain_python(source: str) -> str:
    """A cell's code with magics and shell escapes turned into the Python that IPython runs for them."""
    return str(TransformerManager().transform_cell(source))


def checked(source: str) -> ast.Module:
    """A cell's code as Python's own tree, compiled as IPython compiles it.

    Raises:
        SyntaxError: it is not Python, magics aside.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # of `x is 1` and the like: the author sees them in Jupyter
            plain = plain_python(source)
            compile(plain, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            return ast.parse(plain)
    except (ValueError, MemoryError, RecursionError) as error:  # null bytes, lone surrogates, a thousand brackets
        raise SyntaxError(str(error) or "too deep", ("<cell>", 1, None, None)) from error


def names_of(source: str) -> Names:
    """The global names that a cell uses and defines, those inside its functions and classes included.

    Raises:
        SyntaxError: the cell is not Python, magics aside.
    """
    tree = checked(source)
    with warnings.catch_warnings(action="ignore"):
        module = symtable.symtable(plain_python(source), "<cell>", "exec")
    used: set[str] = set()
    defined: set[str] = set()

    def visit(table: symtable.SymbolTable) -> None:
        for symbol in table.get_symbols():
            if table is module or symbol.is_global():
                if symbol.is_referenced():
                    used.add(symbol.get_name())
                if symbol.is_assigned() or symbol.is_imported():
                    defined.add(symbol.get_name())
        for child in table.get_children():
            visit(child)

    visit(module)
    return Names(frozenset(used), frozenset(defined), frozenset(_changed(tree, frozenset())), _made_of(tree))


def _changed(node: ast.AST, local: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The global names whose objects are changed in place, and by which method."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        local |= {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
        local |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    effect = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else node
    is_set = isinstance(effect, ast.Attribute | ast.Subscript) and not isinstance(effect.ctx, ast.Load)
    is_called = effect is not node and isinstance(effect, ast.Attribute)
    if is_set or is_called:
        root: ast.AST = effect
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if isinstance(root, ast.Name) and root.id not in local:
            yield root.id, effect.attr if is_called and isinstance(effect, ast.Attribute) else ""
    for child in ast.iter_child_nodes(node):
        yield from _changed(child, local)


def _made_of(tree: ast.Module) -> dict[str, frozenset[str]]:
    """What the names that a cell binds are made of, statement by statement."""
    found: dict[str, frozenset[str]] = {}
    for statement in tree.body:
        names = [each for each in ast.walk(statement) if isinstance(each, ast.Name)]
        read = frozenset(each.id for each in names if isinstance(each.ctx, ast.Load))
        bound = {each.id for each in names if isinstance(each.ctx, ast.Store)}
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound, read = {statement.name}, frozenset()  # what it reads, it reads when it is called
        found |= {name: found.get(name, frozenset()) | read for name in bound}
    return found
