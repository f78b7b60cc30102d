"""The tables of who takes part. Tables only: `actions` and `vault` change them, `queries` reads them.

Journals (`LoginLog`, `UnmaskLog`, `AuditEntry`) hold plain ids, no foreign keys, so that nothing deletes them; a
database trigger refuses to update or delete their rows.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from yixian.parties.models_places import Division as Division
from yixian.parties.roles import ROLES

LEVELS = {"province": "省级平台", "city": "市级平台", "county": "县级平台", "station": "工作站", "sub_centre": "分中心"}
POSTS = {"principal": "主要负责人", "deputy": "分管负责人", "section": "科室负责人", "clerk": "经办人"}
PARTS_OF_A_HOTLINE = frozenset({"station", "sub_centre"})
UNIT_KINDS = {"government": "行政机关", "enterprise": "企业", "institution": "事业单位", "social": "社会团体"}
LOCKED_FOREVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)  # locked by an administrator, until unlocked
REQUESTER_TYPES = {"person": "个人", "enterprise": "企业", "organisation": "其他组织"}


class Platform(models.Model):
    """A hotline platform (热线平台), or a part of one: a station (工作站) or a sub-centre (分中心).

    `path` is the codes from the root down, each ended by "/"; the code of a part begins with "~" there, which is how
    `permission` sees from a path alone which hotline a part belongs to. Codes never change.
    """

    code = models.CharField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=100)
    full_name = models.CharField("规范全称", max_length=100, blank=True)
    short_name = models.CharField("规范简称", max_length=60, blank=True)
    level = models.CharField("层级", max_length=12, choices=list(LEVELS.items()))
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children", verbose_name="上级平台")
    path = models.TextField(unique=True)
    book = models.CharField("规则", max_length=60, blank=True)
    division_code = models.CharField("行政区划代码", max_length=12, blank=True)
    phone = models.CharField("电话", max_length=40, blank=True)
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "平台"
        indexes = [models.Index(fields=["path"], name="platform_path_prefix", opclasses=["text_pattern_ops"])]

    def __str__(self) -> str:
        return self.name

    @property
    def formal(self) -> str:
        """What it is called on letters, notices and pages that people read once."""
        return self.full_name or self.name

    @property
    def brief(self) -> str:
        """What it is called in lists and short messages."""
        return self.short_name or self.name


class Unit(models.Model):
    """A handling unit (承办单位). Its `code` is the word by which orders and rulebooks know it.

    `in_assessment` False: outside assessment, results are published to society instead (长治 三(六)).
    `mandatory` False: takes part of its own will (可以参与, 珠海 第四条).
    `represents`: it stands for another platform of the tree, such as a county's station (工作站, 长治 三(二)).
    `duty`: what it is there for (职责), in the words by which a dispatcher looks for it.
    """

    code = models.CharField("单位代码", max_length=64, unique=True)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="units", verbose_name="平台")
    name = models.CharField("名称", max_length=100)
    short_name = models.CharField("简称", max_length=40, blank=True)
    search = models.TextField(editable=False)
    kind = models.CharField("性质", max_length=12, choices=list(UNIT_KINDS.items()), default="government")
    in_assessment = models.BooleanField("纳入考核", default=True)
    mandatory = models.BooleanField("必须参与", default=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children", verbose_name="上级单位")
    path = models.TextField(unique=True)
    phone = models.CharField("联系电话", max_length=40, blank=True)
    line_24h = models.CharField("24 小时电话", max_length=40, blank=True)
    duty = models.TextField("职责", blank=True, default="")
    represents = models.ForeignKey(
        Platform, models.PROTECT, null=True, related_name="represented_by", db_index=False, verbose_name="代表的平台"
    )
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "承办单位"
        indexes = [
            models.Index(fields=["path"], name="unit_path_prefix", opclasses=["text_pattern_ops"]),
            models.Index(fields=["platform", "code"], name="unit_of_platform"),
        ]

    def __str__(self) -> str:
        return self.name


class Confidentiality(models.Model):
    """A secrecy requirement that a unit filed in advance (保密要求报备, 乐至 第十六条)."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="confidentialities", verbose_name="承办单位")
    requirement = models.TextField("保密要求")
    until = models.DateField("有效期至", null=True)
    filed_by = models.CharField("报备人", max_length=60)
    filed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "保密要求报备"
        indexes = [models.Index(fields=["unit", "-filed_at"], name="confidentiality_of_unit")]

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.requirement[:20]}"


class UserManager(BaseUserManager["User"]):
    """Finds users; making one is `actions.create_user`."""

    def get_by_natural_key(self, username: str | None) -> User:
        """The user of this login name, however it is capitalised."""
        return self.get(username=(username or "").lower())


class User(AbstractBaseUser):
    """A person who logs in. With `unit` they speak for that unit, without it for the hotline.

    `access_version` rises with every change of what they may do, so that cached actors are dropped; `session_epoch`
    rises when an administrator ends their sessions.
    """

    username = models.CharField("用户名", max_length=60, unique=True)
    name = models.CharField("姓名", max_length=60)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="users", verbose_name="平台")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="users", verbose_name="承办单位")
    post = models.CharField("职务", max_length=12, choices=list(POSTS.items()), blank=True)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("须修改密码", default=False)
    failed_logins = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField("锁定至", null=True)
    access_version = models.PositiveIntegerField(default=1)
    session_epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = "用户"
        indexes = [models.Index(fields=["platform", "username"], name="user_of_platform")]

    def __str__(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        """The name shown in the shell."""
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What ties sessions to the account: the password, and the epoch that ends them all when it rises."""
        tied: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        if not self.session_epoch:
            return tied
        return salted_hmac("yixian.parties.sessions", f"{tied}.{self.session_epoch}", secret=secret).hexdigest()


class RoleGrant(models.Model):
    """A role (角色) that a user holds over a platform and all below it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants", verbose_name="用户")
    role = models.CharField("角色", max_length=20, choices=[(role.code, role.title) for role in ROLES.values()])
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="grants", verbose_name="平台")
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "角色授权"
        constraints = [models.UniqueConstraint(fields=["user", "role", "platform"], name="grant_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class ApiToken(models.Model):
    """An API token (接口令牌): a keyed hash of it, never itself. `prefix` is shown, to tell one from another.

    `scopes` holds command names, "read" for all reading, or "*" for all that the user may do. `of_system`: issued by
    an administrator for a unit's own system (单位业务系统), which says itself who signed.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens", verbose_name="用户")
    name = models.CharField("用途", max_length=100)
    prefix = models.CharField(max_length=16)
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = models.JSONField("权限范围", default=list)
    of_system = models.BooleanField("单位系统", default=False)
    issued_by = models.CharField("签发人", max_length=80, blank=True)
    expires_at = models.DateTimeField("有效期至", null=True)
    last_used = models.DateTimeField("最近使用", null=True)
    revoked_at = models.DateTimeField("吊销时间", null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "接口令牌"

    def __str__(self) -> str:
        return self.prefix


class Requester(models.Model):
    """A requester (诉求人) in the vault: everything that says who it is lies in `sealed`, under a key of its own.

    The key lies wrapped by the master key `key_id`. Forgetting a person empties both and the hashes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.CharField("类型", max_length=12, choices=list(REQUESTER_TYPES.items()), default="person")
    key_id = models.CharField(max_length=20)
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    phone_hash = models.BinaryField(max_length=32, null=True)
    id_hash = models.BinaryField(max_length=32, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "诉求人"
        constraints = [
            models.UniqueConstraint(
                fields=["phone_hash"], condition=Q(phone_hash__isnull=False), name="requester_of_phone"
            ),
            models.UniqueConstraint(
                fields=["id_hash"],
                condition=Q(phone_hash__isnull=True, id_hash__isnull=False),
                name="requester_of_id_without_phone",
            ),
        ]
        indexes = [
            models.Index(fields=["id_hash"], name="requester_of_id", condition=Q(id_hash__isnull=False)),
            models.Index(fields=["key_id"], name="requester_of_key"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class SealedText(models.Model):
    """The words of a text that held personal data, under the requester's key, or its own where there is none."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    requester = models.ForeignKey(Requester, models.PROTECT, null=True, related_name="texts")
    key_id = models.CharField(max_length=20, blank=True)
    wrapped_key = models.BinaryField(default=b"")
    sealed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "密封原文"
        indexes = [models.Index(fields=["key_id"], name="sealed_text_of_key")]

    def __str__(self) -> str:
        return str(self.id)


def _searched(name: str) -> tuple[models.Index, ...]:
    """What every journal is searched by: the person, the address, the platforms below one."""
    return (
        models.Index(fields=["user_id", "-at", "-id"], name=f"{name}_of_user"),
        models.Index(fields=["address", "-at", "-id"], name=f"{name}_from"),
        models.Index(fields=["platform_path"], name=f"{name}_of_platform", opclasses=["text_pattern_ops"]),
    )


class LoginLog(models.Model):
    """One attempt to log in (登录日志). Of an unknown name only two characters are kept: it may be a password."""

    at = models.DateTimeField()
    username = models.CharField("用户名", max_length=60)
    user_id = models.BigIntegerField(null=True)
    platform_path = models.TextField(blank=True)
    success = models.BooleanField("成功")
    reason = models.CharField("原因", max_length=20, blank=True)
    address = models.CharField("来源地址", max_length=64, blank=True)

    class Meta:
        verbose_name = "登录日志"
        indexes = [models.Index(fields=["-at", "-id"], name="login_newest"), *_searched("login")]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.username}"


class UnmaskLog(models.Model):
    """One look at personal data (查看记录): who, at whom, for which order, why, from where."""

    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True)
    username = models.CharField("查看人", max_length=80)
    platform_path = models.TextField(blank=True)
    what = models.CharField("对象", max_length=12)
    ref = models.UUIDField()
    order_no = models.CharField("工单编号", max_length=40, blank=True)
    reason = models.TextField("原因")
    address = models.CharField("来源地址", max_length=64, blank=True)

    class Meta:
        verbose_name = "个人信息查看记录"
        indexes = [
            models.Index(fields=["-at", "-id"], name="unmask_newest"),
            models.Index(fields=["ref", "-at"], name="unmask_of_ref"),
            models.Index(fields=["order_no"], name="unmask_of_order", condition=~Q(order_no="")),
            *_searched("unmask"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.username}"


class AuditEntry(models.Model):
    """One administrative act (管理日志): who did what to which, before and after; no requester's personal data."""

    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True)
    username = models.CharField("操作人", max_length=80)
    verb = models.CharField("操作", max_length=40)
    subject = models.CharField("对象", max_length=120)
    platform_path = models.TextField(blank=True)
    before = models.JSONField("之前", default=dict)
    after = models.JSONField("之后", default=dict)
    address = models.CharField("来源地址", max_length=64, blank=True)

    class Meta:
        verbose_name = "管理日志"
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            models.Index(fields=["verb", "-at", "-id"], name="audit_of_verb"),
            models.Index(fields=["subject"], name="audit_of_subject", opclasses=["varchar_pattern_ops"]),
            *_searched("audit"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.verb}"


class RateWindow(models.Model):
    """Uses counted under a key, a keyed hash of an address (`limits`). Unlogged: losing it costs nothing."""

    key = models.BinaryField(primary_key=True, max_length=16)
    window = models.BigIntegerField()
    count = models.IntegerField()
    ends = models.BigIntegerField()

    class Meta:
        verbose_name = "访问频次"
        indexes = [models.Index(fields=["ends"], name="rate_window_ends")]

    def __str__(self) -> str:
        return f"{self.count} 次"


class Preference(models.Model):
    """How one person likes their pages (个人设置): columns of a list, tours that were seen. Nothing of the trade."""

    user = models.ForeignKey(User, models.CASCADE, related_name="preferences", verbose_name="用户")
    name = models.CharField("设置", max_length=60)
    value = models.JSONField("内容", default=dict)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "个人设置"
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.name}"
