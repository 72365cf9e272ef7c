"""The `auto` model: sends each request to the model that can serve it best, and says why."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import cast

from pochade.core.errors import NotUnderstoodError, PochadeError, ProviderUnavailableError, UnsupportedRequestError
from pochade.core.values import QUALITIES, Capabilities, FinishedImage, GenerationEvent, GenerationRequest, ImageProvider, Notice
from pochade.providers import planning

Ratings = Callable[[], Mapping[str, float]]
"""Model id to its rating, on the scale of Elo; models that were never rated are left out."""

CLOSE_RATING = 50.0
"""Differences below this many points do not decide."""
WORDS_NAMED = 3


def no_ratings() -> Mapping[str, float]:
    return {}


@dataclass(frozen=True)
class Candidate:
    """A model that may be asked, and what speaks for it.

    Attributes:
        unknown: words of the prompt that mean nothing to it; () for models that take any words.
        share_known: share of the prompt that it understands, 0 to 1.
        rating: from the ratings source; None: never rated.
    """

    provider: ImageProvider
    unknown: tuple[str, ...] = ()
    share_known: float = 1.0
    rating: float | None = None

    @property
    def model_id(self) -> str:
        return self.provider.model_id

    def reason(self) -> str:
        """Why this one, in a few words: "it knows every word; free; this machine"."""
        capabilities = self.provider.capabilities
        if self.unknown:
            named = ", ".join(repr(word) for word in self.unknown[:WORDS_NAMED])
            words = f"it knows every word but {named}" + (" and others" if len(self.unknown) > WORDS_NAMED else "")
        else:
            words = "it knows every word" if capabilities.plans else "it takes any words"
        rated = [] if self.rating is None else [f"rated {self.rating:.0f}"]
        return "; ".join([words, *rated, price(capabilities.price_usd), capabilities.runs_at])

    def rank(self) -> tuple[float, float, float]:
        """Sorts the best first: understands most, then rated highest, then cheapest. An unknown price comes last."""
        rating = 0.0 if self.rating is None else self.rating
        cost = self.provider.capabilities.price_usd
        return (-round(self.share_known, 2), -round(rating / CLOSE_RATING), float("inf") if cost is None else cost)


class Auto:
    """Chooses among the models that are allowed, and falls over to the next when one cannot answer.

    What is allowed comes from `[auto] allow` and `max_price_usd` of the user's file. Where nothing is said, prompts stay on
    this machine: only models that run here are asked.

    Args:
        ratings: where ratings come from; none by default.
        lookup: finds a model by its id; None: the registry.
        ids: all models there are; None: the registry's.
        offered: whether a model may be offered where this runs; None: all may.
    """

    model_id = "auto"

    def __init__(
        self,
        ratings: Ratings = no_ratings,
        lookup: Callable[[str], ImageProvider] | None = None,
        ids: Callable[[], tuple[str, ...]] | None = None,
        offered: Callable[[str], bool] | None = None,
    ):
        self._ratings, self._lookup, self._ids, self._offered = ratings, lookup, ids, offered

    def among(self, offered: Callable[[str], bool]) -> Auto:
        """The same, with only those models to choose from that may be offered."""
        return Auto(self._ratings, self._lookup, self._ids, offered)

    @property
    def capabilities(self) -> Capabilities:
        """The union of what the allowed models can do; no single one need be able to do it all."""
        each = [provider.capabilities for provider in self._allowed()]
        if not each:
            return Capabilities(summary="chooses a model for each prompt; none is allowed or ready")
        steps = [one.steps for one in each if one.steps is not None]
        prices = [one.price_usd for one in each]
        return Capabilities(
            summary="chooses a model for each prompt, and says why",
            min_side_px=min(one.min_side_px for one in each),
            max_side_px=max(one.max_side_px for one in each),
            side_multiple_px=min(one.side_multiple_px for one in each),
            max_pixels=max(one.max_pixels for one in each),
            qualities=tuple(quality for quality in QUALITIES if any(quality in one.qualities for one in each)),
            max_images=max(one.max_images for one in each),
            previews=any(one.previews for one in each),
            from_image=any(one.from_image for one in each),
            from_mask=any(one.from_mask for one in each),
            negative_prompt=any(one.negative_prompt for one in each),
            steps=max(steps, default=None),
            guidance=any(one.guidance for one in each),
            plans=any(one.plans for one in each),
            runs_at=", ".join(dict.fromkeys(one.runs_at for one in each)),
            price_usd=None if None in prices else max(price for price in prices if price is not None),
            licence="the licence is that of the model that is chosen",
        )

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        """See `ImageProvider.generate`. Finished images carry the id of the model that painted them."""
        candidates = self.candidates(request)
        failed: ProviderUnavailableError | None = None
        for place, candidate in enumerate(candidates):
            finished = False
            try:
                yield Notice(f"auto chose {candidate.model_id}: {candidate.reason()}.")
                asked = replace(request, model_id=candidate.model_id)
                source = cast(AsyncGenerator[GenerationEvent, None], candidate.provider.generate(asked))
                async with aclosing(source) as events:
                    async for event in events:
                        if isinstance(event, FinishedImage):
                            finished = True
                            event = replace(event, model_id=candidate.model_id)
                        yield event
                return
            except ProviderUnavailableError as error:
                # once a picture is out, another model would paint it a second time
                if finished or place == len(candidates) - 1:
                    raise
                failed = error
            yield Notice(f"{candidate.model_id} cannot answer now, so auto asks another. {failed}")

    def candidates(self, request: GenerationRequest) -> tuple[Candidate, ...]:
        """The models that can serve `request`, the best first.

        Raises:
            NotUnderstoodError: if only models that understand nothing of the prompt are left.
            UnsupportedRequestError: if no allowed model can do what is asked; says what stood in the way of each.
            ProviderUnavailableError: if no model is allowed or ready at all.
        """
        allowed = self._allowed()
        if not allowed:
            raise ProviderUnavailableError(
                "auto may ask no model: none of those allowed is ready. List models under [auto] allow in the configuration, "
                "or name a model; `pochade models list` shows them."
            )
        ratings = self._ratings()
        found: list[Candidate] = []
        refusals: list[tuple[str, PochadeError]] = []
        for provider in allowed:
            asked = replace(request, model_id=provider.model_id)
            try:
                provider.capabilities.check(asked)
                if request.plan is not None and not provider.capabilities.plans:
                    raise UnsupportedRequestError("It paints from no plan.", field="plan")
                unknown, share_known = _read(asked) if provider.capabilities.plans and request.plan is None else ((), 1.0)
                found.append(Candidate(provider, unknown, share_known, ratings.get(provider.model_id)))
            except (UnsupportedRequestError, NotUnderstoodError) as error:
                refusals.append((provider.model_id, error))
        if found:
            return tuple(sorted(found, key=Candidate.rank))
        if len(refusals) == 1 or any(isinstance(error, NotUnderstoodError) for _, error in refusals):
            raise next((error for _, error in refusals if isinstance(error, NotUnderstoodError)), refusals[0][1])
        told = " ".join(f"{model_id}: {error}" for model_id, error in refusals)
        raise UnsupportedRequestError(f"No model that auto may ask can do this. {told}", field=getattr(refusals[0][1], "field", None))

    def _allowed(self) -> list[ImageProvider]:
        """Models that may be asked and can be built, in the registry's order."""
        from pochade.providers import configured, registry

        rules = configured.load().auto
        allow, ceiling = rules.get("allow"), rules.get("max_price_usd")
        lookup = self._lookup or registry.provider
        found = []
        for model_id in (self._ids or registry.model_ids)():
            if model_id == self.model_id or (allow is not None and model_id not in allow):
                continue
            if self._offered is not None and not self._offered(model_id):
                continue
            entry = configured.load().models.get(model_id)
            if entry is not None and configured.obstacle(entry):
                continue  # its key is not set, or it is not on this machine
            try:
                provider = lookup(model_id)
            except PochadeError:
                continue  # not installed, or its entry is wrong: the list of models says so
            capabilities = provider.capabilities
            too_dear = ceiling is not None and (capabilities.price_usd is None or capabilities.price_usd > ceiling)
            if too_dear or (allow is None and capabilities.runs_at != "this machine"):
                continue
            found.append(provider)
        return found


def _read(request: GenerationRequest) -> tuple[tuple[str, ...], float]:
    """Words that mean nothing to models which paint from the world's vocabulary, and the share of the letters that do.

    Raises:
        NotUnderstoodError: if nothing does.
    """
    heard = planning.read(request, "pathtracer")
    lost = sum(word.end - word.start for word in heard.unknown)
    known = sum(span.end - span.start for span in heard.spans)
    return tuple(word.word for word in heard.unknown), known / max(known + lost, 1)


def price(price_usd: float | None) -> str:
    """A price in words: "free", "$0.04 a picture", "price unknown"."""
    if price_usd is None:
        return "price unknown"
    return "free" if price_usd == 0 else f"${price_usd:.4g} a picture"
