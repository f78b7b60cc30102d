"""Attachments and linked orders over the API: as bytes, within the scope, refused in words."""

from __future__ import annotations

from yixian.lifecycle import parse
from yixian.orders import actions
from yixian.parties import access

from .conftest import Client, World

PDF = b"%PDF-1.7\n%%EOF"


def order(world: World) -> str:
    told = {"category": "咨询", "channel": "phone", "text": "如何办理居住证", "requester": {"phone": "13800138000"}}
    return actions.handle(None, parse("register", told), access.SYSTEM, platform=world.city).order_no


def test_a_file_goes_up_is_listed_and_comes_down(world: World, client: Client) -> None:
    number = order(world)
    url = f"/api/v1/orders/{number}/attachments"
    headers = {"Authorization": f"Bearer {world.token('dispatcher')}", "Content-Type": "application/octet-stream"}
    made = client.post(url, params={"name": "说明.pdf"}, content=PDF, headers=headers)
    assert made.status_code == 200, made.text
    (row,) = client.get(url, headers=headers).json()["attachments"]
    assert (row["name"], row["mime"], row["size"]) == ("说明.pdf", "application/pdf", len(PDF))
    got = client.get(f"{url}/{row['id']}", headers=headers)
    assert got.content == PDF
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"{url}/999999", headers=headers).status_code == 404
    assert client.get(f"{url}/x", headers=headers).status_code == 404


def test_a_bad_file_or_scope_is_a_problem_in_words(world: World, client: Client) -> None:
    number = order(world)
    url = f"/api/v1/orders/{number}/attachments"
    headers = {"Authorization": f"Bearer {world.token('dispatcher')}", "Content-Type": "application/octet-stream"}
    bad = client.post(url, params={"name": "说明.pdf"}, content=b"MZ", headers=headers)
    assert bad.status_code == 422
    assert "不是可以上传的文件" in bad.json()["detail"]
    assert client.post(url, content=PDF, headers=headers).status_code == 400
    big = client.post(url, params={"name": "大.pdf"}, content=PDF + b"\0" * (20 * 1024 * 1024), headers=headers)
    assert big.status_code == 413
    only_read = {**headers, "Authorization": f"Bearer {world.token('dispatcher', 'read')}"}
    assert client.post(url, params={"name": "说明.pdf"}, content=PDF, headers=only_read).status_code == 403
    assert client.get(url, headers=only_read).json()["attachments"] == []


def test_an_order_without_links_says_so(world: World, client: Client) -> None:
    number = order(world)
    headers = {"Authorization": f"Bearer {world.token('dispatcher')}"}
    assert client.get(f"/api/v1/orders/{number}/links", headers=headers).json() == {"number": number, "links": []}
