"""What every accumulator can do. How many rows there are, and who feeds it, is not its business."""

from typing import Any, Protocol, Self

from merganser.evaluation.batch import Batch


class Accumulator(Protocol):
    """Something that is fed batches; two fed with parts merge to what one fed with the whole would be."""

    def update(self, batch: Batch) -> None: ...

    def merge(self, other: Self) -> None: ...

    def second(self) -> "Accumulator | None":
        """What wants to see all rows once more, knowing what this one has seen; None where one pass is enough."""
        ...


class Finished(Accumulator, Protocol):
    """An accumulator that has seen all that it needs."""

    def finish(self) -> Any: ...
