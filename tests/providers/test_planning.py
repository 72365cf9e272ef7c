"""What models that plan share."""

from __future__ import annotations

import pytest

from pochade.core.errors import InvalidRequestError
from pochade.core.values import GenerationRequest
from pochade.providers import planning


@pytest.mark.parametrize("prompt", ["a lemon on slate, " * 1700, "five mugs and " * 5 + "five lemons"])
def test_a_prompt_of_more_things_than_can_be_arranged_is_refused_at_once(prompt: str):
    with pytest.raises(InvalidRequestError, match=r"arranges up to 24. Name fewer") as refused:
        planning.read(GenerationRequest(prompt, 1, "pathtracer"), "pathtracer")
    assert refused.value.field == "prompt"


def test_as_many_as_can_be_arranged_are_read():
    assert planning.read(GenerationRequest("four lemons, " * 6, 1, "pathtracer"), "pathtracer").spans
