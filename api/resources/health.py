"""Whether the system answers, and whether it can work."""

from api import access
from api.context import reading
from api.operations import Noun
from api.schemas.forms import HealthSchema
from engine.registers.law import law_in_force

NOUN = Noun("health", "Health", "Tình trạng hệ thống")


@NOUN.route("GET", "/health/live", en="The process answers", vi="Tiến trình còn trả lời", gives=HealthSchema)
@access.public
def live() -> dict[str, str]:
    return {"status": "live"}


@NOUN.route(
    "GET",
    "/health/ready",
    en="The database answers and holds the law",
    vi="Cơ sở dữ liệu trả lời và có tham số pháp lý",
    gives=HealthSchema,
)
@access.public
def ready() -> dict[str, str]:
    with reading() as tx:
        has_law = bool(law_in_force(tx).parameters)
    return {"status": "ready" if has_law else "empty"}
