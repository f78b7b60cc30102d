"""Addresses of administration: organisation, people, calendars, phrases, tokens, the journal."""

from __future__ import annotations

from django.urls import URLPattern, path

from yixian.web.pages import (
    manage_calendar,
    manage_home,
    manage_import,
    manage_journal,
    manage_tokens,
    manage_tree,
    manage_units,
    manage_user,
    manage_users,
)

urlpatterns: list[URLPattern] = [
    path("manage/", manage_home.home, name="manage"),
    path("manage/settings/", manage_home.settings_page, name="manage-settings"),
    path("manage/calendar/", manage_calendar.shown, name="manage-calendar"),
    path("manage/tokens/", manage_tokens.listed, name="manage-tokens"),
    path("manage/tokens/new/", manage_tokens.new, name="manage-token-new"),
    path("manage/tokens/<int:token_id>/revoke/", manage_tokens.revoke, name="manage-token-revoke"),
    path("manage/journal/", manage_journal.listed, name="manage-journal"),
    path("manage/journal/export.<str:ending>", manage_journal.export, name="manage-journal-export"),
    path("manage/tree/", manage_tree.tree, name="manage-tree"),
    path("manage/platforms/new/", manage_tree.platform_new, name="manage-platform-new"),
    path("manage/platforms/<str:code>/", manage_tree.platform_edit, name="manage-platform"),
    path("manage/units/new/", manage_units.new, name="manage-unit-new"),
    path("manage/units/<str:code>/", manage_units.show, name="manage-unit"),
    path("manage/units/<str:code>/edit/", manage_units.edit, name="manage-unit-edit"),
    path("manage/users/", manage_users.listed, name="manage-users"),
    path("manage/users/new/", manage_users.new, name="manage-user-new"),
    path("manage/users/import/", manage_import.users, name="manage-user-import"),
    path("manage/users/<int:user_id>/", manage_user.show, name="manage-user"),
    path("manage/users/<int:user_id>/edit/", manage_user.edit, name="manage-user-edit"),
    path("manage/users/<int:user_id>/<slug:deed>/", manage_user.act, name="manage-user-act"),
]
