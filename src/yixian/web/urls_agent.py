"""Addresses of the agent desk (受理台)."""

from __future__ import annotations

from django.urls import URLPattern, path

from yixian.web.pages import agent, agent_beside

urlpatterns: list[URLPattern] = [
    path("agent/", agent.desk, name="agent"),
    path("agent/done/<str:number>/", agent.done, name="agent-done"),
    path("agent/draft/", agent_beside.keep, name="agent-draft"),
    path("agent/draft/<str:draft>/discard/", agent.discard, name="agent-discard"),
    path("agent/caller/", agent_beside.caller, name="agent-caller"),
    path("agent/caller/reveal/", agent_beside.reveal, name="agent-reveal"),
    path("agent/caller/<uuid:ref>/", agent_beside.history, name="agent-history"),
    path("agent/calls/<str:number>/", agent_beside.of_order, name="agent-calls"),
    path("agent/beside/", agent_beside.beside, name="agent-beside"),
    path("agent/place/", agent_beside.place, name="agent-place"),
    path("agent/divisions/", agent_beside.tree, name="agent-divisions"),
]
