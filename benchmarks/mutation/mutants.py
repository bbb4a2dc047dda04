"""Small faults of a module's source: each a piece of its text, and what stands there instead."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
# the neighbour of a comparison, which differs where both sides are equal, and its opposite
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
EXTREMES = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum"}
# words for the reader, which no test should hold letter by letter
MESSAGES = {"warn", "refuse", "InputError", "OptionError", "WeightsError", "EstimationError"}


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes
    ----------
    line : int
        Where it is, from 1.
    start, stop : int
        The bytes of the source that are replaced.
    old, new : str
        What stood there, and what stands there now.
    at_import : bool
        Whether the place runs when the module is imported, and not in a function.
    """

    line: int
    start: int
    stop: int
    old: str
    new: str
    at_import: bool

    @property
    def lines(self) -> range:
        return range(self.line, self.line + self.old.count("\n") + 1)

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.new.encode() + source[self.stop :]


def mutants(source: bytes) -> list[Mutant]:
    """All faults of a module's source, in the order of its lines."""
    lines = source.splitlines(keepends=True)
    starts = [sum(map(len, lines[:k])) for k in range(len(lines))]
    tree = ast.parse(source)
    inside = _lines_of_functions(tree)
    found = {}
    for node, new in _faults(tree):
        start = starts[node.lineno - 1] + node.col_offset
        stop = starts[node.end_lineno - 1] + node.end_col_offset
        text = ast.unparse(new)
        if text == ast.unparse(node):
            continue
        if isinstance(new, ast.expr):
            # brackets keep the fault to its own piece of the line
            text = f"({text})"
        old = source[start:stop].decode()
        found[start, stop, text] = Mutant(
            node.lineno, start, stop, old, text, at_import=node.lineno not in inside
        )
    return sorted(found.values(), key=lambda mutant: (mutant.start, mutant.stop, mutant.new))


def _lines_of_functions(tree: ast.AST) -> set[int]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {line for node in functions for line in range(node.body[0].lineno, node.end_lineno + 1)}


def _faults(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Pairs of a node and what replaces it, below a node of the tree."""
    for child in _mutable_children(node):
        for new in _replacements(child):
            yield child, new
        yield from _faults(child)


def _mutable_children(node: ast.AST) -> Iterator[ast.AST]:
    """The children that are neither types, decorators, imports nor messages."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_set_apart(child):
                yield child


def _is_set_apart(node: ast.AST) -> bool:
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    kinds = (ast.Raise, ast.Assert, ast.Import, ast.ImportFrom, ast.JoinedStr, ast.expr_context)
    return isinstance(node, kinds) or (isinstance(node, ast.Call) and _called(node) in MESSAGES)


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def _with(node: ast.AST, **changes: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in changes.items():
        setattr(changed, name, value)
    return changed


def _replacements(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    match node:
        case ast.BinOp(op=ast.MatMult()):
            yield _with(node, left=node.right, right=node.left)
        case ast.BinOp():
            if type(node.op) in ARITHMETIC:
                yield _with(node, op=ARITHMETIC[type(node.op)]())
            yield node.left
            if isinstance(node.op, ast.Add | ast.Mult):
                yield node.right
        case ast.Compare(ops=[op]):
            yield from (_with(node, ops=[other()]) for other in COMPARISONS[type(op)])
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield _with(node, op=other)
            yield from (part for part in node.values)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int() | float()):
            yield ast.Constant(node.value + 1)
        case ast.Attribute(attr="T", ctx=ast.Load()):
            yield node.value
        case ast.Call():
            yield from _other_calls(node)
        case ast.IfExp():
            yield _with(node, body=node.orelse, orelse=node.body)
        case ast.Return(value=ast.Tuple() as value):
            yield _with(node, value=_with(value, elts=value.elts[::-1]))
        case ast.Return(value=ast.expr()):
            yield ast.Return(ast.Constant(None))
        case ast.AugAssign():
            yield ast.Pass()
            if type(node.op) in ARITHMETIC:
                yield _with(node, op=ARITHMETIC[type(node.op)]())
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()


def _other_calls(node: ast.Call) -> Iterator[ast.AST]:
    """The first two arguments swapped, a keyword left out, min for max."""
    plain = [value for value in node.args if not isinstance(value, ast.Starred)]
    if len(plain) == len(node.args) > 1:
        first, second, *rest = node.args
        yield _with(node, args=[second, first, *rest])
    for keyword in node.keywords:
        if keyword.arg not in (None, "dtype"):
            yield _with(node, keywords=[other for other in node.keywords if other is not keyword])
    match node.func:
        case ast.Name(id=name) if name in EXTREMES:
            yield _with(node, func=ast.Name(EXTREMES[name]))
        case ast.Attribute(attr=name) if name in EXTREMES:
            yield _with(node, func=_with(node.func, attr=EXTREMES[name]))
