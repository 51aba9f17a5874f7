"""The requests of the year: who asks what of whom on which day, and what becomes of it unless somebody is late.

A `Story` is what the people in it know and the text of a request only tells: that the petition is really a complaint, that it was
answered before, that its author will withdraw it. Officers read it as they would read the letter; the engine never sees it.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from engine.demo.matters import BUSINESSES, MATTERS, MATTERS_OF, ORGANISATIONS, STREETS, Matter, full_name

KINDS = {
    "plain": 163,
    # refused (từ chối): one kind for each reason of the closed list
    "R1": 4,
    "R2": 8,
    "R3": 5,
    "R4": 4,
    "R5": 6,
    "R6": 5,
    "R7": 3,
    "R8": 4,
    # guided (hướng dẫn), supplemented (bổ sung), rerouted (chuyển thủ tục khác)
    "G1": 11,
    "G3": 8,
    "supplemented_online": 8,
    "not_supplemented": 7,
    "X1": 10,
    "X2": 5,
    "X3": 9,
    "X4": 7,
    # ended or cut by the requester; accepted and answered, but not published (không công khai)
    "withdrawn_late": 5,
    "partly_withdrawn": 6,
    "withheld": 6,
    # rarer turns
    "withdrawn_early": 4,
    "supplemented_at_the_desk": 4,
    "requester_died": 1,
    "partly_secret": 4,
    "accepted_against_the_proposal": 3,
}
"""How many of 300 are of each kind. A smaller year has each kind once, as far as it goes, the rarer turns last."""

FEWEST = 20
"""So many are needed for every outcome and every reason code."""

SHARES = {"ndh-ubnd": 28, "dn-ubnd": 24, "dn-so-tai-chinh": 15, "dn-so-noi-vu": 14, "dn-so-khcn": 9, "ndh-tt-dvth": 10}
EARLY_ENOUGH = 180
"""The first request of each kind is filed before this day of the year, so that its end is seen."""
WAVE_DAYS = (date(2026, 11, 9), date(2026, 11, 10))
"""Ten working days to supplement what was filed on these days run across 24 November, the holiday that will be decreed late."""
IN_WAVE = {"supplemented_online": 45, "not_supplemented": 45}
"""How many of a hundred requests of these kinds belong to the wave; the first that is supplemented online always does."""
CONTENTS = ("legal_basis", "competence", "procedure", "content")
CHANNELS = ("online", "online", "online", "in_person", "post")


@dataclass
class Story:
    """One request, and what its people know of it. `number` and `code` are told by the receipt."""

    index: int
    kind: str
    day: date
    agency: str
    matter: Matter
    words: dict[str, Any]
    form: dict[str, Any]
    number: str = ""
    code: str = field(default="", repr=False)
    in_wave: bool = False
    """One of the same deficient letters that people file together in November. The desk attends to them at once; the authors take time."""
    papers: list[dict[str, Any]] = field(default_factory=list)
    """The numbered documents in the paper folder, for the list of documents at the end."""
    was_returned: bool = False
    """Whether the head has sent the draft back once."""
    waits_until: date | None = None
    """When the requester looks again at the tracking page."""

    @property
    def on_paper(self) -> bool:
        return bool(self.form["channel"] != "online")

    def says(self, text: str) -> str:
        """A text of the matter with the words of this request."""
        return text.format(**self.words)


def stories(count: int, seed: int, agencies: tuple[str, ...]) -> list[Story]:
    """`count` requests of 2026 in the order of their days; the same for the same seed."""
    rng = Random(f"requests/{seed}")  # noqa: S311 - a simulation
    kinds = _kinds(count)
    first_of_kind = {kind: kinds.index(kind) for kind in KINDS if kind in kinds}
    weights = [SHARES.get(agency, 10) for agency in agencies]
    told = []
    for index, kind in enumerate(kinds):
        is_first = first_of_kind[kind] == index
        day = date(2026, 1, 5) + timedelta(days=rng.randrange(EARLY_ENOUGH if is_first else 360))
        agency = rng.choices(agencies, weights)[0]
        story = _story(index, kind, day, agency, rng)
        if kind == "supplemented_online" if is_first else rng.randrange(100) < IN_WAVE.get(kind, 0):
            story.day, story.in_wave, story.form["channel"] = rng.choice(WAVE_DAYS), True, "online"
        told.append(story)
    return sorted(told, key=lambda story: (story.day, story.index))


def _kinds(count: int) -> list[str]:
    """Each kind once, then by their shares: the kinds furthest behind come first."""
    counts = dict.fromkeys(list(KINDS)[:count], 1)
    total = sum(KINDS.values())
    while sum(counts.values()) < count:
        behind = max(counts, key=lambda kind: KINDS[kind] * count / total - counts[kind])
        counts[behind] += 1
    return [kind for kind, number in counts.items() for _ in range(number)]


def _story(index: int, kind: str, day: date, agency: str, rng: Random) -> Story:
    matter = MATTERS[rng.choice(MATTERS_OF.get(agency, ("reception",)))]
    words = {
        "area": rng.randrange(18, 400),
        "plot": rng.randrange(1, 320),
        "sheet": rng.randrange(1, 60),
        "times": rng.randrange(2, 6),
        "money": rng.randrange(2, 48),
        "ward": rng.randrange(1, 12),
        "street": rng.choice(STREETS),
    }
    channel = "in_person" if kind == "R7" else rng.choice(CHANNELS)
    form = _form(matter, words, agency, channel, index, day, rng)
    return Story(index, kind, day, agency, matter, words, form)


def _form(
    matter: Matter, words: dict[str, Any], agency: str, channel: str, index: int, day: date, rng: Random
) -> dict[str, Any]:
    asked = rng.sample(CONTENTS, rng.randrange(1, 4))
    form: dict[str, Any] = {
        **_requester(words, index, rng),
        "agency": agency,
        "concerned": matter.unit,
        "decision_description": matter.description.format(**words),
        "effect": matter.effect.format(**words),
        "contents": [content for content in CONTENTS if content in asked],
        "content": matter.question.format(**words),
        "domain": matter.domain,
        "asked_elsewhere": False,
        "answer_channel": {"online": "portal", "in_person": "in_person", "post": "post"}[channel],
        "wants_meeting": rng.random() < 0.3,
        "publish_name": rng.random() < 0.1,
        "signature": "electronic_identity" if channel == "online" else "handwritten",
        "channel": channel,
    }
    if matter.decision:
        form["decision_number"] = f"{rng.randrange(11, 980)}/{matter.decision}"
        form["decision_date"] = (day - timedelta(days=rng.randrange(6, 70))).isoformat()
    return form


def _requester(words: dict[str, Any], index: int, rng: Random) -> dict[str, Any]:
    name = full_name(index * 11 + 3)
    address = f"Số {words['plot']} đường {words['street']}, khu phố {words['ward']}"
    reached = {"address": address, "phone": f"09{rng.randrange(10_000_000, 99_999_999)}"}
    kind = rng.choices(("individual", "business", "organisation"), (76, 18, 6))[0]
    if kind == "business":
        company = f"{rng.choice(BUSINESSES)} {words['street']}"
        return {"requester_kind": kind, "full_name": company, "representative_name": name, **reached}
    if kind == "organisation":
        where = words["street"] if rng.random() < 0.3 else words["ward"]
        body = f"{ORGANISATIONS[2] if isinstance(where, str) else rng.choice(ORGANISATIONS[:2])} {where}"
        return {"requester_kind": kind, "full_name": body, "representative_name": name, **reached}
    return {"requester_kind": kind, "full_name": name, **reached}
