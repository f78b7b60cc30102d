"""The Chinese words of pages for the keys of the rooms below: fields and their help, values, flags, counters."""

from __future__ import annotations

from yixian.rulebook import words_zh

LABELS: dict[str, str] = {
    "category": "诉求类别",
    "text": "内容",
    "register.text": "诉求内容",
    "answer.text": "答复内容",
    "respond.text": "初步响应情况",
    "report_progress.text": "进展情况",
    "submit_opinion.text": "协办意见",
    "reply.text": "答复内容",
    "supplement.text": "补充的内容",
    "file_statement.text": "说明内容",
    "channel": "渠道",
    "requester.name": "姓名",
    "requester.phone": "联系电话",
    "requester.id_number": "身份证号",
    "requester.address": "地址",
    "requester.anonymous": "匿名反映",
    "requester.type": "诉求人类型",
    "requester.level": "诉求人层级",
    "confidential": "要求对身份保密",
    "emergency": "紧急情况",
    "source": "来源",
    "domain": "领域",
    "place": "发生地点",
    "subject": "主题",
    "grade": "等级",
    "same_as": "与哪一单是同一事项",
    "urgency": "紧急程度",
    "item": "事项",
    "nature": "性质",
    "unclear": "主题或事实不清, 需要核实",
    "unverified": "主题或事实待核实",
    "handler_level": "承办层级",
    "ground": "依据的情形",
    "inform_unit": "告知的主管单位",
    "note": "备注",
    "contact.note": "联系情况",
    "lead": "主办单位",
    "co": "协办单位",
    "requirements": "办理要求",
    "mode": "多单位办理方式",
    "supervise.mode": "督办方式",
    "signed_by": "签发人",
    "sign.signed_by": "签收人",
    "reached": "是否联系上",
    "reason": "理由",
    "basis": "依据",
    "suggestion": "建议改派给",
    "redispatch_to": "改派给",
    "length": "延长多久",
    "waiver": "特批说明",
    "contacted": "已与诉求人联系",
    "defects": "存在的问题",
    "level": "满意程度",
    "resolved": "问题是否解决",
    "wants_redo": "诉求人要求重新办理",
    "by": "方式",
    "convene.by": "召集人",
    "designate.by": "决定人",
    "supervise.by": "督办人",
    "notify_unit.by": "通知人",
    "evidence": "证据材料说明",
    "progress": "目前进展",
    "plan": "后续计划",
    "promised": "承诺办结日期",
    "opinion": "终结意见",
    "matter": "协商事项",
    "to": "转往",
    "trigger": "督办情形",
    "means": "督办手段",
    "unit": "承办单位",
    "into": "并入的工单编号",
}

HELP: dict[str, str] = {
    "supplement.text": "只写新的情况, 原来的内容仍会保留。",
    "reply.text": "写明办理经过、结果和依据, 诉求人将看到这段话。",
    "co": "可选多个; 协办单位向主办单位提交意见。",
    "request_return.reason": "说明为什么不属于本单位职责。",
    "request_return.basis": "写明职责分工的文件或条文。",
    "request_extension.reason": "说明为什么不能按期办结。",
    "length": "例如 5 个工作日, 不填按规定的长度。",
    "defects": "一行写一个问题。",
    "promised": "例如 2026-03-31。",
    "requirements": "承办单位签收前能看到。",
    "redispatch_to": "不选则退回待派单。",
    "place": "写到街道、小区或路口, 方便派单。",
    "register.text": "照诉求人的原话记: 时间、地点、人物、经过、要求。",
    "same_as": "填编号后按重复反映处理。",
    "requester.phone": "只用于联系和回访, 加密保存。",
    "confidential": "不向承办单位透露姓名和电话。",
    "urge.note": "诉求人催问的内容。",
}

VALUES: dict[str, str] = {
    "special": "特殊紧急",
    "special_emergency": "特别紧急",
    "event": "突发事件",
    "any": "一般紧急",
    "person": "个人",
    "enterprise": "企业",
    "organisation": "其他组织",
    "lead": "主办加协办",
    "split": "分别派单",
    "sms": "短信",
    "web": "网上",
    "robot": "智能外呼",
    "human": "人工",
}

FLAGS: dict[str, str] = {
    "confidential": "要求保密",
    "emergency": "紧急",
    "key": "重点",
    "coordinated": "指定承办",
    "interim_closed": "临时办结",
    "supervised": "督办中",
    "unverified": "待核实",
    "merged": "已并单",
    "withdrawn": "已撤诉",
    "guided": "引导办理",
    "restricted": "限制使用电话",
    "screened": "已甄别",
    "duplicate": "重复反映",
    "appealed": "已申诉",
    "terminated": "终结办理",
    "provisional": "时限待公布放假安排后重算",
    "redone": "重办",
    "anonymous": "匿名",
}
AMBER_FLAGS = frozenset({"unverified", "supervised", "emergency"})

PENDING: dict[str, str] = {
    "return": "退单申请",
    "extension": "延期申请",
    "interim_close": "临时办结申请",
    "appeal": "申诉",
    "screening": "甄别申请",
    "redo": "重办请求",
    "terminate": "终结办理申请",
}
COUNTS: dict[str, str] = {
    "returns": "退单",
    "urges": "催办",
    "extensions": "延期",
    "redos": "重办",
    "supplements": "补充",
    "repeats": "重复反映",
    "send_backs": "审核退回",
    "calls": "回访",
}
CHANNELS: dict[str, str] = {
    "phone": "电话",
    "web": "网站",
    "app": "手机应用",
    "wechat": "微信",
    "miniapp": "小程序",
    "sms": "短信",
    "email": "邮件",
    "letter": "来信",
    "visit": "来访",
    "transfer": "其他平台转来",
}


def label(command: str, path: str) -> str:
    """The Chinese label of a payload field."""
    return LABELS.get(f"{command}.{path}") or LABELS.get(path) or LABELS.get(path.rpartition(".")[2]) or "其他"


def help_of(command: str, path: str) -> str:
    """One sentence of help below a label, often none."""
    return HELP.get(f"{command}.{path}") or HELP.get(path) or ""


def value(word: str) -> str:
    """A stored word as people say it; rule words as the rulebook room says them."""
    return VALUES.get(word) or CHANNELS.get(word) or words_zh.WORDS.get(word) or word
