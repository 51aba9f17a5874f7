"""Organisations, participants, roles and tokens."""

from marshmallow import Schema, fields

from api.schemas.common import word
from engine.vocabulary import Role
from forms import fields as ask
from forms.base import Form
from forms.kinds import Text

NAME = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"
ROLE_NAMES = {
    Role.RECEIVER: ("Bộ phận tiếp nhận", "Receiver"),
    Role.HEAD: ("Người đứng đầu", "Head"),
    Role.HANDLER: ("Cán bộ xử lý", "Handler"),
    Role.CLERK: ("Văn thư", "Clerk"),
    Role.PUBLISHER: ("Người phụ trách công khai", "Publisher"),
    Role.ARCHIVIST: ("Lưu trữ", "Archivist"),
    Role.SUPERVISOR: ("Lãnh đạo cấp trên", "Supervisor"),
    Role.INSPECTOR: ("Thanh tra", "Inspector"),
    Role.PARTY_INSPECTOR: ("Ủy ban kiểm tra", "Party inspector"),
    Role.PLAN_OWNER: ("Chủ kế hoạch", "Plan owner"),
    Role.PLAN_MONITOR: ("Theo dõi kế hoạch", "Plan monitor"),
    Role.LEAD_UNIT: ("Đơn vị chủ trì", "Lead unit"),
    Role.COOPERATING_UNIT: ("Đơn vị phối hợp", "Cooperating unit"),
    Role.AUDITOR: ("Kiểm toán viên quy trình", "Auditor"),
    Role.ADMINISTRATOR: ("Quản trị", "Administrator"),
}


def _name(vi: str, en: str, *, required: bool = False) -> Text:
    return ask.pattern(vi, en, form=NAME, example="ubnd-phuong", most=64, required=required)


class OrganisationEntry(Form):
    """An organisation of the register. What is left out stays as it is."""

    id = _name("Mã cơ quan", "Id", required=True)
    name_vi = ask.text("Tên tiếng Việt", "Vietnamese name", most=500, required=True)
    name_en = ask.text("Tên tiếng Anh", "English name", most=500, required=True)
    kind = _name("Loại", "Kind", required=True)
    level = _name("Cấp", "Level", required=True)
    parent = _name("Thuộc cơ quan", "Part of")
    superior = _name("Cơ quan cấp trên trực tiếp", "Superior")
    checks = _name("Cơ quan kiểm tra", "Who checks")
    inspects = _name("Cơ quan thanh tra", "Who inspects")
    administers = _name("Cơ quan quản lý", "Who administers")
    party_inspects = _name("Ủy ban kiểm tra", "Who inspects for the Party")
    follows = _name("Cơ quan theo dõi", "Who follows")
    successor = _name("Cơ quan kế thừa", "Successor")


class ParticipantEntry(Form):
    """A participant. Participants are never deleted, only made inactive."""

    id = _name("Mã người tham gia", "Id", required=True)
    name = ask.text("Họ và tên", "Name", required=True)
    agency = _name("Cơ quan", "Agency", required=True)
    active = ask.yes_no("Đang hoạt động", "Active", required=True)


class RoleEntry(Form):
    """A role in an agency, from a day on; both days included."""

    role = ask.choice("Vai trò", "Role", [(str(role), *names) for role, names in ROLE_NAMES.items()], required=True)
    agency = _name("Tại cơ quan", "In the agency", required=True)
    effective_from = ask.date("Từ ngày", "From", required=True)
    effective_to = ask.date("Đến hết ngày", "To")


class TokenEntry(Form):
    """What an access token is for."""

    label = ask.text("Dùng cho", "What it is for", most=200, required=True)


class Ground(Form):
    """Why personal values are erased."""

    ground = ask.reason("Căn cứ xóa dữ liệu cá nhân", "Ground of the erasure", required=True, law="Luật 91/2025")


class RoleSchema(Schema):
    """A role in an agency."""

    role = fields.String()
    agency = fields.String()


class MeSchema(Schema):
    """The caller."""

    id = fields.String()
    name = fields.String()
    agency = fields.String()
    roles = fields.List(fields.Nested(RoleSchema))


class OrganisationSchema(Schema):
    """An organisation as it is in force."""

    id = fields.String()
    name_vi = fields.String()
    name_en = fields.String()
    kind = fields.String()
    level = fields.String()
    parent = word()
    superior = word()
    successor = word()


class OrganisationsSchema(Schema):
    """The register of organisations."""

    items = fields.List(fields.Nested(OrganisationSchema))


class SetSchema(Schema):
    """The entry that was set."""

    id = fields.String()


class ParticipantSchema(Schema):
    """A participant."""

    id = fields.String()
    name = fields.String()
    agency = fields.String()
    active = fields.Boolean()


class RoleAssignedSchema(Schema):
    """The role that was given."""

    participant = fields.String()
    role = fields.String()
    agency = fields.String()
    from_ = fields.String(attribute="from", data_key="from")
    to = fields.String()


class TokenSchema(Schema):
    """A new access token, told once."""

    participant = fields.String()
    token = fields.String()


class RevokedSchema(Schema):
    """How many tokens stopped working."""

    participant = fields.String()
    revoked = fields.Integer()


class ErasedSchema(Schema):
    """How many personal values were destroyed."""

    case = fields.String()
    erased = fields.Integer()
