"""Blocks of GitHub-flavoured Markdown from cells that are escaped already, and cutting them to a length.

A document is a list of blocks that are never divided: a cut falls between two of them, so between a table's rows.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate

from merganser.markdown import code
from merganser.report.text import link

MAX_ROWS = 800
OPEN, CLOSE = "<details>", "\n</details>"
_SHA = re.compile("[0-9a-f]{40}")


def table(header: Sequence[str], align: str, rows: Iterable[Sequence[str]]) -> list[str]:
    """A table, one block a row, its head in the first; `align` holds `l` or `r` for each column."""
    rules = {"l": "---", "r": "---:"}
    head = f"\n{_row(header)}\n{_row([rules[side] for side in align])}"
    return [head, *(_row(cells) for cells in rows)]


def folded(summary: str, blocks: Sequence[str]) -> list[str]:
    """Blocks behind a line to click on; `summary` is plain words of ours."""
    return [f"\n{OPEN}<summary>{summary}</summary>", *blocks, CLOSE]


def length(blocks: Iterable[str]) -> int:
    """How many characters the blocks take, a line end after each."""
    return sum(len(block) + 1 for block in blocks)


def fit(blocks: Sequence[str], limit: int, rest: str) -> list[str]:
    """The blocks, or as many as fit in `limit` characters with `rest` (Markdown) behind; the first always stays."""
    if length(blocks) <= limit:
        return list(blocks)
    room = limit - len(CLOSE) - len(rest) - 3
    ends = accumulate(len(block) + 1 for block in blocks)
    kept = blocks[: max(1, sum(end <= room for end in ends))]
    opened = sum(block.lstrip().startswith(OPEN) for block in kept)
    return [*kept, *([CLOSE] if opened > kept.count(CLOSE) else []), f"\n{rest}"]


def commit_link(server_url: str, repo: str, sha: str) -> str:
    """The first seven digits of a commit, linked; as they are where it is no full commit id."""
    if not _SHA.fullmatch(sha):
        return code(sha)
    return link(code(sha[:7]), f"{server_url}/{repo}/commit/{sha}")


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
