"""The schema on one page. `engine/migrations` must build exactly this (tests/integration/test_migrations.py).

State is in `case_`, history in `event`, the rest are projections written in the same transaction. Keys of hot tables lead with the
case, so that the tables can be partitioned by it.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, kept as text `2026-01-31T17:00:00.000000Z`: sorts as time does, and is never naive, on every database."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("Expected an instant with a time zone")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


Key = BigInteger().with_variant(Integer, "sqlite")
Word = String(64)
Hash = String(64)

definition = Table(
    "definition", metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("process", Word, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sha256", Hash, nullable=False),
    Column("source", Text, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("published_by", Word, nullable=False),
    UniqueConstraint("process", "version"),
    UniqueConstraint("process", "sha256"),
)  # fmt: skip

case_ = Table(
    "case_", metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("number", String(80), nullable=False, unique=True),
    Column("process", Word, nullable=False),
    Column("definition_id", Key, ForeignKey("definition.id"), nullable=False),
    Column("agency", Word, nullable=False),
    Column("status", String(16), nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("version", Integer, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("state_sha256", Hash, nullable=False),
    Column("trail_length", Integer, nullable=False),
    Column("trail_head", Hash, nullable=False),
    Column("outcome", Word),
    Column("parent_id", Key, ForeignKey("case_.id")),
    Column("reference", String(200)),  # what the case is about elsewhere: a task of a plan, the case it inspects
    Column("tracking_sha256", Hash, unique=True),
    Column("person_id", Key, ForeignKey("person.id")),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("next_due", Instant),
    Index(None, "agency", "status", "id"),
    Index(None, "reference"),
    Index(None, "parent_id"),
)  # fmt: skip

event = Table(
    "event", metadata,
    Column("trail_id", Key, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", Word, nullable=False),
    Column("type", Word, nullable=False),
    Column("body", Text, nullable=False),
    Column("prev", Hash, nullable=False),
    Column("hash", Hash, nullable=False),
)  # fmt: skip

administration_trail = Table(
    "administration_trail", metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("length", Integer, nullable=False),
    Column("head", Hash, nullable=False),
    Column("law_version", Integer, nullable=False),
    CheckConstraint("id = 0", name="only_one"),
)  # fmt: skip

deadline = Table(
    "deadline", metadata,
    Column("case_id", Key, ForeignKey("case_.id"), primary_key=True),
    Column("name", Word, primary_key=True),
    Column("occurrence", Integer, primary_key=True),
    Column("parameter", Word, nullable=False),
    Column("rule_on", Date, nullable=False),  # the day whose law applies: the receipt of the case
    Column("ledger", Text, nullable=False),
    Column("due_given", Date),
    Column("nominal_on", Date),
    Column("due_on", Date),
    Column("due_at", Instant),
    Column("status", String(16), nullable=False),
    Column("settled_at", Instant),
    Column("fired", Text, nullable=False, server_default="[]"),
    Column("law_version", Integer, nullable=False),
    Index(None, "status", "due_at"),
)  # fmt: skip

timer = Table(
    "timer", metadata,
    Column("case_id", Key, ForeignKey("case_.id"), primary_key=True),
    Column("token", Integer, primary_key=True),
    Column("element", Word, nullable=False),
    Column("deadline", Word, nullable=False),
    Column("occurrence", Integer, nullable=False),
    Column("relation", String(16), nullable=False),
    Column("amount", Integer, nullable=False),
    Column("unit", String(8), nullable=False),
    Column("due_at", Instant),  # null: the clock stands still
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Index(None, "due_at", "case_id", "token"),
)  # fmt: skip

work_item = Table(
    "work_item", metadata,
    Column("case_id", Key, ForeignKey("case_.id"), primary_key=True),
    Column("token", Integer, primary_key=True),
    Column("element", Word, nullable=False),
    Column("form", String(100), nullable=False),
    Column("role", Word, nullable=False),
    Column("agency", Word, nullable=False),
    Column("instance", Text),
    Column("holder", Word),
    Column("status", String(16), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", Word),
    Column("due_at", Instant),
    Index(None, "agency", "role", "status", "due_at"),
    Index(None, "holder", "status", "due_at"),
)  # fmt: skip

message_wait = Table(
    "message_wait", metadata,
    Column("case_id", Key, ForeignKey("case_.id"), primary_key=True),
    Column("token", Integer, primary_key=True),
    Column("element", Word, nullable=False),
    Column("name", Word, nullable=False),
    Column("correlation", String(200), nullable=False),
    Index(None, "name", "correlation"),
)  # fmt: skip

case_link = Table(
    "case_link", metadata,
    Column("case_id", Key, ForeignKey("case_.id"), primary_key=True),
    Column("other_id", Key, ForeignKey("case_.id"), primary_key=True),
    Column("kind", Word, primary_key=True),
    Column("about", String(200), primary_key=True, server_default=""),
)  # fmt: skip

person = Table(
    "person", metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("wrapped_key", LargeBinary),  # null: erased
    Column("erased_at", Instant),
)  # fmt: skip

person_value = Table(
    "person_value", metadata,
    Column("commitment", Hash, primary_key=True),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False),
    Column("case_id", Key, ForeignKey("case_.id"), nullable=False),
    Column("path", String(200), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "case_id"),
    Index(None, "person_id"),
)  # fmt: skip

outbox = Table(
    "outbox", metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("case_id", Key, ForeignKey("case_.id")),
    Column("kind", Word, nullable=False),
    Column("payload", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("next_attempt_at", Instant),  # null: delivered or given up
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("delivered_at", Instant),
    Index(None, "next_attempt_at"),
)  # fmt: skip

idempotency = Table(
    "idempotency", metadata,
    Column("actor", Word, primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("command", Word, nullable=False),
    Column("fingerprint", Hash, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", Instant, nullable=False),
)  # fmt: skip

incident = Table(
    "incident", metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("case_id", Key, ForeignKey("case_.id"), nullable=False),
    Column("token", Integer),
    Column("kind", Word, nullable=False),
    Column("what", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Index(None, "case_id", "token"),
)  # fmt: skip

organisation = Table(
    "organisation", metadata,
    Column("id", Word, primary_key=True),
    Column("name_vi", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("kind", Word, nullable=False),
    Column("level", Word, nullable=False),
    Column("generic", Boolean, nullable=False, server_default=false()),  # a class of bodies («các sở, ngành»), not one
    Column("parent", Word),
    Column("superior", Word),  # this and the next five: who looks into what it let lapse
    Column("checks", Word),
    Column("inspects", Word),
    Column("administers", Word),
    Column("party_inspects", Word),
    Column("follows", Word),
    Column("details", Text, nullable=False, server_default="{}"),
    Column("effective_from", Date),
    Column("effective_to", Date),
    Column("successor", Word),
)  # fmt: skip

participant = Table(
    "participant", metadata,
    Column("id", Word, primary_key=True),
    Column("name", Text, nullable=False),
    Column("agency", Word, ForeignKey("organisation.id"), nullable=False),
    Column("active", Boolean, nullable=False),
)  # fmt: skip

role_assignment = Table(
    "role_assignment", metadata,
    Column("participant_id", Word, ForeignKey("participant.id"), primary_key=True),
    Column("role", Word, primary_key=True),
    Column("agency", Word, ForeignKey("organisation.id"), primary_key=True),
    Column("effective_from", Date, primary_key=True),
    Column("effective_to", Date),
)  # fmt: skip

api_token = Table(
    "api_token", metadata,
    Column("token_sha256", Hash, primary_key=True),
    Column("participant_id", Word, ForeignKey("participant.id"), nullable=False),
    Column("label", String(200), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
)  # fmt: skip

number_series = Table(
    "number_series", metadata,
    Column("series", Word, primary_key=True),
    Column("agency", Word, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)  # fmt: skip

calendar_day = Table(
    "calendar_day", metadata,
    Column("day", Date, primary_key=True),
    Column("kind", Word, nullable=False),
    Column("name_vi", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("status", String(16), nullable=False),
)  # fmt: skip

legal_parameter = Table(
    "legal_parameter", metadata,
    Column("id", Word, primary_key=True),
    Column("effective_from", Date, primary_key=True),
    Column("effective_to", Date),
    Column("content", Text, nullable=False),
)  # fmt: skip

work_plan = Table(
    "work_plan", metadata,
    Column("id", Word, primary_key=True),
    Column("title", Text, nullable=False),
    Column("issuer", Word, nullable=False),
    Column("content_sha256", Hash, nullable=False),
    Column("loaded_at", Instant, nullable=False),
)  # fmt: skip

plan_task = Table(
    "plan_task", metadata,
    Column("plan_id", Word, ForeignKey("work_plan.id"), primary_key=True),
    Column("task_id", Word, primary_key=True),
    Column("case_id", Key, ForeignKey("case_.id"), nullable=False),
)  # fmt: skip

issued_document = Table(
    "issued_document", metadata,
    Column("key", String(200), primary_key=True),
    Column("issuer", Word, nullable=False),
    Column("number", String(100), nullable=False),
    Column("dated", Date, nullable=False),
    Column("title", Text, nullable=False),
    Column("registered_at", Instant, nullable=False),
    Column("registered_by", Word, nullable=False),
)  # fmt: skip
