"""Verification and replay."""

from marshmallow import Schema, fields

from forms import fields as ask
from forms.base import Form


class Scope(Form):
    """What to verify besides the trails."""

    replay = ask.yes_no("Tái hiện từng hồ sơ", "Carry out every case again")


class BreakSchema(Schema):
    """The first thing in a trail that does not hold."""

    case = fields.String(metadata={"description": "Number of the case, or `administration` / Mã hồ sơ"})
    seq = fields.Integer()
    what = fields.String()


class CaseVerdictSchema(Schema):
    """Whether the trail of a case, its state and its projections hold together."""

    case = fields.String()
    holds = fields.Boolean()
    lines = fields.Integer()
    head = fields.String(metadata={"description": "Hash of the last line / Mã băm dòng cuối"})
    broken = fields.Nested(BreakSchema, allow_none=True)


class VerdictSchema(Schema):
    """The same for everything: how much was looked at, and every break."""

    holds = fields.Boolean()
    cases = fields.Integer()
    lines = fields.Integer()
    breaks = fields.List(fields.Nested(BreakSchema))
    elsewhere = fields.Integer(
        metadata={
            "description": "Breaks in cases that this auditor may not see / Sai lệch ở hồ sơ ngoài phạm vi được xem"
        }
    )


class WholeVerdictSchema(Schema):
    """Verification, and replay when it was asked for."""

    verification = fields.Nested(VerdictSchema)
    replay = fields.Nested(VerdictSchema, allow_none=True)


class TokenStandsSchema(Schema):
    """Where a token stands after a step."""

    id = fields.Integer()
    element = fields.String()
    kind = fields.String()


class ReplayedStepSchema(Schema):
    """One line carried out again."""

    seq = fields.Integer()
    at = fields.String()
    actor = fields.String()
    type = fields.String()
    marking = fields.List(fields.Nested(TokenStandsSchema))
    changed = fields.Dict()
    state_sha256 = fields.String()


class DivergenceSchema(Schema):
    """The first line that differs when it is carried out again."""

    seq = fields.Integer()
    what = fields.String()


class ReplayPageSchema(Schema):
    """Steps of a replay. `divergence` ends it."""

    items = fields.List(fields.Nested(ReplayedStepSchema))
    next = fields.String(allow_none=True)
    holds = fields.Boolean(
        metadata={"description": "No difference up to the last step given / Không sai lệch đến bước cuối được trả về"}
    )
    divergence = fields.Nested(DivergenceSchema, allow_none=True)
