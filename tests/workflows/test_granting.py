"""Permissions, keys and accesses: given once, changed, taken back; secrets kept before they can be lost."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client.entrepot import keys as calls
from geocollab.client.entrepot.permissions import permissions
from geocollab.client.errors import Conflict
from geocollab.workflows.entrepot.rights import granting, keyring, restricted_layers
from geocollab.workflows.entrepot.rights.granting import Terms
from geocollab.workflows.entrepot.rights.keyring import KeyWish, Secret
from geocollab.workflows.entrepot.services import serving
from geocollab.workflows.errors import InputError

PARIS = timezone(timedelta(hours=2))
END = datetime(2099, 6, 30, 23, 59, 59, tzinfo=PARIS)


@pytest.fixture
def restricted(desk):
    """`restricted("wfs", "wms")`: offerings of these kinds on restricted endpoints."""

    def make(*names):
        place = serving.Place(restricted=True)
        served = [desk.serve(desk.wfs(layer_name=desk.own(name)), place) for name in names]
        desk.process.clear_journal()
        return [desk.offering(one) for one in served]

    return make


def permit(desk, offerings, whom, terms=Terms("libre", END), **more):  # noqa: B008
    office = desk.office(**more)
    found = granting.beneficiaries(office, [one for one in whom if "@" not in one], [one for one in whom if "@" in one])
    return granting.permit(office, offerings, found, terms, desk.watch)


def outcomes(lines):
    return [(line.outcome, line.beneficiary.name, line.offering.layer_name) for line in lines]


def given_to(desk, offering):
    return permissions.list(desk.office().datastore, offering=offering.id)


# ---------------------------------------------------------------------- permissions


def test_for_communities_and_people_in_one_request_each(desk, restricted):
    offerings = restricted("un", "deux")
    lines = permit(desk, offerings, ["sdis", "Découverte", "admin@sandbox.invalid"])

    assert len(lines) == 6 and {line.outcome for line in lines} == {"created"}
    assert [path for _method, path in desk.written()] == ["permissions", "permissions"]
    bodies = [entry["body"] for entry in desk.process.journal("/permissions$") if entry["method"] == "POST"]
    assert all('"end_date": "2099-06-30T21:59:59Z"' in body for body in bodies)  # UTC
    assert '"type": "COMMUNITY"' in bodies[0] and '"communities"' in bodies[0] and '"type": "ACCOUNT"' in bodies[1]
    assert {permission.licence for permission in given_to(desk, offerings[0])} == {"libre"}


@pytest.mark.parametrize(
    "terms", [Terms("libre", END), Terms("libre"), Terms(), Terms("", END.astimezone(timezone.utc))]
)
def test_what_is_as_wished_is_kept(desk, restricted, terms):
    offerings = restricted("un")
    (first,) = permit(desk, offerings, ["sdis"])
    desk.process.clear_journal()
    (again,) = permit(desk, offerings, ["sdis"], terms)
    assert (again.outcome, again.permission.id, desk.written()) == ("kept", first.permission.id, [])


@pytest.mark.parametrize(
    ("terms", "licence", "end"),
    [
        (Terms("", END + timedelta(days=1)), "libre", "2099-07-01T21:59:59Z"),
        (Terms("payante"), "payante", "2099-06-30T21:59:59Z"),
    ],
)
def test_another_end_or_licence_changes_it(desk, restricted, terms, licence, end):
    offerings = restricted("un", "deux")
    permit(desk, offerings, ["sdis"])
    desk.process.clear_journal()
    lines = permit(desk, offerings, ["sdis"], terms)
    assert [line.outcome for line in lines] == ["changed", "changed"]
    assert [(method, path.split("/")[0]) for method, path in desk.written()] == [("PATCH", "permissions")]
    (now,) = given_to(desk, offerings[0])
    assert (now.licence, now.end_date, len(now.offerings)) == (licence, end, 2)


def test_only_what_is_missing_is_given(desk, restricted):
    offerings = restricted("un", "deux")
    permit(desk, offerings[:1], ["sdis"])
    assert outcomes(permit(desk, offerings, ["sdis"])) == [
        ("kept", "Service d'incendie", desk.own("un")), ("created", "Service d'incendie", desk.own("deux")),
    ]  # fmt: skip
    oauth = permit(desk, offerings[:1], ["sdis"], Terms("libre", END, True))
    assert [line.outcome for line in oauth] == ["created"] and granting.is_oauth(oauth[0].permission)


def test_what_would_change_others_is_told(desk, restricted):
    offerings = restricted("un", "deux")
    permit(desk, offerings, ["sdis"])
    (line,) = permit(desk, offerings[:1], ["sdis"], Terms("payante"))
    assert line.outcome == "failed" and "is for other services too" in line.detail


def test_an_open_service_needs_none(desk):
    offering = desk.offering(desk.serve(desk.wfs()))
    desk.process.clear_journal()
    (line,) = permit(desk, [offering], ["sdis"])
    assert line.outcome == "kept" and "everybody can use it" in line.detail and desk.written() == []


def test_a_lost_answer_is_looked_for(desk, restricted):
    offerings = restricted("un")
    desk.process.faults({"kind": "lost_answer", "method": "POST", "path": "/permissions$"})
    (line,) = permit(desk, offerings, ["sdis"])
    assert line.outcome == "created" and [one.id for one in given_to(desk, offerings[0])] == [line.permission.id]


def test_what_is_refused_is_a_line(desk, restricted):
    offerings = restricted("un")
    desk.process.faults({"kind": "status", "status": 400, "message": "Licence inconnue", "path": "/permissions$",
                         "method": "POST"})  # fmt: skip
    (line,) = permit(desk, offerings, ["sdis"])
    assert line.outcome == "failed" and "Licence inconnue" in line.detail and line.sentence().startswith(desk.own("un"))


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        (Terms("libre", datetime(2020, 1, 1, tzinfo=timezone.utc)), "The end of the permission is past"),
        (Terms("", END), "A new permission needs a licence"),
    ],
)
def test_terms_that_cannot_be(desk, restricted, terms, sentence):
    offerings = restricted("un")
    with pytest.raises(InputError, match=sentence):
        permit(desk, offerings, ["sdis"], terms)
    assert desk.written() == []


@pytest.mark.parametrize("whom", ["sdis", "SERVICE D'INCENDIE", "id", "name — id"])
def test_a_community_by_whatever_it_is_called(desk, whom):
    id = desk.process.entrepot()["ids"]["community"]["sdis"]
    text = {"id": id, "name — id": f"Service d'incendie — {id}"}.get(whom, whom)
    (found,) = granting.beneficiaries(desk.office(), [text, text], [])
    assert found.id == id


def test_a_community_that_is_not_ones_own(desk):
    (found,) = granting.beneficiaries(desk.office("admin"), ["sdis"], [])
    assert found.id == desk.process.entrepot()["ids"]["community"]["sdis"]
    for name in ("rien", "sdi"):
        with pytest.raises(InputError, match=f"There is no public community “{name}”"):
            granting.beneficiaries(desk.office("admin"), [name], [])


@pytest.mark.parametrize(
    "text", ["admin@sandbox.invalid", "ADMIN@sandbox.invalid", "Compte admin", "admin Compte", "admin"]
)
def test_somebody_by_whatever_they_are_called(desk, text):
    (found,) = granting.beneficiaries(desk.office(), [], [text])
    assert (found.kind, found.name) == ("user", "Compte admin")


def test_somebody_who_cannot_be_found(desk):
    with pytest.raises(InputError, match=r"No member of your communities is called “admi@.*Did you mean"):
        granting.beneficiaries(desk.office(), [], ["admi@sandbox.invalid"])
    unknown = "11111111-1111-4111-8111-111111111111"
    assert granting.beneficiaries(desk.office(), [], [unknown])[0].id == unknown


def test_taken_back(desk, restricted):
    offerings = restricted("un", "deux")
    permit(desk, offerings, ["sdis", "decouverte"])
    office = desk.office()
    whom = granting.beneficiaries(office, ["sdis"], [])

    one = granting.withdraw(office, offerings[:1], whom, desk.watch)
    assert outcomes(one) == [("removed", "Service d'incendie", desk.own("un"))]
    assert [len(given_to(desk, offering)) for offering in offerings] == [1, 2]
    assert [line.outcome for line in granting.withdraw(office, offerings[:1], whom, desk.watch)] == ["absent"]

    everybody = granting.withdraw(office, offerings, [], desk.watch)
    assert {line.outcome for line in everybody} == {"removed"}
    assert [given_to(desk, offering) for offering in offerings] == [[], []]


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-12, 14))  # noqa: DTZ001
def test_dates_there_and_back(moment, hours):
    aware = moment.replace(tzinfo=timezone(timedelta(hours=hours)), microsecond=0)
    assert granting.moment_of(granting.utc_text(aware)) == aware
    assert granting.utc_text(aware).endswith("Z")


# ---------------------------------------------------------------------- keys


class Shelf:
    """A vault of the test's own; `told` is what happened."""

    def __init__(self):
        self.held = self.kept = None
        self.told = []

    def has(self, login):
        return self.kept is not None or self.held is not None

    def hold(self, secret):
        self.held = secret
        self.told.append("hold")

    def keep(self, secret):
        self.kept = secret or self.kept or self.held
        self.told.append("keep")

    def release(self):
        self.held = None
        self.told.append("release")


@pytest.fixture
def api(desk):
    return desk.office().datastore.api


@pytest.mark.parametrize("type", ["HASH", "BASIC", "HEADER"])
def test_a_key_is_made_once_and_its_secret_kept(desk, api, type):
    shelf, wish = Shelf(), KeyWish(desk.own(type), type)
    first = keyring.keep_key(api, wish, shelf)
    assert first.outcome == "created" and shelf.kept is not None
    assert shelf.told == (["keep"] if type == "HASH" else ["hold", "keep"])
    again = keyring.keep_key(api, wish, shelf)
    assert (again.outcome, again.key.id) == ("kept", first.key.id)
    hidden = list(shelf.kept.headers.values()) or [shelf.kept.password]
    assert len(hidden[0]) >= 16 and hidden[0] not in repr(first) + repr(shelf.kept) + repr(wish)


def test_other_rules_change_it(desk, api):
    shelf = Shelf()
    keyring.keep_key(api, KeyWish(desk.own(), "HASH", whitelist=("192.0.2.0/24",)), shelf)
    assert keyring.keep_key(api, KeyWish(desk.own(), "HASH", ("192.0.2.0/24",)), shelf).outcome == "kept"
    changed = keyring.keep_key(api, KeyWish(desk.own(), "HASH", user_agent="QGIS"), shelf)
    assert changed.outcome == "changed"
    assert (changed.key.raw["whitelist"], changed.key.raw["user_agent"]) == (["192.0.2.0/24"], "QGIS")


def test_a_key_of_another_type(desk, api):
    keyring.keep_key(api, KeyWish(desk.own(), "HASH"), Shelf())
    with pytest.raises(InputError, match="is of the type HASH, which never changes"):
        keyring.keep_key(api, KeyWish(desk.own(), "BASIC"), Shelf())


def test_a_password_that_is_nowhere(desk, api):
    keyring.keep_key(api, KeyWish(desk.own(), "BASIC"), Shelf())
    with pytest.raises(InputError, match="its secret is not kept here and the server does not tell it"):
        keyring.keep_key(api, KeyWish(desk.own(), "BASIC"), Shelf())
    assert keyring.keep_key(api, KeyWish(desk.own("hash"), "HASH"), Shelf()).secret is not None


def test_a_given_login(desk, api):
    shelf = Shelf()
    keyring.keep_key(api, KeyWish(desk.own(), "BASIC"), shelf, Secret(login=desk.own("moi"), password="p" * 20))
    assert (shelf.kept.login, shelf.kept.password) == (desk.own("moi"), "p" * 20)
    taken = Shelf()
    with pytest.raises(Conflict, match="login déjà pris"):
        keyring.keep_key(api, KeyWish(desk.own("b"), "BASIC"), taken, Secret(login=desk.own("moi"), password="x" * 20))
    assert taken.told == ["hold", "release"] and taken.held is None


def test_a_lost_answer_loses_no_secret(desk, api):
    desk.process.faults({"kind": "lost_answer", "method": "POST", "path": "/keys$"})
    shelf = Shelf()
    made = keyring.keep_key(api, KeyWish(desk.own(), "BASIC"), shelf)
    assert made.outcome == "created" and made.secret is shelf.kept
    assert len([key for key in calls.keys(api) if key.name == desk.own()]) == 1

    desk.process.faults({"kind": "drop", "path": "/keys", "times": None, "after": 1})
    other = Shelf()
    with pytest.raises(Exception, match="connection"):
        keyring.keep_key(api, KeyWish(desk.own("b"), "BASIC"), other)
    assert other.told == ["hold"]  # it may be there: its secret is not thrown away


def test_no_room_for_a_key(desk, api, monkeypatch):
    from geocollab.client.entrepot import users

    real = users.me
    monkeypatch.setattr(
        keyring.users, "me", lambda api: type("Me", (), {"raw": {**real(api).raw, "keys_use": 20, "keys_quota": 20}})()
    )
    shelf = Shelf()
    with pytest.raises(InputError, match="You have 20 keys, and may have 20: delete one"):
        keyring.keep_key(api, KeyWish(desk.own(), "BASIC"), shelf)
    assert shelf.told == []


def test_one_key_that_signs_in_per_account(desk, api):
    for key in calls.keys(api):
        if key.type == "OAUTH2":
            api.session.request("DELETE", api.url(f"users/me/keys/{key.id}"))
    shelf = Shelf()
    assert keyring.keep_key(api, KeyWish(desk.own(), "OAUTH2"), shelf).outcome == "created"
    assert keyring.keep_key(api, KeyWish(desk.own(), "OAUTH2"), shelf).outcome == "kept" and shelf.kept is None
    with pytest.raises(InputError, match="one key of the type OAUTH2 at most"):
        keyring.keep_key(api, KeyWish(desk.own("b"), "OAUTH2"), Shelf())


def test_several_keys_of_one_name(desk, api):
    for _number in range(2):
        calls.create_key(api, desk.own(), "HASH", {})
    with pytest.raises(InputError, match="You have several keys"):
        keyring.named_key(api, desk.own())
    with pytest.raises(InputError, match=r"You have no key “rien”\. There are: "):
        keyring.one_key(api, "rien")


# ---------------------------------------------------------------------- accesses


@pytest.fixture
def key(desk, api):
    return keyring.keep_key(api, KeyWish(desk.own("cle"), "HASH"), Shelf()).key


def test_an_access_by_the_permission_that_lasts_longest(desk, restricted, api, key):
    offerings = restricted("un", "deux")
    permit(desk, offerings, ["montreuil"], Terms("libre", END))
    permit(desk, offerings[:1], ["decouverte"], Terms("libre"))
    desk.process.clear_journal()

    lines = keyring.let_in(api, key, [desk.own("un"), offerings[1].id], "", desk.watch)

    assert [(line.outcome, line.reached.layer_name) for line in lines] == [
        ("created", desk.own("un")), ("created", desk.own("deux")),
    ]  # fmt: skip
    assert lines[0].reached.end_date == "" and lines[1].reached.end_date == "2099-06-30T21:59:59Z"
    again = keyring.let_in(api, key, [desk.own("un"), desk.own("deux")], "", desk.watch)
    assert [line.outcome for line in again] == ["kept", "kept"]
    assert len(calls.accesses(api, key.id)) == 2


def test_all_of_a_permission(desk, restricted, api, key):
    offerings = restricted("un", "deux")
    (line, _other) = permit(desk, offerings, ["montreuil"])
    done = keyring.let_in(api, key, [], line.permission.id, desk.watch)
    assert [line.outcome for line in done] == ["created", "created"]
    with pytest.raises(InputError, match="No permission “11111111"):
        keyring.let_in(api, key, [], "11111111-1111-4111-8111-111111111111", desk.watch)


def test_a_lost_answer_of_an_access(desk, restricted, api, key):
    permit(desk, restricted("un"), ["montreuil"])
    desk.process.faults({"kind": "lost_answer", "method": "POST", "path": "/accesses$"})
    (line,) = keyring.let_in(api, key, [desk.own("un")], "", desk.watch)
    assert line.outcome == "created" and len(calls.accesses(api, key.id)) == 1


def test_only_keys_that_sign_in(desk, restricted, api, key):
    permit(desk, restricted("un"), ["montreuil"], Terms("libre", None, True))
    with pytest.raises(InputError, match=f"No permission that lasts lets you use “{desk.own('un')}”"):
        keyring.let_in(api, key, [desk.own("un")], "", desk.watch)


def test_what_needs_a_key_but_no_permission(desk, restricted, api, key):
    (offering,) = restricted("un")
    desk.process.entrepot_entity("offerings", id=offering.id, open=True)
    (line,) = keyring.let_in(api, key, [desk.own("un")], "", desk.watch)
    assert (line.outcome, line.reached.permission) == ("created", "")
    (reached,) = [one for one in keyring.reach(api, [key]) if one.offering == offering.id]
    assert reached.keys == (key.name,) and reached.urls[0].type == "WFS"


def test_what_one_reaches(desk, restricted, api, key):
    offerings = restricted("un", "deux")
    permit(desk, offerings, ["montreuil"])
    keyring.let_in(api, key, [desk.own("un")], "", desk.watch)
    found = {one.layer_name: one for one in keyring.reach(api, [key]) if desk.mark in one.layer_name}
    assert [one.keys for one in found.values()] == [(), (key.name,)]
    row = dict(zip([name for name, _kind in keyring.REACH_COLUMNS], found[desk.own("un")].row()))
    assert (row["licence"], row["end_date"], row["ended"]) == ("libre", "2099-06-30T21:59:59Z", False)
    assert "/private/wfs" in row["url"]
    with pytest.raises(InputError, match="No permission that lasts lets you use “rien”"):
        restricted_layers.chosen(list(found.values()), ["rien"])
    assert restricted_layers.chosen(list(found.values()), [desk.own("deux").upper()]) == [found[desk.own("deux")]]
