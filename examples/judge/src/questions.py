"""The questions: always the same ones, of four topics, each with its true answer."""

from collections.abc import Iterator
from typing import NamedTuple

WORDS = (
    "nevertheless", "committee", "balloon", "parallel", "assess", "success", "banana", "street", "keeper", "letter",
    "bookkeeper", "address", "seesaw", "cheese", "possess", "mississippi", "tree", "referee", "degree", "agreement",
)  # fmt: skip
DOSES = (125, 200, 250, 400, 500)


class Question(NamedTuple):
    prompt_id: str
    topic: str
    text: str
    numbers: tuple[int, ...]
    word: str
    truth: str


def questions() -> Iterator[Question]:
    for n in range(400):
        one, other = 107 + 389 * n % 890, 113 + 523 * n % 880
        yield Question(f"sum-{n}", "sums", f"What is {one} + {other}?", (one, other), "", str(one + other))
    for n in range(400):
        hours, tenths = 1 + n % 40, 1 + n // 40 % 9
        text = f"How many minutes are {hours}.{tenths} hours?"
        yield Question(f"time-{n}", "time", text, (hours, tenths), "", str(60 * hours + 6 * tenths))
    for n in range(400):
        word = WORDS[n % 20] + WORDS[n // 20]
        text = f"How many times is e in {word}?"
        yield Question(f"letters-{n}", "letters", text, (), word, str(word.count("e")))
    for n in range(250):
        tablets, dose = 1 + n // 5, DOSES[n % 5]
        text = f"How many mg of medicine are in {tablets} tablets of {dose} mg?"
        yield Question(f"health-{n}", "health", text, (tablets, dose), "", str(tablets * dose))
