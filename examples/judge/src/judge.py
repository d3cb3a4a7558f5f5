"""Stands in for a judge: reads question and answer, and says how helpful the answer is, from 1 to 5."""

import zlib

from assistant import Answer
from questions import Question

MANY_WORDS = 25


def helpfulness(question: Question, answer: Answer) -> int:
    if answer.refused:
        return 1
    right = answer.text.removesuffix(".").split()[-1] == question.truth
    shown = answer.text.count(".") > 1
    long = len(answer.text.split()) > MANY_WORDS
    mood = zlib.crc32(f"{question.text} {answer.text}".encode()) % 10 == 0  # judges are not of one mind either
    return max(1, (4 if right else 2) + shown - long - mood)
