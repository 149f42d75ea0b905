"""What went wrong with a request, as the Open Inference Protocol says it: a status and one sentence."""


class RequestError(Exception):
    """An answer other than 200. The message says what is wrong, where, and what would be right."""

    def __init__(self, status: int, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after_s = retry_after_s


def bad(message: str) -> RequestError:
    """400: the request is not as the protocol or the model wants it."""
    return RequestError(400, message)


def not_found(message: str) -> RequestError:
    """404: no such model, version or path."""
    return RequestError(404, message)


def unavailable(message: str, retry_after_s: int | None = None) -> RequestError:
    """503: right, but not now."""
    return RequestError(503, message, retry_after_s=retry_after_s)


def shown(value: object, limit: int = 60) -> str:
    """A value as an error may show it: short, one line, and printable in UTF-8."""
    text = repr(value)
    text = text if len(text) <= limit else text[: limit - 3] + "..."
    return text.encode("utf-8", "replace").decode()
