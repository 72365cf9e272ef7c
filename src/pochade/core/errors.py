"""The one error tree. A message says which value came, what is accepted, and what to do next."""

from __future__ import annotations


class PochadeError(Exception):
    """Base of every deliberate error. `str(error)` is one clear sentence for a person."""


class InvalidRequestError(PochadeError):
    """A value that no model accepts.

    Attributes:
        field: name of the offending field of the request ("prompt", "seed", "size", ...), or None.
    """

    def __init__(self, message: str, field: str | None = None):
        super().__init__(message)
        self.field = field


class UnknownModelError(InvalidRequestError):
    """A model id that is not in the registry.

    Attributes:
        near: registered ids that look alike, best first.
    """

    def __init__(self, message: str, near: tuple[str, ...] = ()):
        super().__init__(message, field="model")
        self.near = near


class UnsupportedRequestError(InvalidRequestError):
    """A sensible request that lies beyond this model's capabilities. Raised before any cost."""


class NotUnderstoodError(InvalidRequestError):
    """A prompt in which the model knows not one word.

    Attributes:
        unknown: the words, each with known words that look or mean alike.
    """

    def __init__(self, message: str, unknown: tuple[tuple[str, tuple[str, ...]], ...] = ()):
        super().__init__(message, field="prompt")
        self.unknown = unknown


class PolicyRefusedError(InvalidRequestError):
    """A request that the policy does not allow.

    Attributes:
        rule_id: the rule that fired.
        category: what it protects from.
        appeal: how the person can have the decision looked at again, one sentence.
    """

    def __init__(self, message: str, rule_id: str, category: str, appeal: str = "", field: str = "prompt"):
        super().__init__(message, field=field)
        self.rule_id = rule_id
        self.category = category
        self.appeal = appeal


class RecipeError(PochadeError):
    """A picture without a readable recipe."""


class OutputError(PochadeError):
    """A place where no picture can be written."""


class OutputExistsError(OutputError):
    """A file that would be overwritten."""


class DataError(PochadeError):
    """A data folder, shard, ledger or photograph that cannot be used."""


class ProviderUnavailableError(PochadeError):
    """The model cannot answer now.

    Attributes:
        retry_after_s: seconds after which a new attempt makes sense; None when waiting does not help.
    """

    def __init__(self, message: str, retry_after_s: float | None = None):
        super().__init__(message)
        self.retry_after_s = retry_after_s


class CancelledError(PochadeError):
    """The painting was stopped because its owner asked for it. Not `asyncio.CancelledError`: renderers raise this one in threads."""

    def __init__(self, message: str = "painting was cancelled"):
        super().__init__(message)


class NotFoundError(PochadeError):
    """Something that does not exist, or belongs to somebody else: the two are not told apart."""


class ForbiddenError(PochadeError):
    """Something that this user or key may not do."""


class IdempotencyError(InvalidRequestError):
    """An idempotency key that was used before, for another request."""

    def __init__(self, message: str):
        super().__init__(message, field="Idempotency-Key")


class QuotaExceededError(PochadeError):
    """More work than one user may have waiting (HTTP 429).

    Attributes:
        retry_after_s: seconds after which there should be room again.
    """

    def __init__(self, message: str, retry_after_s: float):
        super().__init__(message)
        self.retry_after_s = retry_after_s


class OverloadedError(PochadeError):
    """More work than this installation takes on at once (HTTP 503).

    Attributes:
        retry_after_s: seconds after which there should be room again.
    """

    def __init__(self, message: str, retry_after_s: float):
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StoreError(PochadeError):
    """A database or blob folder that cannot be used: locked, full, damaged, or of a newer version."""


class StaleLeaseError(PochadeError):
    """A worker that lost its job: the lease ran out and another worker has it, or the job is over. Its result is not taken."""


class SigningError(ProviderUnavailableError):
    """A picture that could not be signed, and so is not delivered."""

    def __init__(self, message: str, retry_after_s: float | None = 5.0):
        super().__init__(message, retry_after_s)
