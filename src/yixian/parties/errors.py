"""What this room refuses, each with a Chinese message that says what is wrong and what would be right."""

from __future__ import annotations


class PartyError(ValueError):
    """An act on parties that cannot be done. `field` names the input at fault, "" where none is."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidPerson(PartyError):
    """A requester's name, phone, identity number or address that cannot be right."""


class NotAllowed(PartyError):
    """The actor lacks the role; `roles` are the titles of those who have it."""

    def __init__(self, message: str, roles: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.roles = roles


class LoginRefused(PartyError):
    """A login that failed. `reason`: wrong | locked | inactive."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class TooOften(PartyError):
    """More uses from one address than it may have; `wait`: seconds until it may again."""

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(message)
        self.wait = wait


class Missing(PartyError):
    """There is no such platform, unit, person or token within what the actor administers."""


class Overtaken(PartyError):
    """A colleague changed it after the form was shown (同事快了一步)."""
