"""The pages of rule revision: from beginning a draft to its publication, and what nobody should send."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.rulemaking.office import BOOK, FIRST, LONGER, day_after, revised
from tests.web.conftest import In
from tests.web.reading import hidden, page, words
from tests.web.seed import PASSWORD, Town
from yixian.orders import books
from yixian.orders.models import PublishedBook
from yixian.parties import access
from yixian.parties import actions as parties
from yixian.rulemaking import queries, running
from yixian.rulemaking.models import Draft, DraftRun

HOME = "/rulebooks/drafts/"
EVIL = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def books_of_this_test_only() -> Iterator[None]:
    """What a test published is rolled back; the process must not remember it."""
    books.forget()
    yield
    books.forget()


@pytest.fixture
def office(town: Town) -> Town:
    """The town with two administrators."""
    for username, name in (("admin", "沈卫东"), ("second", "许文静")):
        town.users[username] = parties.create_user(
            actor=access.SYSTEM, platform=town.platform, username=username, name=name, password=PASSWORD,
            roles=("administrator",), must_change_password=False,
        )  # fmt: skip
    return town


def begun(client: Client, **more: str) -> Draft:
    """A draft begun on the page from the version in force."""
    form = {"way": "version", "from": f"{BOOK}/{FIRST}", "title": "咨询时限调整", "effective": day_after(30)} | more
    key = hidden(client.get(HOME + "new/"), "form_key")
    answer = client.post(HOME + "new/", {**form, "form_key": key})
    assert answer.status_code == 302, words(answer)
    return Draft.objects.latest("pk")


def saved(client: Client, draft: Draft, text: str, revision: int | None = None) -> object:
    """What saving a text answers."""
    path = f"{HOME}{draft.pk}/"
    key = hidden(client.get(path), "form_key")
    form = {"text": text, "title": draft.title, "form_key": key}
    return client.post(path, {**form, "revision": draft.revision if revision is None else revision})


def test_the_whole_way_on_the_pages(office: Town, enter: In) -> None:
    author, second = enter("admin"), enter("second")
    assert "还没有草稿" in words(author.get(HOME))
    draft = begun(author)
    assert f"{day_after(30)} 起施行" in words(author.get(f"{HOME}{draft.pk}/"))
    assert saved(author, draft, revised(day_after(30), LONGER)).status_code == 302
    assert "已保存第 2 稿, 没有错误" in words(author.get(f"{HOME}{draft.pk}/"))
    changes = words(author.get(f"{HOME}{draft.pk}/changes/"))
    assert "2 个工作日" in changes
    assert "3 个工作日" in changes
    assert author.post(f"{HOME}{draft.pk}/run/").status_code == 302
    waiting = author.get(f"{HOME}{draft.pk}/proof/", headers={"HX-Request": "true"})
    assert "排队中" in words(waiting)
    assert "every 1s" in page(waiting)
    running.play(DraftRun.objects.latest("pk").pk)
    assert "由符合变为不符" in words(author.get(f"{HOME}{draft.pk}/proof/"))
    deciding = author.get(f"{HOME}{draft.pk}/decision/")
    form = {"sha256": hidden(deciding, "sha256"), "words": "按通知修改"}
    assert author.post(f"{HOME}{draft.pk}/hand-in/submit/", form).status_code == 302
    assert "须由另一位" in words(author.get(f"{HOME}{draft.pk}/decision/"))
    refused = author.post(f"{HOME}{draft.pk}/judge/approve/", form)
    assert refused.status_code == 403
    assert "不能批准自己的修订" in words(refused)
    assert "readonly" in page(second.get(f"{HOME}{draft.pk}/"))
    asked = second.get(f"{HOME}{draft.pk}/decision/")
    assert second.post(f"{HOME}{draft.pk}/judge/approve/", {"sha256": hidden(asked, "sha256")}).status_code == 302
    assert PublishedBook.objects.get().approved_by == "许文静"
    assert "不能再修改" in words(author.get(f"{HOME}{draft.pk}/decision/"))
    again = second.post(f"{HOME}{draft.pk}/judge/approve/", {"sha256": draft.sha256})
    assert again.status_code == 409
    assert "没有重复发布" in words(again)
    assert f"{day_after(30)} 起施行" in words(author.get(HOME + "new/"))
    source = Client()
    source.cookies = author.cookies
    text = source.get(f"{HOME}source/{BOOK}/{day_after(30)}/")
    assert text["Content-Disposition"].endswith(f'{BOOK}-{day_after(30)}.yaml"')
    assert text.content.decode() == PublishedBook.objects.get().text


def test_typing_is_checked_by_the_same_code_and_nothing_is_kept(office: Town, enter: In) -> None:
    client = enter("admin")
    draft = begun(client)
    text = draft.text.replace("limit: 1wd", "limit: 1w d", 1)
    answer = client.post(f"{HOME}{draft.pk}/check/", {"text": text}, headers={"HX-Request": "true"})
    line = text[: text.index("limit: 1w d")].count("\n") + 1
    assert f'data-line="{line}"' in page(answer)
    assert "1 处错误" in words(answer)
    assert queries.draft(draft.pk).text == draft.text
    looser = draft.text.replace('max_times: {value: 1, basis: "12"', 'max_times: {value: 9, basis: "12"', 1)
    assert looser != draft.text
    assert "没有错误" in words(client.post(f"{HOME}{draft.pk}/check/", {"text": looser}))


def test_two_tabs_the_later_is_told_and_keeps_its_words(office: Town, enter: In) -> None:
    first, second = enter("admin"), enter("second")
    draft = begun(first)
    assert saved(first, draft, draft.text + "# 甲的改动\n").status_code == 302
    late = saved(second, draft, draft.text + "# 乙的改动\n", revision=1)
    assert late.status_code == 409
    assert "沈卫东" in words(late)
    assert "# 乙的改动" in page(late)
    assert hidden(late, "revision") == "2"
    assert queries.draft(draft.pk).text.endswith("# 甲的改动\n")
    assert saved(second, draft, draft.text + "# 乙的改动\n", revision=2).status_code == 302
    history = words(first.get(f"{HOME}{draft.pk}/history/?n=3"))
    assert "# 甲的改动" in history
    assert "# 乙的改动" in history


def test_what_was_typed_survives_the_end_of_the_session(office: Town, enter: In) -> None:
    client = enter("admin")
    draft = begun(client)
    key = hidden(client.get(f"{HOME}{draft.pk}/"), "form_key")
    client.cookies.pop("sessionid")
    typed = draft.text + "# 登录过期前写的\n"
    asked = client.post(f"{HOME}{draft.pk}/", {"text": typed, "title": draft.title, "revision": 1, "form_key": key})
    assert asked.status_code == 401
    told = {"username": "admin", "password": PASSWORD, "next": hidden(asked, "next"), "draft": hidden(asked, "draft")}
    back = client.post("/login/", told, follow=True)
    assert "已恢复您登录前写的内容" in words(back)
    assert "# 登录过期前写的" in page(back)


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("check/", "text", "# 核对时过期\n"),
        ("values/", "clocks.return.limit", "4wd"),
        ("scenarios/", "scenario", "rulebook: zhuhai # 过期"),
        ("hand-in/submit/", "words", "给批准人的说明还在"),
    ],
)
def test_each_form_keeps_its_words_over_a_login(office: Town, enter: In, path: str, field: str, value: str) -> None:
    client = enter("admin")
    draft = begun(client)
    if path.startswith("hand-in"):
        running.play(running.ask(access.actor_of(office.users["admin"]), draft.pk).pk)
    form = {"check/": "", "scenarios/": "proof/", "hand-in/submit/": "decision/"}.get(path, path)
    key = hidden(client.get(f"{HOME}{draft.pk}/{form}"), "form_key")
    client.cookies.pop("sessionid")
    asked = client.post(f"{HOME}{draft.pk}/{path}", {field: value, "revision": 1, "form_key": key})
    assert asked.status_code == 401
    told = {"username": "admin", "password": PASSWORD, "next": hidden(asked, "next"), "draft": hidden(asked, "draft")}
    back = client.post("/login/", told, follow=True)
    assert back.status_code == 200
    assert value.strip() in page(back)
    assert queries.draft(draft.pk).text == draft.text


def test_a_deed_nobody_offers_does_nothing(office: Town, enter: In) -> None:
    client = enter("admin")
    draft = begun(client)
    for path in ("hand-in/burn/", "judge/burn/"):
        assert client.post(f"{HOME}{draft.pk}/{path}", {"words": "不认识的动作"}).status_code == 404
    assert queries.draft(draft.pk).status == "working"


def test_script_in_any_words_stays_words(office: Town, enter: In) -> None:
    client = enter("admin")
    draft = begun(client, title=f"改{EVIL}")
    saved(client, draft, f"</textarea>{EVIL}: [1\n{EVIL}")
    scenario = f"rulebook: {BOOK}\ntitle: '{EVIL}'\nsteps: [{{at: 2026-12-07T10:00, do: look}}]"
    client.post(f"{HOME}{draft.pk}/scenarios/", {"scenario": scenario})
    client.post(f"{HOME}{draft.pk}/scenarios/", {"scenario": f"{EVIL}</textarea>: {EVIL}"})
    paths = ("", "changes/", "proof/", "decision/", "history/?n=2")
    seen = [page(client.get(f"{HOME}{draft.pk}/{path}")) for path in paths] + [page(client.get(HOME))]
    assert not any("<script>alert" in one for one in seen)
    assert all("&lt;script&gt;" in one for one in seen)


def test_a_file_becomes_a_draft_and_a_draft_a_file(office: Town, enter: In) -> None:
    client = enter("admin")
    text = revised(day_after(60), LONGER)
    form = {"way": "file", "file_name": BOOK, "title": "从文件"}
    answer = client.post(HOME + "new/", {**form, "file": SimpleUploadedFile("a.yaml", text.encode())})
    assert answer.status_code == 302, words(answer)
    draft = Draft.objects.latest("pk")
    assert draft.text == text
    assert client.get(f"{HOME}{draft.pk}/file/").content.decode() == text
    for content, why in ((b"\xff\xfe\x00", "UTF-8"), (b"x" * 3_000_000, "过大")):
        bad = client.post(HOME + "new/", {**form, "file": SimpleUploadedFile("a.yaml", content)})
        assert bad.status_code == 422
        assert why in words(bad)
    assert "请选择要上传" in words(client.post(HOME + "new/", form))


def test_a_new_place_begins_with_a_skeleton(office: Town, enter: In) -> None:
    client = enter("admin")
    form = {"way": "new", "name": "xinqu", "title": "新区办法", "place": "新区", "code": "440499", "level": "county"}
    answer = client.post(HOME + "new/", {**form, "extends": BOOK, "effective": day_after(10)})
    assert answer.status_code == 302, words(answer)
    assert queries.draft_book(Draft.objects.latest("pk").pk).lineage == ("xinqu", BOOK, "national")
    for wrong, why in (("name", "代号"), ("code", "行政区划代码"), ("level", "层级"), ("extends", "没有名为")):
        bad = client.post(HOME + "new/", {**form, "name": "other", "extends": BOOK, wrong: "?"})
        assert bad.status_code == 422
        assert why in words(bad)
    assert "实有的日期" in words(client.post(HOME + "new/", {**form, "effective": "2027-02-30"}))


def test_five_megabytes_are_refused_plainly_and_nothing_changes(office: Town, enter: In) -> None:
    client = enter("admin")
    draft = begun(client)
    answer = saved(client, draft, "长" * 1_700_000)
    assert answer.status_code in (400, 413, 422)
    assert "Traceback" not in page(answer)
    within = saved(client, draft, "x" * 700_000)
    assert within.status_code == 422
    assert "全文过长" in words(within)
    assert queries.draft(draft.pk).revision == 1


def test_who_may_not_is_told_who_may(office: Town, enter: In) -> None:
    draft = begun(enter("admin"))
    for path in (HOME, f"{HOME}{draft.pk}/", HOME + "new/", f"{HOME}{draft.pk}/proof/"):
        answer = enter("agent").get(path)
        assert answer.status_code == 403
        assert "系统管理员" in words(answer)
    assert Client().get(HOME).status_code == 302
    assert enter("admin").get(f"{HOME}999999/").status_code == 404
    assert enter("admin").get(HOME + "?status=x").status_code == 422
    assert enter("admin").get(f"{HOME}{draft.pk}/history/?n=99").status_code == 404
    assert enter("admin").get(f"{HOME}source/{BOOK}/1999-01-01/").status_code == 404
    assert enter("admin").get(f"{HOME}{draft.pk}/run/").status_code == 302


def test_the_help_is_served_whole(office: Town, enter: In) -> None:
    found = enter("admin").get(HOME + "language/").json()
    assert found["keys"]["clocks.*.owner"]["values"][0] == ["hotline", "热线"]
    assert "规则修订" in words(enter("admin").get(HOME))


def test_values_are_changed_in_the_form_and_stand_in_the_text(office: Town, enter: In) -> None:
    client, other = enter("admin"), enter("second")
    draft = begun(client)
    path = f"{HOME}{draft.pk}/values/"
    shown = words(client.get(path))
    assert "退单 时限" in shown
    assert "2 个工作日" in shown
    field = "clocks.return.limit"
    bad = client.post(path, {"revision": 1, field: "两天"})
    assert bad.status_code == 422
    assert "不能是 '两天'" in words(bad)
    assert 'value="两天"' in page(bad)
    assert client.post(path, {"revision": 1, field: "4wd"}).status_code == 302
    found = queries.draft(draft.pk)
    assert found.revision == 2
    assert found.text.replace("limit: 4wd", "limit: 2wd", 1) == draft.text
    late = other.post(path, {"revision": 1, field: "5wd"})
    assert late.status_code == 409
    assert 'value="5wd"' in page(late)
    assert queries.draft(draft.pk).revision == 2
