"""The words of the engine: statuses with their transitions, audit event types, roles. Each word has one meaning, for ever."""

from enum import StrEnum


class CaseStatus(StrEnum):
    """Status of a case (hồ sơ)."""

    OPEN = "open"  # case_started -> open; case_resumed: suspended -> open
    SUSPENDED = "suspended"  # case_suspended: open -> suspended (tạm đình chỉ)
    COMPLETED = "completed"  # the last token reached an end: open -> completed
    CANCELLED = "cancelled"  # case_cancelled: open, suspended -> cancelled (đình chỉ)


class WorkItemStatus(StrEnum):
    """Status of a work item (việc cần xử lý)."""

    OFFERED = "offered"  # a token reached a user task; work_item_released: claimed -> offered
    CLAIMED = "claimed"  # work_item_claimed, work_item_assigned: offered -> claimed
    COMPLETED = "completed"  # work_item_completed: offered, claimed -> completed
    WITHDRAWN = "withdrawn"  # the token was taken away: offered, claimed -> withdrawn


class DeadlineStatus(StrEnum):
    """Status of one legal clock (thời hạn) of a case."""

    RUNNING = "running"  # the first timer that names it is armed
    SUSPENDED = "suspended"  # case_suspended: running -> suspended
    MET = "met"  # the duty was done in time: running -> met
    LAPSED = "lapsed"  # its moment passed: running -> lapsed; the duty stays
    MET_LATE = "met_late"  # the duty was done after all: lapsed -> met_late
    VOID = "void"  # the case ended otherwise, or the duty was taken away: running, suspended -> void


class EventType(StrEnum):
    """Audit event types: subject and past tense. A changed meaning is a new type; every history replays for ever."""

    CASE_STARTED = "case_started"
    WORK_ITEM_CLAIMED = "work_item_claimed"
    WORK_ITEM_RELEASED = "work_item_released"
    WORK_ITEM_COMPLETED = "work_item_completed"
    TIMER_LAPSED = "timer_lapsed"
    MESSAGE_DELIVERED = "message_delivered"
    COMMAND_REFUSED = "command_refused"
    WORK_ITEM_REASSIGNED = "work_item_reassigned"
    WORK_ITEM_COMPLETED_FOR = "work_item_completed_for"
    WORK_ITEM_SKIPPED = "work_item_skipped"
    CASE_RETURNED = "case_returned"
    CASE_MOVED = "case_moved"
    CASE_SUSPENDED = "case_suspended"
    CASE_RESUMED = "case_resumed"
    CASE_CANCELLED = "case_cancelled"
    DEADLINE_EXTENDED = "deadline_extended"
    DEADLINE_CHANGED = "deadline_changed"
    DEADLINE_REPROJECTED = "deadline_reprojected"
    PERSON_ERASED = "person_erased"
    # the administration's own trail (trail 0)
    DEFINITION_PUBLISHED = "definition_published"
    PLAN_LOADED = "plan_loaded"
    CALENDAR_DAY_SET = "calendar_day_set"
    LEGAL_PARAMETER_SET = "legal_parameter_set"
    ORGANISATION_SET = "organisation_set"
    PARTICIPANT_SET = "participant_set"
    ROLE_ASSIGNED = "role_assigned"
    DOCUMENT_REGISTERED = "document_registered"
    API_TOKEN_ISSUED = "api_token_issued"  # noqa: S105 - a word, not a secret
    API_TOKEN_REVOKED = "api_token_revoked"  # noqa: S105 - a word, not a secret
    TRACKING_CODE_RENEWED = "tracking_code_renewed"


MOVES_TOKENS = {
    EventType.CASE_STARTED,
    EventType.WORK_ITEM_COMPLETED,
    EventType.WORK_ITEM_COMPLETED_FOR,
    EventType.WORK_ITEM_SKIPPED,
    EventType.TIMER_LAPSED,
    EventType.MESSAGE_DELIVERED,
    EventType.CASE_RETURNED,
    EventType.CASE_MOVED,
    EventType.CASE_CANCELLED,
}


class Role(StrEnum):
    """What a participant may be in an agency. The lanes of the diagrams use the same words."""

    RECEIVER = "receiver"  # bộ phận tiếp nhận
    HEAD = "head"  # người đứng đầu
    HANDLER = "handler"  # cán bộ xử lý
    CLERK = "clerk"  # văn thư
    PUBLISHER = "publisher"  # người công khai
    ARCHIVIST = "archivist"  # lưu trữ
    SUPERVISOR = "supervisor"  # lãnh đạo cấp trên
    INSPECTOR = "inspector"  # thanh tra
    PARTY_INSPECTOR = "party_inspector"  # ủy ban kiểm tra
    PLAN_OWNER = "plan_owner"  # chủ kế hoạch
    PLAN_MONITOR = "plan_monitor"  # theo dõi kế hoạch
    LEAD_UNIT = "lead_unit"  # đơn vị chủ trì
    COOPERATING_UNIT = "cooperating_unit"  # đơn vị phối hợp
    AUDITOR = "auditor"  # kiểm toán viên quy trình: reads everything, changes nothing
    ADMINISTRATOR = "administrator"  # quản trị: definitions, calendar, people; no case content
    REQUESTER = "requester"  # người yêu cầu


ADMINISTRATION_TRAIL = 0
"""The trail of acts that belong to no case."""
