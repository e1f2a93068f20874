"""Which names a piece of notebook code uses, and which it defines."""

from __future__ import annotations

import symtable
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager


@dataclass(frozen=True)
class Names:
    """The global names of one cell."""

    used: frozenset[str]
    defined: frozenset[str]


def plain_python(source: str) -> str:
    """A cell's code with magics and shell escapes turned into the Python that IPython runs for them."""
    return str(TransformerManager().transform_cell(source))


def names_of(source: str) -> Names:
    """The global names that a cell uses and defines, those inside its functions and classes included.

    Raises:
        SyntaxError: the cell is not Python, magics aside.
    """
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
