"""The reports of a fresh sandbox: deterministic, on real ground, every form of the contract (sections 2.4 to 2.6b)."""

from __future__ import annotations

import random
from collections.abc import Iterator

from .assumptions import A15_first_status
from .clock import iso
from .geometry import write_point
from .samples import samples
from .sketches import draw
from .state import SITE, State
from .statuses import CLOSED, INPUT_DEVICES, STATUSES
from .wording import comment, pick, reply_text
from .world import groups, places
from .world.people import BY_ID

SEED = 375
FIRST_REPORT = 1_000_000
DAY = 86_400
SPAN = 3 * 365 * DAY
_FILLED_FORMS = 100  # of each theme

_GROUP_SHARES = ((375, 70), (96, 19), (1, 9), (512, 1), (None, 1))
_OLD = (("valid", 52), ("valid0", 12), ("reject", 14), ("reject0", 8), ("pending", 5), ("pending1", 3),
        ("pending2", 2), ("submit", 2), ("pending0", 1), ("test", 1))  # fmt: skip
_RECENT = (("submit", 34), ("pending0", 14), ("pending", 18), ("pending1", 10), ("pending2", 8), ("valid", 8),
           ("valid0", 2), ("reject", 3), ("reject0", 2), ("test", 1))  # fmt: skip


def fill(state: State, count: int, now: float) -> None:
    """Write `count` reports into an empty state, opened during the three years before `now`."""
    seeder = _Seeder(count, int(now))
    state.fill(seeder.reports(), seeder.document_rows)
    state.set("last_report", seeder.report_id)
    state.set("last_reply", seeder.reply_id)
    state.set("last_document", seeder.document_id)


def _weighted(shares) -> list:
    """A list to pick from, each value as often as its share."""
    return [value for value, share in shares for _ in range(share)]


class _Seeder:
    def __init__(self, count: int, now: int):
        self.count, self.now = count, now
        self.chance = random.Random(SEED)
        self.report_id, self.reply_id, self.document_id = FIRST_REPORT, 100_000, 7_000
        self.document_rows: list[tuple] = []
        self._sketches = 0
        self._groups, self._old, self._recent = map(_weighted, (_GROUP_SHARES, _OLD, _RECENT))
        self._cantons, self._corsica = places.cantons(), places.corsica()
        self._authors, self._managers = {}, {}
        for group in groups.GROUPS:
            people = [member.user_id for member in groups.MEMBERS if member.community_id == group]
            self._authors[group] = [user for user in people if groups.affiliation(user, group)]
            self._managers[group] = [user for user in people if groups.is_manager(user, group)]
        self._filled_forms = {group: self._fill_forms(group) for group in groups.GROUPS}

    def reports(self) -> Iterator[dict]:
        for number in range(self.count):
            yield self._report(number)

    def _report(self, number: int) -> dict:
        chance = self.chance
        self.report_id += 1 + int(3 * chance.random())
        opened = self.now - SPAN + int((number + chance.random()) * SPAN / self.count)
        opened = min(opened, self.now - 60)
        group = pick(chance, self._groups)
        place = self._corsica[number // 40 % 3] if number % 40 == 11 else pick(chance, self._cantons)
        lon, lat = place.draw(chance)
        author = self._author(number, group)
        status = self._status(number, opened)
        if group is None and status == A15_first_status(True, None):
            status = A15_first_status(False, None)
        attributes = self._attributes(number, group, status)
        replies, changed = self._replies(number, group, status, opened)
        closed = status in CLOSED
        report = {
            "id": self.report_id,
            "community": group,
            "geometry": write_point(lon, lat),
            "comment": comment(chance, place),
            "attributes": attributes,
            "status": status,
            "opening_date": iso(opened),
            "updating_date": iso(changed),
            "closing_date": iso(changed) if closed else None,
            "author": _person(author, email=True),
            "validator": _person(self._validator(group)) if closed else None,
            "commune": None if number % 23 == 5 else place.commune,
            "departement": place.departement,
            "territory": places.FRANCE,
            "input_device": None if number % 31 == 7 else pick(chance, INPUT_DEVICES),
            "device_version": None if number % 3 else "5.0.4",
            "sketch": self._sketch(lon, lat) if number % 10 in (1, 4, 8) else None,
            "sketch_xml": None,
            "replies": replies,
            "attachments": self._attachments(number, opened),
        }
        if group is None and number % 2:
            del report["community"]  # A14: omitted as well as null
        return report

    def _author(self, number: int, group: int | None) -> int | None:
        if number % 29 == 3:
            return None
        return pick(self.chance, self._authors[group]) if group else 1003

    def _validator(self, group: int | None) -> int:
        return pick(self.chance, self._managers.get(group) or [1106])

    def _status(self, number: int, opened: int) -> str:
        """Most old reports are closed; some thirty reports make sure that every status exists."""
        step = max(1, self.count // 30)
        if number % step == 0:
            return STATUSES[number // step % len(STATUSES)]
        return pick(self.chance, self._old if self.now - opened > 120 * DAY else self._recent)

    def _attributes(self, number: int, group: int | None, status: str) -> list[dict]:
        """One theme at most; none for what still waits for qualification (A15)."""
        if group is None or status == A15_first_status(False, None) or (number % 17 == 9 and status != "submit"):
            return []
        return pick(self.chance, self._filled_forms[group])

    def _fill_forms(self, group: int) -> list[list[dict]]:
        """Forms of the group filled in many ways; reports share them, which makes a big seed fast."""
        filled = []
        for theme in groups.GROUPS[group]["attributes"] * _FILLED_FORMS:
            values = {attribute["name"]: self._value(attribute) for attribute in theme["attributes"]}
            values = {name: value for name, value in values.items() if value is not None}
            filled.append([{"community": group, "theme": theme["theme"], "attributes": values}])
        return filled

    def _value(self, attribute: dict) -> str | None:
        """A text (section 2.1: every value is one), or None to leave the attribute out."""
        chance, kind = self.chance, attribute["type"]
        if not attribute["mandatory"] and chance.random() < 0.3:
            return None
        if kind == "list":
            values = attribute["values"]
            keys = list(values.values()) if isinstance(values, dict) else [value for value in values if value]
            return ";".join(chance.sample(keys, chance.randint(1, 3))) if attribute["multiple"] else pick(chance, keys)
        if kind == "checkbox":
            return pick(chance, "01")
        if kind == "integer":
            return str(chance.randint(1, 12))
        if kind in ("double", "float"):
            return f"{chance.uniform(1.5, 12):.2f}"
        if kind == "date":
            return f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        if kind == "datetime":
            return f"2025-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d} {chance.randint(8, 18):02d}:15:00"
        if kind == "jsonvalue":
            return f'{{"précision":{chance.randint(1, 9)},"satellites":{chance.randint(4, 14)}}}'
        if attribute["name"] == "Référence":
            return f"VO-{chance.randint(100, 999)}"
        return pick(chance, ("rue des Écoles", "avenue de la République", "impasse du Moulin", "quai de l'Ourcq"))

    def _replies(self, number: int, group: int | None, status: str, opened: int) -> tuple[list[dict], int]:
        """The replies, newest first (A16), and when the report changed last (A10)."""
        chance = self.chance
        touched_today = number % 100 == 37  # one in a hundred changed during the last day
        if not touched_today and chance.random() >= 0.4:
            changed = opened + int(chance.random() * 30 * DAY) if status in CLOSED else opened
            return [], self._settled(opened, changed)
        count = 1 + int(3 * chance.random())
        last = opened + int(DAY * (1 + chance.random() * 60))
        last = self.now - int(chance.random() * DAY) - 1 if touched_today else self._settled(opened, last)
        last = max(last, opened)
        managers = self._managers.get(group) or [1106]
        replies = []
        for step in range(count):
            final = step == count - 1
            author = pick(chance, managers)
            self.reply_id += 1
            replies.append(
                {
                    "report_id": self.report_id,
                    "id": self.reply_id,
                    "author": None if self.reply_id % 41 == 0 else _person(author, email=True),
                    "title": "Suite donnée" if self.reply_id % 3 == 0 else None,
                    "content": None if self.reply_id % 37 == 0 else reply_text(chance, status if final else "pending"),
                    "status": status if final and status not in ("submit", "pending0", "test") else "pending",
                    "date": iso(opened + (last - opened) * (step + 1) // count),
                }
            )
        return replies[::-1], last

    def _settled(self, opened: int, changed: int) -> int:
        """Changes of the seed lie before the last day, except those that `_replies` puts into it."""
        return max(opened, min(changed, self.now - DAY - 60))

    def _sketch(self, lon: float, lat: float) -> str:
        self._sketches += 1
        return draw(self.chance, self._sketches, lon, lat)

    def _attachments(self, number: int, opened: int) -> list[dict]:
        """One report in twelve has a document, the first of them four."""
        if number % 12 != 6:
            return []
        keys = ["day", "evening", "plan", "note"] if number % 120 == 6 else [pick(self.chance, tuple(samples()))]
        return [self._document(key, opened) for key in keys]

    def _document(self, key: str, opened: int) -> dict:
        self.document_id += 1
        sample = samples()[key]
        self.document_rows.append((self.document_id, self.report_id, sample.filename, sample.mime_type, key))
        return document(self.document_id, sample.filename, sample.mime_type, len(sample.content),
                        sample.width, sample.height, iso(opened))  # fmt: skip


def _person(user_id: int | None, email: bool = False) -> dict | None:
    if user_id is None:
        return None
    user = BY_ID[user_id]
    person = {"id": user.id, "username": user.username}
    return {**person, "email": user.email} if email else person


def document(id_: int, filename: str, mime_type: str, size: int, width: int | None, height: int | None,
             date: str) -> dict:  # fmt: skip
    """A document object (section 2.5.5); its URLs are absolute."""
    short = filename if len(filename) <= 20 else filename[:12] + "…" + filename[-7:]
    return {
        "id": id_, "title": filename.rpartition(".")[0] or filename, "description": None, "filename": filename,
        "short_fileName": short, "mime_type": mime_type, "size": size, "width": width, "height": height, "date": date,
        "geometry": None, "uri": f"{SITE}/document/image/{id_}", "download_uri": f"{SITE}/document/download/{id_}",
    }  # fmt: skip
