"""What everybody may read holds nobody's name, number, plate, mail or house; dates, sums and law stay as they are."""

from __future__ import annotations

import re

import pytest

from yixian.parties.public_text import for_public

LEAKS = [
    ("我叫王小明, 身份证 440402199003072316, 电话１３８　００１３　８０００", ("王小明", "小明", "440402", "8000")),
    ("家住香洲区翠微西路188号3栋2单元501室", ("188", "3栋", "501")),
    ("本人欧阳娜娜，微信号wxid_abc123，邮箱 wang.xm@163.com", ("娜娜", "wxid", "wang.xm", "163.com")),
    ("车牌粤C·12345被刮, 另一辆粤C12D45F, 晋D 8H123", ("12345", "12D45", "8H123")),
    ("联系人：李雷，幺三八零零幺三八零零零，或者 138.0013.8000", ("李雷", "零零", "0013")),
    ("一三八零零一三八零零零", ("一三八", "零零零")),
    ("1三8零零1三8零零零", ("三8零",)),
    ("村民张三丰在柳河村3组12号违建，邻居李四的电话0756-2123456", ("张三丰", "12号", "李四", "2123456")),
    ("孩子叫刘子涵，住翠湖香山国际花园17-2-1102", ("子涵", "1102", "17-2")),
    ("护照E12345678，港澳证H1234567890，银行卡6222 0210 0112 3456 789", ("E123", "H123", "6222", "789")),
    ("收款账号: 6217000010001234567 户名 孙悦", ("6217", "4567", "孙悦")),
    ("我妈\u200b妈王\u200b桂\u200b兰, 13\u200b80013\u200b8000", ("桂兰", "8000", "1380")),
    ("翠湖苑A座1203室", ("1203", "A座")),
    ("张伟，男，1990年生，住吉大景园路6号吉大花园8栋702房", ("张伟", "6号", "8栋", "702")),
    ("QQ号是 123456789, qq:987654321, 户号 0301234567 的水表", ("123456", "987654", "030123")),
    ("昨天王小明来了, 找刘子涵说话; 工作人员陈志强到场", ("王小明", "子涵", "志强")),
    ("已遮盖的138****8000和0756-****567", ("138", "8000", "567")),
    ("周小芳女士和赵大勇科长", ("小芳", "大勇")),
    ("经办人：黄伟强，联系电话：0756-8881234", ("伟强", "8881234", "1234")),
    ("wang(dot)xm 的邮箱是 a_b-c@sub.example.com.cn", ("a_b-c", "example.com")),
    ("手机:+86 138-0013-8000, 传真(0756)2123456", ("0013", "2123456")),
]


@pytest.mark.parametrize(("text", "secrets"), LEAKS)
def test_nothing_personal_is_left(text: str, secrets: tuple[str, ...]) -> None:
    shown = for_public(text)
    assert [word for word in secrets if word in shown] == [], shown


@pytest.mark.parametrize(
    "text",
    [
        "根据粤府函〔2023〕98号和2023-09-04的通知，补贴3500元已于2023年9月4日发放，请拨打12345",
        "居民高度关注路灯问题，小区业主反映路面积水，相关公司管理不善",
        "经核实，您反映的路灯不亮问题，市住建局已于2023年10月11日更换线路并恢复照明，依据《城市照明管理规定》第二十一条办理",
        "该小区物业费标准为每月每平方米1.8元，收费依据粤价〔2019〕5号文。施工时间为8:00至18:00。",
        "5号线施工，10月5号停水，杨柳路附近的万达广场和温馨家园受影响，请方便群众。",
        "人民小学3年级2班放学时翠微西路拥堵，张先生希望增派人手。",
    ],
)
def test_what_is_nobodys_stays(text: str) -> None:
    assert for_public(text) == text


def test_what_is_known_of_the_person_goes_wherever_it_stands() -> None:
    known = ("买买提江", "13800138000", "翠微西路一百八十八号")
    shown = for_public("买买提江在翠微西路一百八十八号门口, 13800138000", known)
    assert shown == "**在**门口, **"


def test_no_digits_of_any_length_that_reach_a_person() -> None:
    for length in range(7, 25):
        shown = for_public("反映人留下 " + "9" * length + " 后挂断")
        assert not re.search(r"\d{3,}", shown), (length, shown)
