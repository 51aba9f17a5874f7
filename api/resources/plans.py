"""Work plans: which are shipped, and loading one."""

from typing import Any

from api import access, acts
from api.operations import CAN_BE_REHEARSED, Noun, Takes
from api.schemas.plans import PlanLoadedSchema, PlansSchema, PlanToLoad
from engine.commands import plans
from engine.errors import Invalid, Message
from engine.vocabulary import Role
from workflows.law.reading import TableInvalid
from workflows.plans.work_plans import WorkPlan, load_documents, load_organisations, load_plans, parse_plan

NOUN = Noun("plans", "Work plans", "Kế hoạch")


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
    plan = plans.shipped_plan(body["plan"]) if "plan" in body else _read(body["text"])
    answer = acts.perform("load_plan", lambda tx: plans.load(tx, plan), body)
    return answer, 200 if "rehearsed" in answer else 201


def _read(text: str) -> WorkPlan:
    try:
        return parse_plan(text, load_organisations(), load_documents())
    except TableInvalid as error:
        message = Message(code="plan_invalid", vi=f"Kế hoạch chưa hợp lệ: {error}", en=str(error))
        raise Invalid("plan_invalid", message["vi"], message["en"], {"text": [message]}) from error
