"""Names of classes, as people spell them."""

import pytest

from transformers.imagenet import class_names, class_number


def test_a_thousand_different_names():
    assert len({name.lower() for name in class_names()}) == len(class_names()) == 1000


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("golden retriever", 207),
        (" Golden_Retriever ", 207),
        ("golden", 207),
        ("207", 207),
        ("0", 0),
        ("ant", 310),  # and not the elephant
        ("jack o lantern", 607),
        ("crane (machine)", 517),
        ("labrador", 208),
    ],
)
def test_spellings(text, number):
    assert class_number(text) == number


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("golden retreiver", r"no class 'golden retreiver'; those spelled most like it: golden retriever \(207\)"),
        ("retriever", r"may be one of several classes: flat-coated retriever \(205\), .*; name one, or its number"),
        ("crane", r"crane \(bird\) \(134\), crane \(machine\) \(517\)"),
        ("1000", "there is no class 1000; they are 0 … 999"),
        ("", "is empty"),
    ],
)
def test_what_is_not_understood(text, problem):
    with pytest.raises(ValueError, match=problem):
        class_number(text)
