"""Which function carries a slash command out; each gives a row of the reply."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from merganser.chatops.binding import moved
from merganser.commands.slash import answering, dashboard, rejudging, releasing, training, waiving
from merganser.commands.slash.order import Order, unknown_model
from merganser.forge.protocol import Moved
from merganser.report.reply import Row

_ACTS: Final[Mapping[str, Callable[[Order], Row]]] = MappingProxyType(
    {
        "status": dashboard.status,
        "diff": answering.diff,
        "train": training.train,
        "ok-to-test": training.ok_to_test,
        "gate": rejudging.gate,
        "override": waiving.override,
        "unoverride": waiving.unoverride,
        "register": releasing.register,
        "promote": releasing.promote,
    }
)


def obey(order: Order) -> Row:
    """The row of a command that its author may give."""
    # What differs between two versions is also asked of models that are gone.
    if order.command.name != "diff" and (wrong := unknown_model(order)):
        return order.refused(wrong)
    try:
        return _ACTS[order.command.name](order)
    except Moved as pushed:
        return order.refused(moved(pushed.wanted, pushed.found))
