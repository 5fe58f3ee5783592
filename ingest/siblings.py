"""Which numbered units are headings, judged beside their siblings.

A unit alone says little: "3. Công tác dân vận: …" is a heading where 1., 2. and 4. are headings, and an item where
they are sentences. Units that carry on each other's numbers make a run, and a run is settled as a whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ingest.grammar import ANNOUNCED, ANNOUNCES, DOTTED, RANK, Numbered, follows, starts
from ingest.letters import UPPER
from ingest.lines import Block

_COLON_LEAD = re.compile(rf"([^.;:]{{3,120}}):\s+(?=[“\"‘(]?[{UPPER}])")
_CLAUSE = re.compile(r"[;:.](?=\s|$)")
_MAX_OPEN = 12  # runs that may go on at a time: no document nests deeper
_LISTS = frozenset({"n1", "point", "paren"})
_LONG_CLAUSE, _SHORT_CLAUSE, _MAX_CLAUSE = 140, 60, 250
_SHORT_TITLE, _LONG_TITLE = 120, 400
_NAMED_PARAGRAPHS, _FEW_WORDS = 3, 4
_SHORT_LEAD = 80  # characters in front of the colon, where nothing but the likeness of the units tells
_STOPPED_TITLE = 90  # characters of a title that ends in a full stop, where nothing else shows that it is one


@dataclass(slots=True)
class Head:
    """A heading found in a block.

    Attributes:
        style: of its number ("n1"), or "role", "named", "bold" for unnumbered ones.
        rank: of the style, smaller is further out.
        number: as printed, None where there is none.
        title: without the number.
        rest_at: where its paragraph starts in the same block; the block is cut there.
        end: where the title ends in a paragraph that stays whole, because the title is its first clause.
    """

    style: str
    rank: int
    number: str | None
    title: str
    rest_at: int | None = None
    end: int | None = None


@dataclass(slots=True)
class Unit:
    """A numbered block: what its own form says.

    Attributes:
        block: the block.
        start: its number.
        head: the heading that it is, if it is one.
        body: something of its own stands below it.
        cut: it stops in mid-sentence, and the next block goes on in lower case.
        announced: the text above it ends in a colon.
    """

    block: Block
    start: Numbered
    head: Head | None
    body: bool = False
    cut: bool = False
    announced: bool = False

    @property
    def strong(self) -> bool:
        """A heading by emphasis, capitals or a depth that lists do not have."""
        emphasised = self.block.bold or self.block.hint is not None or self.start.title.isupper()
        return self.head is not None and (emphasised or self.head.rest_at is not None or self.start.style in DOTTED)

    @property
    def bare_number(self) -> bool:
        """Only the number is emphasised."""
        return 0 < self.block.lead <= self.start.at + 2 and not self.block.bold


@dataclass(slots=True)
class _Run:
    style: str
    units: list[Unit] = field(default_factory=list)
    in_article: bool = False
    nested: bool = False

    def wants(self, unit: Unit) -> bool:
        last = self.units[-1].start.number
        return self.style == unit.start.style and follows(last, unit.start.number)

    def leans_to_headings(self) -> bool:
        return 2 * sum(u.head is not None for u in self.units) >= len(self.units)


def settle(units: list[Unit]) -> None:
    """Change `Unit.head` where the siblings say otherwise."""
    for run in _runs(units):
        if run.style in ANNOUNCED or run.style == "article":
            continue
        if run.in_article:
            _settle_article(run)
            continue
        if not _is_short_list(run):
            _drop_weak(run)
            _promote(run)


def _runs(units: list[Unit]) -> list[_Run]:
    """Group units whose numbers carry on each other, as they nest."""
    done: list[_Run] = []
    stack: list[_Run] = []
    for unit in units:
        wanting = [run for run in stack if run.wants(unit)]
        alike = [run for run in wanting if run.leans_to_headings() == (unit.head is not None)]
        if wanting:
            run = (alike or wanting)[-1]
            del stack[stack.index(run) + 1 :]
        else:
            if unit.head is not None and (
                unit.strong or unit.start.style in ANNOUNCED or unit.start.style == "article"
            ):
                stack = [r for r in stack if RANK[r.style] < unit.start.rank]
            outer = stack[-1] if stack else None
            run = _Run(unit.start.style)
            run.nested = any(r.style == run.style for r in stack)
            run.in_article = outer is not None and (outer.style == "article" or outer.in_article)
            stack = [*stack[-_MAX_OPEN:], run]
            done.append(run)
        run.units.append(unit)
    return done


def _settle_article(run: _Run) -> None:
    """The numbered paragraphs of an article are paragraphs, unless they are titles in bold or short ones."""
    for unit in run.units:
        title = unit.start.title
        short = len(title) <= _SHORT_TITLE and unit.body and not title.endswith(":") and run.style != "point"
        if unit.head is not None and not unit.block.bold and not title.isupper() and not (unit.head.rest_at or short):
            unit.head = None


def _is_short_list(run: _Run) -> bool:
    """Three and more plain titles, one right below the other, are the items of a list."""
    units = run.units
    if run.style not in _LISTS or len(units) < 3 or any(u.strong or u.body for u in units[:-1]):
        return False
    if not all(u.head for u in units):
        return False
    for unit in units:
        unit.head = None
    return True


def _drop_weak(run: _Run) -> None:
    """Among sentences, an introduction ("… như sau:") and a plain item without full stop are no headings."""
    units = run.units
    heads = [u for u in units if u.head]
    if len(units) == 1 and heads and run.style in {"roman", "letter"} and not heads[0].strong:
        if not starts(heads[0].start.number):  # "V. I. Lênin …", "C. Mác …"
            heads[0].head = None
        return
    sentences = len(units) - len(heads)
    colons = [u for u in heads if u.start.title.endswith(":") and not u.strong]
    if sentences > len(heads) - len(colons):
        for unit in colons:
            unit.head = None
    for unit in heads:
        if unit.head and not unit.strong and not unit.body and 2 * len(heads) < len(units):
            unit.head = None


def _promote(run: _Run) -> None:
    """What stands among headings is a heading too, in the form that its text allows."""
    units = run.units
    heads = [u for u in units if u.head]
    rest = [u for u in units if not u.head]
    if not rest:
        return
    colons = [_colon_head(u) for u in units]
    short = _are_named_paragraphs(run, colons)
    if (short or (run.style in DOTTED and len(units) >= 2)) and not heads and all(colons):
        for unit, head in zip(units, colons, strict=True):
            unit.head = head
        return
    names = [u for u in units if u.start.title.endswith(":") and u.body and len(u.start.title) <= _SHORT_TITLE]
    names = [u for u in names if not ANNOUNCES.search(u.start.title)]
    if run.style in {"point", "paren"} and len(names) >= 2 and 4 * len(names) >= 3 * len(units):
        for unit in names:  # "a) Về kinh tế:" over its paragraphs, "b) Về xã hội:" over its own
            unit.head = unit.head or Head(unit.start.style, unit.start.rank, unit.start.number, unit.start.title)
    if not heads and len(units) >= 2 and all(u.start.title.endswith(".") for u in units):
        whole = [_whole_head(u, _STOPPED_TITLE) for u in units]
        if all(whole):  # "1. Hạn chế." over its paragraphs, "2. Nguyên nhân." over its own
            for unit, head in zip(units, whole, strict=True):
                unit.head = head
            return
    run_ins = sum(u.head is not None and u.head.rest_at is not None for u in heads)
    if run_ins >= 2 and 4 * run_ins >= len(units) and all(u.bare_number for u in rest):
        for unit in rest:
            unit.head = clause_head(unit.block, unit.start)
        return
    if not heads or 2 * len(heads) < len(units):
        return
    clear = len(units) >= 4 and 4 * len(heads) >= 3 * len(units)
    longest = max(_SHORT_TITLE, *(len(u.start.title) * 2 for u in heads if u.head and u.head.rest_at is None), 0)
    for unit in rest:
        unit.head = _colon_head(unit) if len(heads) >= 2 else None
        unit.head = unit.head or _whole_head(unit, min(longest, _LONG_TITLE))
        unit.head = unit.head or (clause_head(unit.block, unit.start) if clear else None)


def _are_named_paragraphs(run: _Run, heads: list[Head | None]) -> bool:
    """Paragraphs like "1. Về đất đai: …", "2. Về cán bộ: …": three at least, each with more than a word or two to say.

    No list that a colon announces, and none inside another one: "1. Lúa: 200 ha", "1. Đồng chí A: Trưởng đoàn".
    """
    if run.style != "n1" or run.nested or len(heads) < _NAMED_PARAGRAPHS or run.units[0].announced:
        return False
    said = [len(u.block.text[h.rest_at :].split()) for u, h in zip(run.units, heads, strict=True) if h]
    return len(said) == len(heads) and min(said) > _FEW_WORDS and all(h and len(h.title) <= _SHORT_LEAD for h in heads)


def _colon_head(unit: Unit) -> Head | None:
    """The words in front of the colon of "4.1. Đối với Hội đồng nhân dân xã: Nâng cao …"."""
    start = unit.start
    m = _COLON_LEAD.match(unit.block.text, start.at)
    if not m:
        return None
    return Head(start.style, start.rank, start.number, m.group(1).strip(), rest_at=m.end())


def _whole_head(unit: Unit, longest: int) -> Head | None:
    """One sentence that has paragraphs of its own below it, and no longer than its siblings' titles suggest."""
    title = unit.start.title
    if unit.cut or not unit.body or len(title) > longest or re.search(r"[.:?!]\s", title):
        return None
    return Head(unit.start.style, unit.start.rank, unit.start.number, title)


def clause_head(block: Block, start: Numbered) -> Head:
    """The first clause of a paragraph that stays whole: up to ";", ":" or ".", a long one up to a comma."""
    text = block.text[start.at :]
    m = _CLAUSE.search(text)
    length = m.start() if m else len(text.rstrip())
    if length > _LONG_CLAUSE:
        comma = text.find(",", _SHORT_CLAUSE, length)
        space = text.rfind(" ", 0, _MAX_CLAUSE)
        length = comma if comma > 0 else length if length <= _MAX_CLAUSE else max(space, _SHORT_CLAUSE)
    title = text[:length].rstrip()
    return Head(start.style, start.rank, start.number, title, end=start.at + len(title))
