"""Who acts in the demo: its staff by their roles, so that timelines show people and permissions are really asked."""

from __future__ import annotations

from yixian.lifecycle.state import OrderState
from yixian.ops.demo_people import Hotline
from yixian.ops.simulate_case import Case
from yixian.ops.simulate_policy import Step
from yixian.parties import access
from yixian.parties.access import SYSTEM, Actor
from yixian.parties.models import User
from yixian.parties.roles import ROLES

_DESKS = ("agent", "dispatcher", "reviewer", "callback", "supervisor")


class Staff:
    """The actors of the demo."""

    def __init__(self, hotlines: list[Hotline]) -> None:
        self._hotlines = {hotline.code: hotline for hotline in hotlines}
        self._users: dict[int, Actor] = {}
        self._units: dict[str, Actor] = {}

    def registrar(self, case: Case) -> Actor:
        """An agent takes calls; the web and other platforms come by exchange."""
        return self._one(case, self._hotlines[case.platform].staff["agent"]) if case.by == "hotline" else SYSTEM

    def actor(self, case: Case, step: Step, state: OrderState) -> Actor:
        """The person whose role gives this command, or the unit's desk where nobody of it has a login."""
        hotline = self._hotlines[case.platform]
        if step.by == "hotline":
            role = next(role for role in _DESKS if step.name in ROLES[role].commands)
            return self._one(case, hotline.staff[role])
        if step.by in ("requester", "upstream", "system"):
            return SYSTEM
        clerks = hotline.clerks.get(step.by)
        if clerks is None:
            return self._unit(step.by)
        leads = step.name == "reply" or step.name in ROLES["unit_leader"].commands - ROLES["unit_clerk"].commands
        return self._actor(clerks[1] if leads else clerks[0])  # an answer leaves the unit by its leader's hand

    def _one(self, case: Case, users: list[User]) -> Actor:
        return self._actor(users[int(case.chance("staff") * len(users))])

    def _actor(self, user: User) -> Actor:
        if user.pk not in self._users:
            self._users[user.pk] = access.actor_of(user)
        return self._users[user.pk]

    def _unit(self, code: str) -> Actor:
        if code not in self._units:
            self._units[code] = access.actor_for("unit", unit=code)
        return self._units[code]
