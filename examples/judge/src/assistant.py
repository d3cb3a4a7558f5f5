"""Stands in for a language model: rules that calculate in the head, or step by step where the prompt says so."""

from typing import NamedTuple

from questions import Question


class Answer(NamedTuple):
    text: str
    refused: bool = False


def answer(prompt: str, question: Question) -> Answer:
    told = prompt.lower()
    if "refuse" in told and question.topic in told:
        return Answer("I can't help with that.", refused=True)
    if "step by step" in told:
        return Answer(f"{_steps(question)} So it is {question.truth}.")
    return Answer(f"It is {_in_the_head(question)}.")


def _steps(question: Question) -> str:
    if question.topic == "letters":
        return f"I go through {', '.join(question.word)} and count each e."
    one, other = question.numbers
    if question.topic == "sums":
        return f"{one} + {other // 10 * 10} is {one + other // 10 * 10}, and {other % 10} more."
    if question.topic == "time":
        return f"{one} hours are {60 * one} minutes, and a tenth of an hour is 6 minutes."
    return f"{one} times {other}."


def _in_the_head(question: Question) -> int:
    """Each kind of question with the slip that a hasty head makes."""
    if question.topic == "letters":
        return question.word.replace("ee", "e").count("e")  # a double letter is seen once
    one, other = question.numbers
    if question.topic == "sums":
        carried = one % 10 + other % 10 >= 10 and one // 10 % 10 + other // 10 % 10 >= 9
        return one + other - 100 * carried  # a carry is lost on its way
    if question.topic == "time":
        return 60 * one + (5 if other == 5 else 6) * other  # half an hour is taken for 25 minutes
    return one * other
