"""What is where. Every view declares who may open it (`access.needs`); tests/web walks this list."""

from __future__ import annotations

from django.urls import path

from yixian.web.pages import (
    letter,
    notices,
    order,
    progress,
    queue,
    register,
    rulebook,
    rulebook_article,
    session,
    submit,
    together,
    whatif,
)

app_name = "web"
urlpatterns = [
    path("", session.home, name="home"),
    path("login/", session.login, name="login"),
    path("logout/", session.logout, name="logout"),
    path("account/", session.account, name="account"),
    path("orders/", queue.queue, name="queue"),
    path("orders/together/", together.together, name="together"),
    path("orders/<str:number>/", order.detail, name="order"),
    path("orders/<str:number>/act/<slug:command>/", order.act, name="act"),
    path("orders/<str:number>/unmask/", order.unmask, name="unmask"),
    path("orders/<str:number>/letter/", letter.show, name="letter"),
    path("notices/", notices.listed, name="notices"),
    path("notices/read/", notices.mark, name="notices-read"),
    path("register/", register.register, name="register"),
    path("rulebooks/whatif/", whatif.begin, name="whatif"),
    path("rulebooks/whatif/<int:run_id>/", whatif.result, name="whatif-result"),
    path("rulebooks/whatif/<int:run_id>/stop/", whatif.stop, name="whatif-stop"),
    path("rulebooks/whatif/<int:run_id>/csv/", whatif.export, name="whatif-csv"),
    path("rulebooks/", rulebook.shelf, name="shelf"),
    path("rulebooks/compare/", rulebook.side_by_side, name="compare"),
    path("rulebooks/<slug:name>/", rulebook.book, name="rulebook"),
    path("rulebooks/<slug:name>/<str:number>", rulebook_article.article, name="article"),
    path("rulebook/", rulebook.moved),
    path("rulebook/article/", rulebook.drawer, name="drawer"),
    path("rulebook/<slug:name>/", rulebook.moved),
    path("submit/", submit.begin, name="submit"),
    path("submit/check/", submit.check, name="submit-check"),
    path("submit/done/", submit.done, name="submit-done"),
    path("submit/<slug:name>/", submit.step, name="submit-step"),
    path("progress/", progress.look, name="progress"),
    path("progress/leave/", progress.leave, name="progress-leave"),
    path("progress/<slug:deed>/", progress.act, name="progress-act"),
]
