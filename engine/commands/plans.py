"""Work plans: loading one starts a case for each of its tasks, all or none."""

import hashlib
import json
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import insert, select

from engine import authority
from engine.apply import start_case
from engine.apply.steps import NewCase
from engine.audit import trail
from engine.commands import documents
from engine.database import Transaction
from engine.errors import Conflict, NotFound
from engine.registers import definitions
from engine.registers.organisations import organisation_named
from engine.tables import plan_task, work_plan
from engine.time.clock import local_date
from engine.vocabulary import EventType
from workflows.plans.work_plans import PlanTask, WorkPlan, load_plans, start_values

PROCESS = "plan_task"


def load(tx: Transaction, plan: WorkPlan) -> dict[str, Any]:
    """Loads a plan: one case per task. A task whose date has passed says so and does not escalate by itself.

    Raises Conflict when the plan is already loaded, NotFound when it names an organisation that the register does not hold.
    """
    authority.may_load_plan(tx.actor, plan.issuing_body)
    known = tx.connection.execute(select(work_plan.c.loaded_at).where(work_plan.c.id == plan.id)).one_or_none()
    if known is not None:
        raise Conflict(
            "plan_loaded",
            f"Kế hoạch «{plan.id}» đã được nạp; thay đổi chỉ theo văn bản của cơ quan ban hành.",
            f"Expected the plan «{plan.id}» not to be loaded yet; it is changed only by a document of its owner.",
        )
    owner = organisation_named(tx, plan.owner)
    row = {"id": plan.id, "title": plan.title_vi, "issuer": plan.issuing_body, "content_sha256": content_sha256(plan)}
    tx.connection.execute(insert(work_plan), {**row, "loaded_at": tx.now})
    started = {task.id: _start(tx, plan, task, owner.id) for task in plan.tasks}
    documents.tell_again(tx)
    said = {"plan": plan.id, "content_sha256": row["content_sha256"], "tasks": len(started)}
    trail.append_to_administration(tx, EventType.PLAN_LOADED, {"input": said})
    return {**said, "cases": started}


def shipped_plan(identity: str) -> WorkPlan:
    """The plan with this id among those shipped with this version. Raises NotFound."""
    for plan in load_plans():
        if plan.id == identity:
            return plan
    raise NotFound("no_such_plan", f"Không có kế hoạch «{identity}».", f"There is no plan «{identity}».")


def content_sha256(plan: WorkPlan) -> str:
    """The hash of everything the plan says."""
    content = json.dumps(asdict(plan), default=_plain, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def _start(tx: Transaction, plan: WorkPlan, task: PlanTask, owner: str) -> str:
    values = start_values(plan, task, local_date(tx.now))
    per_body = bool(values["bodies"])
    case = start_case(
        tx,
        NewCase(
            published=definitions.newest(tx, PROCESS),
            agency=owner if per_body or not task.lead else task.lead[0],
            title=f"{task.section}.{task.item} {task.title_vi}",
            start=values,
            reference=task.id,
        ),
    )
    tx.connection.execute(insert(plan_task), {"plan_id": plan.id, "task_id": task.id, "case_id": case.id})
    return case.number


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else dict(value)
