"""A text as everybody may read it (公开件): names, numbers, plates, mail and whole addresses taken out. Pure.

Stricter than `masking.mask_text`, which leaves staff what they need: here a word too many is masked rather than one
too few. Dates, sums, document numbers and the names of places down to road and community stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import rjieba

from yixian.parties.masking import personal_spans

_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方"
    "俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧"
    "计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫经"
    "房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉龚程邢裴陆荣翁荀羊惠甄曲封芮储靳焦牧隗山谷车侯班仰秋仲伊宫宁仇栾甘厉祖武符"
    "刘景詹束龙叶幸司韶黎薄印宿白怀蒲邰从索籍赖卓屠蒙池乔阴能苍双闻翟谭姬申冉宰雍桑桂牛寿通边燕冀尚农温庄晏柴瞿阎充慕"
    "连习艾向古易廖终居衡步耿满弘匡国文寇广禄东沃利蔚越隆师巩聂晁勾敖融冷辛阚那简饶曾沙养鞠须丰巢关查游竺权盖益桓公肖付"
    "代覃苟邸仝佟佘闫兰岳商牟"
)
_DOUBLE = (
    "欧阳|上官|司马|东方|独孤|南宫|夏侯|诸葛|尉迟|皇甫|澹台|宗政|濮阳|申屠|慕容|钟离|长孙|宇文|司徒|鲜于|司空|令狐"
)
_HAN = "\u4e00-\u9fff"
_NAME = rf"(?:(?:{_DOUBLE})|[{_SURNAMES}])[{_HAN}·]{{1,3}}?"
_AFTER = (
    r"(?=$|[^\u4e00-\u9fffA-Za-z]|先生|女士|小姐|同志|身份|电话|手机|联系|反映|来电|报警|投诉|举报|表示|认为|居住|住在|家住|"
    r"的|在|于|和|与|及|是|说|称|因|向|对|被|已|也|从|到|把|将|家|等|现|系|为)"
)
_ROLE = (
    r"我叫|我是|本人|姓名|户名|收款人|开户人|持卡人|法定代表人|负责人|签收人|名字|名叫|叫做|联系人|经办人|业主|住户|租户|村民|居民|市民|群众|当事人|投诉人|举报人|反映人|诉求人|"
    r"员工|工人|司机|车主|法人|老板|房东|邻居|户主|患者|病人|学生|家长|儿子|女儿|孩子|丈夫|妻子|父亲|母亲|爸爸|妈妈|"
    r"哥哥|弟弟|姐姐|妹妹|爷爷|奶奶|外公|外婆|死者|伤者|被告|原告|代理人|申请人|受害人|嫌疑人"
)
_BY_ROLE = re.compile(rf"(?P<head>(?:{_ROLE})(?:名字|姓名)?[\s:：是叫为,，]{{0,3}})(?P<name>{_NAME}){_AFTER}")
_TITLE = (
    "先生|女士|小姐|同志|师傅|阿姨|大爷|大妈|大叔|老师|医生|大夫|护士|律师|经理|主任|局长|科长|处长|所长|队长|书记|村长|镇长|"
    "老板|某"
)
_BY_TITLE = re.compile(rf"(?P<name>(?:(?:{_DOUBLE})|[{_SURNAMES}])[{_HAN}]{{0,2}}?)(?P<tail>{_TITLE})")
_BY_PROOF = re.compile(
    rf"(?P<name>{_NAME})(?P<tail>[\s,，、(（:：]{{0,2}}(?:身份证|电话|手机|联系方式|[Tt]el|微信|住址|男|女)[，,、:：\s)）号])"
)

_BY_DOUBLE = re.compile(rf"(?P<name>(?:{_DOUBLE.replace('东方|', '').replace('司空|', '')})[{_HAN}]{{1,2}}?){_AFTER}")
_SPACED = re.compile(rf"(?<![{_HAN}])(?P<name>(?:{_DOUBLE}|[{_SURNAMES}])(?:\s[{_HAN}]){{1,2}})(?![{_HAN}])")
"""王 小 明: written apart."""
_DOTTED = re.compile(rf"[{_HAN}]{{2,8}}·(?:[{_HAN}]{{2,8}}?{_AFTER}|[{_HAN}]{{2,4}})")
"""A name of several parts (阿依古丽·买买提); what stands before it without a sign goes with it."""
_BY_FIELD = re.compile(
    rf"(?P<head>(?:姓名|名字|户名|收款人|开户人|持卡人|签收人|联系人|经办人|反映人|诉求人|投诉人|举报人|当事人|申请人)\s?[:：]\s?)"
    rf"[{_HAN}]{{2,10}}(?![{_HAN}])"
)
"""Whatever stands alone in a field for a name, whether it looks like one or not."""

_NOT_NAMES = frozenset(
    re.findall(
        r"..",
        "高度方面方便相关安全时间时候国家公司公安和平成立应当应该任何经过经核经常明确明显向上向下关于关注于是从来余下成为单位公共房屋平时广大通过和谐解决解释能够连续东面"
        "平台支付包括满意计划简单干部全体国有商户商家车主路灯路口路面水务水管水费花园山路万元金额贺卡管理钱款费用温度白天农村家庭安排温馨万家和睦黄金黄牌红牌高峰高温高速"
        "金融严重严格谢谢明天明年常年时限时段成员成都安装安置广东广西山西江苏方案方式易燃文件文明文化师生容易宣传项目贾汪雷雨雷电柳树花坛车辆车库车位车站马路牛肉鱼塘"
        "石头石材",
    )
)
"""Words of two characters that begin like a name."""
_PLACES = tuple("路街道巷村镇乡区县市苑园城山河湖江桥庄楼厦店馆场院校厂司站湾港岛沟坡岭屯")

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"(?P<head>[{_PROVINCES}])\s?[A-Za-z]\s?[·•.\-]?(?:\s?[A-HJ-NP-Za-hj-np-z0-9]){{5,6}}(?![A-Za-z0-9])"
)
_AT = r"(?:\s?@\s?|\s?[(\[（【]\s?(?:at|AT|@|艾特)\s?[)\]）】]\s?|\s(?:at|AT)\s|艾特)"
_MAIL = re.compile(rf"[A-Za-z0-9_.+\-]{{1,64}}{_AT}[A-Za-z0-9\-]{{1,60}}(?:\.[A-Za-z0-9\-]{{1,20}})+")
_ACCOUNT = re.compile(
    r"(?P<head>(?:微信|QQ|qq|V信|vx|VX|wx|WX|抖音|快手|支付宝|账号|帐号|户号|卡号|证号|单号|编号|学号|工号|"
    r"车牌|牌照|尾号|后四位|末四位|(?<![A-Za-z0-9])[Vv](?=[:：]))(?:号码|号|账号|ID|id)?"
    r"[\s:：是为]{0,3})[A-Za-z0-9_\-]{4,40}"
)
_DATE = re.compile(
    r"(?:19|20)\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}(?:\s?[日号])?(?:[\sT]\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?"
)
_PAPER = re.compile(r"[〔\[【(（](?:19|20)\d{2}[〕\]】)）]\s?第?\s?\d{1,5}\s?号")
_TIME = re.compile(r"(?<![\d.:：])(?:[01]?\d|2[0-4])[:：][0-5]\d(?:[:：][0-5]\d)?(?!\d)")
# Neither a sum nor a service number where digits stand before or behind it, however they are set apart: 138 12345 001.
_APART = r"\s.\-—–_·*,，、/|+=\\:：;；。()（）\[\]【】<>《》~#&"
_ALONE = rf"(?<![0-9])(?<![0-9][{_APART}])(?<![0-9][{_APART}][{_APART}])"
_SUM = re.compile(
    rf"{_ALONE}(?:\d{{1,3}}(?:,\d{{3}})+|\d{{1,8}})(?:\.\d{{1,3}})?\s?(?:元|万|亿|平方|公里|千米|米|吨|千瓦|立方|%|％)"
)
_SERVICE = re.compile(
    rf"{_ALONE}(?:12345|12315|12320|12333|12348|12358|12366|12369|12378|12380|12388|12393|955\d\d|100\d\d|110|119|120|122)"
    rf"(?!\d)(?![{_APART}]{{1,2}}\d{{3}})"
)
_DIGIT = "0-9零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖"
_RUN = re.compile(rf"(?<![A-Za-z{_DIGIT}])[{_DIGIT}](?:[{_APART}]{{0,3}}[{_DIGIT}]){{6,}}[Xx]?")
_MASKED = re.compile(r"(?<![0-9Xx\-])[0-9Xx\-]{2,}\*{2,}[0-9Xx]{2,}")
_MIXED = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z0-9]*\d{6})[A-Za-z0-9]{8,}(?![A-Za-z0-9])")

_NUMBER = r"(?:[0-9]{1,5}|[一二三四五六七八九十百零〇]{1,5}|[A-Za-z甲乙丙丁东西南北])"
_PART = r"(?:号楼|号院|号门|栋|幢|座|单元|号|弄|室|房|层|楼|户)"
_STEM = "路街道巷弄村里苑园城庄区院厦府湾寓场坊庭居组队邸墅轩阁台"
_DOOR = re.compile(
    rf"(?<=[{_STEM}])\s?(?:第)?[0-9]{{1,5}}(?:[-#之][0-9]{{1,5}})*\s?(?:{_PART}|组|队)?(?![年月日路线届次天])"
)
_BUILDING = re.compile(
    rf"(?<![〕\]】第月年线])(?:{_NUMBER}\s?(?:号楼|号院|栋|幢|座|单元|弄)\s?)+"
    r"(?:(?:[0-9]{1,5}|[一二三四五六七八九零〇]{3,4})\s?(?:号|室|房|户|层|楼)?(?![年月日元]))*"
)
_SPELLED_DOOR = re.compile(rf"(?<=[{_STEM}])\s?[一二三四五六七八九十百零〇]{{1,7}}\s?(?:{_PART})(?![线文令召])")
_ROOM = re.compile(r"(?<![0-9])[0-9]{2,5}\s?(?:室|房|户)(?![一-龥]?内有)")
_HASH = re.compile(
    r"(?<![0-9])[0-9]{1,3}(?:[-#][0-9]{1,4}){1,3}(?![0-9年月日:：])(?=\s?(?:室|房|户|号|业主|住户|$|[，,。;；、]))"
)

Span = tuple[int, int]


def plain(text: str) -> str:
    """The text without invisible characters and with narrow letters and digits, so that nothing hides behind them."""
    shown = "".join(letter for letter in text if unicodedata.category(letter) not in ("Cf", "Co", "Cn"))
    kept = "〔〕【】（）：，。；！？、“”"
    return "".join(letter if letter in kept else unicodedata.normalize("NFKC", letter) for letter in shown)


def for_public(text: str, known: Sequence[str] = ()) -> str:
    """The text for everybody. `known`: names, numbers and addresses of people that are known to stand behind it."""
    shown = plain(text)
    for word in sorted({plain(item).strip() for item in known}, key=len, reverse=True):
        if len(word) >= 2:
            shown = re.sub(rf"[{_APART}]{{0,3}}".join(map(re.escape, word)), "**", shown)
    shown = _MAIL.sub("[邮箱]", shown)
    shown = _PLATE.sub(lambda found: f"{found['head']}*****", shown)
    shown = _ACCOUNT.sub(lambda found: f"{found['head']}****", shown)
    for start, end, _ in reversed(personal_spans(shown)):
        shown = f"{shown[:start]}****{shown[end:]}"
    shown, kept = _set_aside(shown)
    shown = _MASKED.sub("****", shown)
    shown = _RUN.sub("****", shown)
    shown = _MIXED.sub("****", shown)
    shown = _addresses(shown)
    shown = _tagged(_names(shown))
    return _put_back(shown, kept)


def _set_aside(text: str) -> tuple[str, list[str]]:
    """Dates, document numbers, sums and service numbers stay as they are: each is replaced by a mark meanwhile."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group())
        return chr(0xE000 + len(kept) - 1)

    for pattern in (_PAPER, _DATE, _TIME, _SUM, _SERVICE):
        if len(kept) < 6000:
            text = pattern.sub(keep, text)
    return text, kept


def _put_back(text: str, kept: Sequence[str]) -> str:
    # What was set aside later may hold marks of what was set aside before.
    for place in range(len(kept) - 1, -1, -1):
        text = text.replace(chr(0xE000 + place), kept[place])
    return text


def _addresses(text: str) -> str:
    text = _BUILDING.sub("**", text)
    text = _SPELLED_DOOR.sub("**", _DOOR.sub("**", text))
    text = _HASH.sub("**", text)
    return _ROOM.sub("**", text)


def _names(text: str) -> str:
    text = _BY_PROOF.sub(_hidden, text)
    text = _BY_ROLE.sub(_hidden, text)
    text = _BY_DOUBLE.sub(_hidden, _SPACED.sub(_hidden, _DOTTED.sub("**", text)))
    text = _BY_FIELD.sub(lambda found: f"{found['head']}**", text)
    return _BY_TITLE.sub(_hidden, text)


def _hidden(found: re.Match[str]) -> str:
    """王小明先生 becomes 王**先生; a word that only looks like a name stays."""
    name = found["name"]
    parts = found.groupdict()
    if name[:2] in _NOT_NAMES or (found.re is _BY_DOUBLE and name.endswith(_PLACES)):
        return found.group()
    keep = 2 if re.match(_DOUBLE, name) else 1
    return f"{parts.get('head') or ''}{name[:keep]}{'**' if len(name) > keep else ''}{parts.get('tail') or ''}"


def _tagged(text: str) -> str:
    """Names that stand alone in running text, as far as a tagger of words knows them."""
    words: list[tuple[str, str]] = rjieba.tag(text)
    shown: list[str] = []
    for place, (word, tag) in enumerate(words):
        following = words[place + 1][0] if place + 1 < len(words) else ""
        if shown and shown[-1] == _HALF:
            shown[-1] = "**" if len(word) <= 2 and re.match(rf"[{_HAN}]+$", word) else ""
            if shown[-1]:
                continue
        shown.append(word)
        if tag != "nr" or word[:2] in _NOT_NAMES or following.startswith(_PLACES):
            continue
        if word == "金" and place and words[place - 1][0] in _FUNDS:
            continue
        if len(word) == 1 and word in _SURNAMES and not re.match(_TITLE, following):
            shown.append(_HALF)
        elif 2 <= len(word) <= 4 and (word[0] in _SURNAMES or re.match(_DOUBLE, word)) and not word.endswith(_PLACES):
            named = re.match(rf"(?P<name>.+?)(?P<tail>(?:{_TITLE}))$", word)
            name, tail = (named["name"], named["tail"]) if named else (word, "")
            keep = 2 if re.match(_DOUBLE, name) and len(name) > 2 else 1
            shown[-1] = f"{name[:keep]}{'**' if len(name) > keep else ''}{tail}"
    return "".join(part for part in shown if part != _HALF)


_FUNDS = frozenset(
    {"失业", "医保", "社保", "养老", "公积", "公租", "维修", "保证", "补偿", "补助", "救助", "抚恤", "工伤"}
)
"""Before 金 (fund) it is no surname."""
_HALF = "\ue7ff"
"""Stands behind a surname whose given name is the next word."""
