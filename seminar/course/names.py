"""Which names a piece of notebook code uses, and which it defines."""

from __future__ import annotations

import ast
import symtable
import warnings
from dataclasses import dataclass
from functools import lru_cache

from IPython.core.inputtransformer2 import TransformerManager


@dataclass(frozen=True)
class Names:
    """The global names of one cell."""

    used: frozenset[str]
    defined: frozenset[str]


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
    checked(source)
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
    return Names(frozenset(used), frozenset(defined))
