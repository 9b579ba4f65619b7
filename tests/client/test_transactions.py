"""Transactions: what is sent, what the answer is read as, conflicts, refusals, and finding lost ones."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client import errors
from geocollab.client.espaceco import databases, features, transactions
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.espaceco.features import FeatureQuery
from geocollab.client.espaceco.transactions import DELETE, INSERT, UPDATE, Action
from tests.client.raw_server import RawServer, reply
from tests.client.test_layers import JSON

DEMO, SUIVI = 9, 34
CANTONS, PARCELS = 3401, 3402
PLACE = "MULTIPOLYGON(((652000 6862000,652100 6862000,652100 6862100,652000 6862000)))"


@pytest.fixture
def sandbox(writable):
    """Not the one that all share: here it is written to."""
    return writable


def send(api, actions, database=SUIVI, token=None):
    """As operations do it: from `in_parallel`."""
    token = token or transactions.new_token()
    (done,) = api.session.in_parallel(lambda _: transactions.send(api, database, actions, token), [None])
    return done


def insert(name="Essai", **more):
    return Action(CANTONS, INSERT, {"nom": name, "geom": PLACE}, **more)


def change(row, state=UPDATE, **changes):
    data = {"id_canton": row["id_canton"], "gcms_fingerprint": row["gcms_fingerprint"], **changes}
    return Action(CANTONS, state, data)


def stored(api, row):
    return features.get(api, databases.table(api, SUIVI, CANTONS), row["id_canton"])


@pytest.fixture
def canton(api):
    """A row of one's own."""
    return send(api, [insert()]).actions[0].row


def posted(sandbox):
    return [entry for entry in sandbox.journal("/transactions$") if entry["method"] == "POST"]


def test_what_the_server_sees(api, sandbox, canton):
    sandbox.clear_journal()
    other = send(api, [insert()]).actions[0].row
    token = transactions.new_token()
    done = send(
        api, [change(canton, nom="Relu"), insert("Neuf", client_id="n1"), change(other, DELETE)], SUIVI, token
    )  # fmt: skip
    seen = posted(sandbox)[-1]
    assert (seen["path"], seen["status"]) == ("/gcms/api/databases/34/transactions", 201)
    assert json.loads(seen["body"]) == {
        "comment": f"SIG-QGIS {token}",
        "actions": [
            {"table": 3401, "state": "Insert", "data": {"nom": "Neuf", "geom": PLACE}, "client_feature_id": "n1"},
            {"table": 3401, "state": "Delete", "data": dict(change(other).data)},
            {"table": 3401, "state": "Update", "data": {**change(canton).data, "nom": "Relu"}},
        ],
    }
    assert done.committed and not done.pending and not done.refused and done.conflicts == ()
    assert [action.state for action in done.actions] == [INSERT, DELETE, UPDATE]


def test_a_committed_answer_holds_the_stored_rows(api, canton):
    done = send(api, [change(canton, nom="Relu"), insert("Neuf", client_id="n1")])
    new, changed = done.actions
    assert done.by_client_id == {"n1": new}
    assert (new.table, new.client_id, new.key) == ("suivi_terrain.cantons_suivis", "n1", str(new.row["id_canton"]))
    assert new.row["suivi"] == "À faire" and new.row["gcms_fingerprint"]  # the server's default
    assert changed.row == stored(api, canton) and changed.row["nom"] == "Relu"
    assert done.numrec == changed.row["gcms_numrec"] == databases.max_numrec(api, SUIVI, CANTONS)
    assert done.message == "Transaction appliquée avec succès." and "raw=" not in repr(done)
    assert transactions.get(api, SUIVI, done.id) == done


def test_null_erases(api, canton):
    changed = send(api, [change(canton, suivi="Fait", commune="Ici")]).actions[0].row
    assert send(api, [change(changed, commune=None)]).actions[0].row["commune"] is None


def test_a_database_without_history_has_no_number(api):
    action = Action(1737, INSERT, {"libelle": "x"})
    assert send(api, [action], DEMO).numrec is None


def test_many_changes_are_one_transaction(api, sandbox):
    sandbox.clear_journal()
    done = send(api, [insert(f"n {number}", client_id=str(number)) for number in range(300)])
    assert len(posted(sandbox)) == 1 and len(done.by_client_id) == 300
    assert {done.by_client_id[str(number)].row["nom"] for number in (0, 299)} == {"n 0", "n 299"}


@given(st.lists(st.sampled_from([INSERT, UPDATE, DELETE])))
def test_the_order_of_actions(states):
    given_ = [Action(1, state, {"n": number}) for number, state in enumerate(states)]
    found = transactions.in_order(given_)
    ranks = [transactions.ORDER.index(action.state) for action in found]
    assert ranks == sorted(ranks) and len(found) == len(given_)
    for state in transactions.ORDER:
        assert [a for a in found if a.state == state] == [a for a in given_ if a.state == state]


def test_an_unknown_state_is_not_sent(api, sandbox):
    sandbox.clear_journal()
    with pytest.raises(ValueError, match="tuple"):
        send(api, [Action(CANTONS, "INSERT", {})])
    assert not posted(sandbox)


# ------------------------------------------------------------------ conflicts and refusals


def test_a_conflict_writes_nothing(api, sandbox, canton):
    sandbox.faults({"kind": "conflict", "table": CANTONS, "key": canton["id_canton"], "set": {"nom": "À eux"}})
    done = send(api, [insert("Jamais", client_id="n2"), change(canton, nom="À nous")])
    theirs = stored(api, canton)
    assert done.refused and not done.committed and not done.pending
    assert (done.status, done.actions, done.numrec) == ("conflicting", (), None)
    (conflict,) = done.conflicts
    assert (conflict.table, conflict.state) == ("suivi_terrain.cantons_suivis", "Update")
    assert conflict.server == {
        "id_canton": canton["id_canton"], "gcms_fingerprint": theirs["gcms_fingerprint"], "gcms_detruit": False,
        "nom": "À eux",
    }  # fmt: skip
    table = databases.table(api, SUIVI, CANTONS)
    assert features.first(api, table, FeatureQuery(condition={"nom": "Jamais"}), 1) == []
    # mine: with the server's fingerprint
    again = send(api, [change({**canton, **conflict.server}, nom="À nous")])
    assert again.committed and stored(api, canton)["nom"] == "À nous"


def test_a_row_that_somebody_destroyed_is_a_conflict(api, sandbox, canton):
    sandbox.faults({"kind": "conflict", "table": CANTONS, "key": canton["id_canton"], "destroyed": True})
    (conflict,) = send(api, [change(canton, nom="À nous")]).conflicts
    assert conflict.server["gcms_detruit"] is True


@pytest.mark.parametrize("status", ["failed", "rollbacked", "cancelled"])
def test_a_transaction_that_fails(api, sandbox, canton, status):
    sandbox.faults({"kind": "failed_transaction", "status": status, "message": "Base pleine"})
    done = send(api, [change(canton, nom="Relu")])
    assert (done.status, done.message, done.refused, done.committed) == (status, "Base pleine", True, False)
    assert stored(api, canton)["nom"] == "Essai"


def test_a_transaction_that_is_not_decided_yet(api, sandbox, canton):
    sandbox.faults({"kind": "slow_transaction", "seconds": 0.2, "pending": True})
    done = send(api, [change(canton, nom="Tard")])
    assert done.pending and not done.committed and not done.refused
    while done.pending:
        done = transactions.get(api, SUIVI, done.id)
    assert done.committed and done.actions[0].row["nom"] == "Tard" == stored(api, canton)["nom"]


@pytest.mark.parametrize(
    ("action", "error", "said"),
    [
        (Action(CANTONS, INSERT, {"geom": PLACE}), errors.Invalid, "nom est obligatoire"),
        (Action(CANTONS, INSERT, {"nom": "a", "geom": PLACE, "absent": 1}), errors.Invalid, "absent"),
        (Action(CANTONS, UPDATE, {"id_canton": 1, "nom": "a"}), errors.Invalid, "gcms_fingerprint"),
        (Action(CANTONS, UPDATE, {"id_canton": 10**9, "gcms_fingerprint": "x"}), errors.NotFound, "introuvable"),
        (Action(3403, INSERT, {"libelle": "a"}), errors.Forbidden, "confidentiel"),
        (Action(1737, INSERT, {"libelle": "a"}), errors.Invalid, "1737"),
    ],
)
def test_the_server_says_why_it_refuses(api, action, error, said):
    with pytest.raises(error, match=said):
        send(api, [action])


def test_nobody_may_write(make_session, sandbox):
    with pytest.raises(errors.Unauthorized):
        send(EspaceCo(make_session(), sandbox.url + "/gcms/api"), [insert()])


# ------------------------------------------------------------------ lost answers


@pytest.mark.parametrize("kind", ["lost_answer", "drop", "truncated_json", "not_json"])
def test_one_that_was_lost_is_not_sent_twice_and_is_found(api, sandbox, canton, quick, kind):
    token = transactions.new_token()
    sandbox.faults({"kind": kind, "path": "/transactions$"})
    sandbox.clear_journal()
    with pytest.raises((errors.Unreachable, errors.MalformedAnswer)):
        send(api, [change(canton, nom=kind)], SUIVI, token)
    assert len(posted(sandbox)) == 1
    found = transactions.find(api, SUIVI, token)
    assert found.committed and found.actions[0].row["nom"] == kind == stored(api, canton)["nom"]


@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "status", "status": 503}])
def test_one_that_never_arrived_is_not_found(api, sandbox, canton, quick, fault):
    token = transactions.new_token()
    sandbox.faults({**fault, "path": "/transactions$", "method": "POST"})
    with pytest.raises((errors.Unreachable, errors.Busy)):
        send(api, [change(canton, nom="Perdu")], SUIVI, token)
    assert transactions.find(api, SUIVI, token) is None
    assert stored(api, canton)["nom"] == "Essai"


def test_a_conflict_whose_answer_was_lost_is_found_too(api, sandbox, canton):
    token = transactions.new_token()
    sandbox.faults(
        {"kind": "conflict", "table": CANTONS, "key": canton["id_canton"]},
        {"kind": "lost_answer", "path": "/transactions$"},
    )
    with pytest.raises(errors.Unreachable):
        send(api, [change(canton, nom="À nous")], SUIVI, token)
    found = transactions.find(api, SUIVI, token, user=1001)
    assert found.refused and len(found.conflicts) == 1


def test_a_search_by_comment_that_does_not_work_is_no_answer(make_session):
    """The most recent ones are looked at before it is said that there is none."""
    token = transactions.new_token()
    ours = {"id": 5, "status": "commited", "comment": f"[{transactions.comment_with(token)}]"}
    with RawServer(reply(200, b"[]"), reply(200, json.dumps([{"comment": None}, ours]).encode())) as server:
        found = transactions.find(EspaceCo(make_session(), server.url), 1, token, user=7)
        assert "user=7" in server.requests[1] and "comment" not in server.requests[1]
    assert found.id == 5 and found.committed  # as IGN's own client spells it


def test_each_token_is_another():
    tokens = {transactions.new_token() for _ in range(100)}
    assert len(tokens) == 100 and all(token.isalnum() for token in tokens)
    assert not set("%_") & set(transactions.comment_with(tokens.pop()))


# ------------------------------------------------------------------ odd answers


@pytest.mark.parametrize("body", [[], {}, None, "x", {"id": 1, "actions": []}])
def test_what_is_no_transaction_is_a_malformed_answer(make_session, body):
    with RawServer(reply(201, json.dumps(body).encode())) as server, pytest.raises(errors.MalformedAnswer):
        send(EspaceCo(make_session(), server.url), [insert()])


MEMBERS = ("id", "status", "message", "comment", "numrec", "actions", "conflicts")


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON))
def test_no_transaction_is_too_odd(body):
    read = transactions.transaction_of(body)
    assert read.committed + read.refused + read.pending == 1
    assert all(isinstance(action.row, dict) for action in read.actions)
