"""The one error of the API (section 1.3): a status, a message, sent as JSON `{code, message}`."""

from __future__ import annotations


class ApiError(Exception):
    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None):
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}


def bad(message: str) -> ApiError:
    return ApiError(400, message)


def unauthorised(message: str = "Authentification requise") -> ApiError:
    """A6: the JSON body and the challenge."""
    return ApiError(401, message, {"WWW-Authenticate": "Bearer"})


def forbidden(message: str) -> ApiError:
    return ApiError(403, message)


def not_found(message: str = "Objet inconnu") -> ApiError:
    return ApiError(404, message)
