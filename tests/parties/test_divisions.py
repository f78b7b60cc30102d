"""Administrative divisions: the table that is loaded, names and pinyin, places read out of what people say."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from yixian.ops import demo_places, divisions_cli
from yixian.parties import divisions
from yixian.parties.errors import PartyError
from yixian.parties.models_places import Division

pytestmark = pytest.mark.django_db

TABLE = """code,name,parent
44,广东省,
4404,珠海市,44
440402,香洲区,4404
440402004,吉大街道,440402
440402004009,景山社区,440402004
440402006,香湾街道,440402
440403,斗门区,4404
440403103,斗门镇,440403
34,安徽省,
3404,淮南市,34
340421,凤台县,3404
340421100,城关镇,340421
340422,寿县,3404
340422100,城关镇,340422
"""


@pytest.fixture(autouse=True)
def loaded() -> None:
    divisions.load(TABLE)


def full(text: str, root: str = "4404") -> list[str]:
    return [one.full for one in divisions.read(text, root).places]


@pytest.mark.parametrize(
    ("text", "place", "rest"),
    [
        ("香洲区银桦路12号", "珠海市香洲区", "银桦路12号"),
        ("珠海市香洲区吉大街道景园路 12 号", "珠海市香洲区吉大街道", "景园路 12 号"),
        ("广东省珠海香洲吉大 · 景园路", "珠海市香洲区吉大街道", "景园路"),
        ("吉大景园路", "珠海市香洲区吉大街道", "景园路"),
        ("香洲区吉大街道景山社区 3 栋", "珠海市香洲区吉大街道景山社区", "3 栋"),
        ("斗门区斗门镇", "珠海市斗门区斗门镇", ""),
        ("珠海市", "珠海市", ""),
    ],
)
def test_a_place_is_read_to_its_division(text: str, place: str, rest: str) -> None:
    found = divisions.read(text, "4404")
    assert [one.full for one in found.places] == [place]
    assert found.rest == rest


@pytest.mark.parametrize("text", ["香洲路 5 号", "景山", "中山路口", "合肥市", "", "12", "斗门大道旁"])
def test_what_names_no_division_of_the_platform_is_left_as_it_is(text: str) -> None:
    found = divisions.read(text, "4404")
    assert found.places == ()
    assert found.rest == text


def test_a_name_that_several_have_gives_all_of_them_and_a_county_settles_it() -> None:
    assert full("城关镇东街", "34") == ["淮南市凤台县城关镇", "淮南市寿县城关镇"]
    assert full("凤台县城关镇东街", "34") == ["淮南市凤台县城关镇"]
    assert full("寿县城关", "34") == ["淮南市寿县城关镇"]


@pytest.mark.parametrize("words", ["xzq", "xiangzhou", "香洲", "XZQ"])
def test_names_and_pinyin_find(words: str) -> None:
    assert "珠海市香洲区" in [one.full for one in divisions.found(words, "4404")]
    assert divisions.found(words, "34") == []


def test_the_tree_is_walked_within_the_root_only() -> None:
    assert [one.name for one in divisions.children("", "4404")] == ["香洲区", "斗门区"]
    assert [one.name for one in divisions.children("440402", "4404")] == ["吉大街道", "香湾街道"]
    assert divisions.children("34", "4404") == []
    assert divisions.one("340421", "4404") is None


def test_codes_of_the_official_lists_are_the_same_without_their_zeros() -> None:
    assert divisions.normal("440400") == "4404"
    assert divisions.normal("440402004000") == "440402004"
    assert divisions.normal("440000") == "44"
    assert divisions.normal("44x") == ""
    divisions.load("code,name,parent\n440405,金湾区,440400\n")
    assert Division.objects.get(pk="440405").parent == "4404"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("a,b,c\n", "第一行应是 code,name,parent"),
        ("code,name,parent\n", "没有一行"),
        ("code,name,parent\n4x,某省,\n", "第 2 行: 代码 '4x' 不对"),
        ("code,name,parent\n45,,\n", "第 2 行: 名称"),
        ("code,name,parent\n45,广西,\n\n45,广西,\n", "第 4 行: 代码 45 与第 2 行重复"),
        ("code,name,parent\n4501,南宁市,\n", "第 2 行: 南宁市缺少上级代码"),
        ("code,name,parent\n4501,南宁市,44\n", "代码 4501 不以上级 44 开头"),
        ("code,name,parent\n450102,兴宁区,4501\n", "第 2 行: 上级 4501 不在表里"),
        ("code,name,parent\n45,广西,,x\n", "应有 3 栏, 现有 4 栏"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_loaded(lines: str, said: str) -> None:
    before = Division.objects.count()
    with pytest.raises(PartyError) as error:
        divisions.load(lines)
    assert said in error.value.message
    assert Division.objects.count() == before


def test_the_command_loads_a_file_and_says_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "divisions.csv"
    file.write_text("code,name,parent\n50,重庆市,\n", encoding="utf-8-sig")
    done = CliRunner().invoke(divisions_cli.group, ["load", str(file)])
    assert done.exit_code == 0
    assert "已导入行政区划 1 条" in done.output
    file.write_bytes("code,name,parent\n50,重庆市,\n".encode("gbk"))
    wrong = CliRunner().invoke(divisions_cli.group, ["load", str(file)])
    assert wrong.exit_code == 1
    assert "UTF-8" in wrong.output


def test_the_demos_table_is_sound_and_reaches_the_community() -> None:
    demo_places.seed()
    assert Division.objects.count() == len(TABLE.strip().splitlines()) - 1  # there are some: it keeps away
    count = divisions.load(demo_places.FILE.read_text(encoding="utf-8"))
    assert count > 3000
    assert full("香洲区吉大街道白莲社区") == ["珠海市香洲区吉大街道白莲社区"]
    assert full("乐至县石佛镇", "512022") == ["乐至县石佛镇"]
