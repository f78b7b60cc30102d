"""Chinese words for every field of every command's payload, shown in the OpenAPI document.

A field is looked up as "Struct.field", then as "field". tests/api fails when a field has no words.
"""

from __future__ import annotations

import msgspec

FIELDS: dict[str, str] = {
    # 登记
    "category": "诉求类别, 取值见该平台的规则, 如 咨询、求助、投诉、举报、建议、表扬",
    "text": "内容",
    "Register.text": "诉求内容: 时间、地点、事情经过和要求",
    "Register.channel": "来源渠道, 如 phone、web、wechat、app",
    "Register.requester": "诉求人; 姓名、电话等只存入加密库, 不进入工单记录",
    "Register.confidential": "诉求人要求保密",
    "Register.emergency": "紧急情况: special 特殊紧急, special_emergency 特别紧急, event 突发事件; true 为一般紧急",
    "Register.source": "交办来源, 如 国家政务服务平台",
    "Register.domain": "专业领域, 如 110、119、市场监管",
    "Register.place": "事发地点",
    "Register.subject": "事项主题, 同一主题可循先例派单",
    "grade": "工单等级: 重点 或 一般",
    "Register.statutory_limit": "法定时限: 如 5wd, 或带依据的对象; 只替代办理时限",
    "Register.received_from": "从其他平台接收时: 来源平台、对方编号、对方派单时间",
    "Register.same_as": "同一事项的在先工单编号",
    "Register.urgency": "紧急程度分级, 取值见规则",
    "Register.item": "政务服务事项编码",
    "Register.nature": "事项性质, 如 行政调解、执法办案",
    "Register.unclear": "主体或事实不清, 须先核实",
    "unverified": "内容待核实",
    "Register.unverified": "待核实, 与 unclear 相同",
    # 诉求人
    "Requester.name": "姓名或单位名称",
    "Requester.phone": "联系电话",
    "Requester.id_number": "证件号码",
    "Requester.address": "联系地址",
    "Requester.anonymous": "匿名",
    "Requester.type": "person 个人, enterprise 企业, organisation 其他组织",
    "Requester.level": "诉求人层级, 取值见规则",
    "Requester.ref": "诉求人在加密库中的编号",
    # 来源平台与法定时限
    "ReceivedFrom.platform": "来源平台",
    "ReceivedFrom.no": "来源平台的工单编号",
    "ReceivedFrom.dispatched_at": "来源平台的派单时间, 北京时间, 如 2024-03-01T09:30",
    "ReceivedFrom.level": "来源平台的层级",
    "StatutoryLimit.limit": "时限, 如 5wd (工作日)、10d (自然日)、24h",
    "StatutoryLimit.basis": "法律法规依据",
    # 受理与派单
    "Decline.ground": "不予受理的情形, 写条文编号, 如 7(1)",
    "Decline.inform_unit": "应告知诉求人的有权处理单位",
    "note": "备注",
    "lead": "主办单位代码",
    "co": "协办单位代码",
    "Dispatch.requirements": "办理要求",
    "Dispatch.handler_level": "承办层级: province、city、county、township",
    "Dispatch.mode": "多个单位时: lead 主办协办, split 分别派单",
    "Transfer.to": "转往的平台",
    "reason": "理由",
    # 办理
    "signed_by": "签收人或签发人, 如 主要负责人、分管负责人",
    "reached": "是否联系上诉求人",
    "RequestReturn.basis": "退单依据, 如职责分工的条文",
    "RequestReturn.suggestion": "建议的承办单位",
    "ApproveReturn.redispatch_to": "改派的承办单位代码; 不填则回到待派单",
    "RequestExtension.length": "申请延长的时间, 如 5wd",
    "RequestExtension.waiver": "超出一般次数或时点时的特批说明",
    "Reply.text": "办理结果: 时间、经过、结果、依据",
    "Reply.contacted": "是否已联系诉求人, 或联系经过",
    "defects": "发现的问题, 逐条列出",
    "PassReview.defects": "不影响通过的小问题, 供承办单位参考",
    "progress": "已办到哪一步",
    "plan": "后续办理计划",
    "promised": "承诺办结的日期, 如 2024-06-30",
    "ApproveInterimClose.progress": "已办到哪一步",
    "ApproveInterimClose.plan": "后续办理计划",
    "ApproveInterimClose.promised": "另行确定的承诺办结日期, 如 2024-06-30",
    "Terminate.opinion": "终结办理意见",
    # 评价与之后
    "level": "评价等级, 取值见规则, 如 满意、基本满意、不满意",
    "resolved": "问题是否解决",
    "Evaluate.by": "评价方式: sms 短信, web 网页, robot 智能语音, human 人工",
    "CallBack.by": "回访方式: human 人工, robot 智能语音",
    "CallBack.wants_redo": "诉求人要求重办",
    "evidence": "佐证材料说明",
    "Screen.ground": "甄别情形, 取值见规则",
    # 督办
    "matter": "协商事项",
    "by": "召集人或决定人",
    "mode": "督办方式",
    "trigger": "督办事由",
    "means": "督办手段, 如 电话、短信、书面、现场",
    "Refer.to": "移交的部门",
    "NotifyUnit.unit": "接听电话的承办单位代码",
    "NotifyUnit.by": "通知人",
    "FileStatement.ground": "说明的事由",
    "Merge.into": "并入的工单编号",
    "NoteRepeat.order": "重复反映的工单编号",
}


def label(struct: type[msgspec.Struct] | str, field: str) -> str | None:
    """The words of a field, None where there are none."""
    name = struct if isinstance(struct, str) else struct.__name__
    return FIELDS.get(f"{name}.{field}", FIELDS.get(field))
