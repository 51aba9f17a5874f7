"""Work plans: which are shipped, and loading one."""

import re
from typing import Any

from api import access, acts, inputs
from api.operations import CAN_BE_REHEARSED, Noun, Takes
from api.schemas.plans import PlanLoadedSchema, PlansSchema, PlanToLoad
from engine.commands import plans
from engine.errors import Invalid, Message
from engine.vocabulary import Role
from workflows.law.reading import TableInvalid
from workflows.plans.work_plans import WorkPlan, load_documents, load_organisations, load_plans, parse_plan

NOUN = Noun("plans", "Work plans", "Kế hoạch")
ALIAS = re.compile(r"(?:^|[\s\[{,])[&*]\w")


@NOUN.route("GET", "/plans", en="The plans that are shipped", vi="Các kế hoạch có sẵn", gives=PlansSchema)
@access.participant
def shipped() -> dict[str, Any]:
    return {"items": load_plans()}


@NOUN.route(
    "POST",
    "/plans",
    en="Load a plan: a case for each of its tasks, all or none",
    vi="Nạp kế hoạch: mỗi nhiệm vụ một hồ sơ, tất cả hoặc không gì",
    takes=Takes(PlanToLoad, verbatim=True, example={"plan": "dong_nai"}),
    gives=PlanLoadedSchema,
    status=201,
    promises=CAN_BE_REHEARSED,
)
@access.role(Role.PLAN_OWNER, Role.ADMINISTRATOR)
def load(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    with inputs.named_in("plan", "no_such_plan"):
        plan = plans.shipped_plan(body["plan"]) if "plan" in body else _read(body["text"])
    answer = acts.perform("load_plan", lambda tx: plans.load(tx, plan), body)
    return answer, 200 if "rehearsed" in answer else 201


def _read(text: str) -> WorkPlan:
    """The plan of a text. Raises Invalid. A plan has no use for YAML's aliases, and a short text with them can be endless."""
    if ALIAS.search(text):
        raise _invalid("aliases (& and *) are not allowed")
    try:
        return parse_plan(text, load_organisations(), load_documents())
    except (TableInvalid, TypeError, RecursionError) as error:
        raise _invalid(str(error)) from error


def _invalid(why: str) -> Invalid:
    message = Message(code="plan_invalid", vi=f"Kế hoạch chưa hợp lệ: {why}", en=f"The plan is not valid: {why}")
    return Invalid("plan_invalid", message["vi"], message["en"], {"text": [message]})
