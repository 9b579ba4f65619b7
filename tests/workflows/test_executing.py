"""Executions: declared, launched and waited for once; a failure leaves nothing behind, a cancel reaches the server."""

import contextlib
import time
import uuid
from itertools import count

import pytest

from geocollab.client import session as client_session
from geocollab.client.errors import Cancelled, ServerFault, Unreachable
from geocollab.store.errors import StoreBusy
from geocollab.store.store import Store
from geocollab.workflows.entrepot import acting
from geocollab.workflows.entrepot.delivery import executing, making
from geocollab.workflows.entrepot.delivery.executing import execute
from geocollab.workflows.entrepot.ledger import Ledger, sole_run
from geocollab.workflows.errors import InputError, Interrupted
from geocollab.workflows.watch import Watch
from tests.workflows.deliveries import Killed, killed_at

EXECUTIONS, LAUNCH = "/processings/executions$", "/launch$"


class Work:
    """The integration of one delivery into a database of this name."""

    def __init__(self, deliveries, name="cantons", **options):
        self.deliveries, self.name = deliveries, name
        self.upload = deliveries.dispatch(deliveries.gpkg(), name="cantons").delivered.upload
        self.options = options
        deliveries.process.clear_journal()

    def run(self, office=None, watch=None, **options):
        office = office or self.deliveries.office()
        with self.deliveries.ledger(office, self.name) as ledger:
            return execute(
                office,
                ledger,
                "database",
                **{
                    "processing": office.processing("VECTOR-DB", upload="VECTOR"),
                    "uploads": [self.upload],
                    "output": {"stored_data": {"name": self.name, "storage_tags": ["VECTEUR"]}},
                    "parameters": {"srs": "EPSG:4326"},
                    "watch": watch or self.deliveries.watch,
                    **options,
                },
            )

    def all(self):
        """What there is of this name, deleted things left out."""
        listed = self.deliveries.get(f"stored_data?limit=50&fields=name,status&name={self.name}")
        return [one for one in listed if one["status"] != "DELETED"]

    def steps(self):
        office = self.deliveries.office()
        with self.deliveries.ledger(office, self.name) as ledger:
            return ledger.noted("database")

    def one(self, executed):
        """The database is good, the only one of its name, and was made by one execution."""
        assert [one["_id"] for one in self.all()] == [executed.stored_data]
        assert self.deliveries.get(f"stored_data/{executed.stored_data}")["status"] == "GENERATED"
        return True


@pytest.fixture
def work(deliveries):
    return Work(deliveries, f"db {uuid.uuid4()}")


# ---------------------------------------------------------------------- what is done


def test_a_processing_is_run_its_output_tagged_and_told_by_its_ids(work, deliveries):
    steps = []
    watch = Watch(progress=lambda *step: steps.append(step), info=deliveries.said.append)
    done = work.run(tags={"datasheet_name": "Cantons"}, watch=watch)
    assert work.one(done) and done.now and done.kind == "stored_data"
    made = deliveries.get(f"stored_data/{done.stored_data}")
    assert made["tags"] == {"datasheet_name": "Cantons", "proc_int_id": done.execution} and made["type"] == "VECTOR-DB"
    execution = deliveries.get(f"processings/executions/{done.execution}")
    assert execution["status"] == "SUCCESS" and execution["parameters"]["srs"] == "EPSG:4326"
    assert (deliveries.count("POST", EXECUTIONS), deliveries.count("POST", LAUNCH)) == (1, 1)
    told = [sentence for sentence in deliveries.said if "Intégration" in sentence]
    assert len(told) == len(set(told)) and told[-1] == "“Intégration de données vecteur livrées en base”: done."
    assert steps == sorted(steps) and steps[-1] == (4, 4)


def test_what_is_made_may_be_a_delivery(work, deliveries):
    def validate():
        office = deliveries.office()
        return work.run(
            office,
            processing=office.processing("ARCHIVE", upload="VECTOR"),
            output={"upload": {"name": f"report {work.name}"}},
            parameters={"model": {"cantons": ["nom"]}},
            tags={"datasheet_name": "Cantons"},
        )

    deliveries.process.faults({"kind": "execution", "logs": ["Rapport impossible"]})
    with pytest.raises(InputError, match="Rapport impossible"):
        validate()
    done = validate()
    assert (done.kind, done.stored_data, done.now) == ("upload", "", True)
    made = deliveries.get(f"uploads/{done.output}")
    assert (made["status"], made["tags"]) == ("CLOSED", {"datasheet_name": "Cantons"})
    assert set(deliveries.tree(done.output)) == {"rapport.json"}
    again = validate()
    assert (again.output, again.now) == (done.output, False)


def test_again_makes_nothing_more(work, deliveries):
    first = work.run()
    deliveries.process.clear_journal()
    again = work.run()
    assert (again.stored_data, again.execution, again.now) == (first.stored_data, first.execution, False)
    assert deliveries.written() == []


def test_again_if_it_is_asked_for(work, deliveries):
    first = work.run()
    second = work.run(again=True)
    assert second.stored_data != first.stored_data and len(work.all()) == 2


def test_what_was_deleted_is_made_anew(work, deliveries):
    first = work.run()
    deliveries.ask("DELETE", f"stored_data/{first.stored_data}")
    second = work.run()
    assert second.stored_data != first.stored_data and work.one(second)


def test_other_parameters_are_another_execution(work):
    first = work.run()
    second = work.run(parameters={"srs": "EPSG:2154"})
    assert second.stored_data != first.stored_data


def test_what_another_wish_declared_and_never_launched_goes(work, deliveries, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(executing, "act_once", fail_at_once)
        with pytest.raises(Killed):
            work.run()
    left = work.steps()
    done = work.run(parameters={"srs": "EPSG:2154"})
    assert done.execution != left["execution"] and work.one(done), "its output is gone too"
    assert deliveries.get("processings/executions?status=CREATED&limit=50") == []


def fail_at_once(*args):
    raise Killed


def test_what_another_wish_has_running_is_told(work, deliveries, monkeypatch):
    monkeypatch.setattr(executing, "PATIENCE", 0.3)
    deliveries.process.faults({"kind": "execution", "status": "PROGRESS"})
    with pytest.raises(InputError, match="not come to an end"):
        work.run()
    left = work.steps()
    monkeypatch.setattr(executing, "PATIENCE", 30)
    work.run(parameters={"srs": "EPSG:2154"})
    assert f"still runs on the server ({left['execution']})" in deliveries.warned[0]
    assert deliveries.get(f"processings/executions/{left['execution']}")["status"] == "PROGRESS"
    deliveries.ask("POST", f"processings/executions/{left['execution']}/abort")


def test_what_another_wish_changed_and_broke_is_not_deleted(work, deliveries, monkeypatch):
    first = work.run()
    monkeypatch.setattr(executing, "PATIENCE", 0.3)
    deliveries.process.faults({"kind": "execution", "status": "PROGRESS"})
    with pytest.raises(InputError, match="not come to an end"):
        work.run(output={"stored_data": {"id": first.stored_data}}, parameters={})
    deliveries.ask("POST", f"processings/executions/{work.steps()['execution']}/abort")
    monkeypatch.setattr(executing, "PATIENCE", 30)
    work.run(parameters={"srs": "EPSG:2154"})
    assert deliveries.get(f"stored_data/{first.stored_data}")["status"] != "DELETED"


def test_parameters_are_checked_before_anything_is_sent(work, deliveries):
    with pytest.raises(InputError, match=r"has no parameter farbe. It has: srs, multigeom_layers, update, delete"):
        work.run(parameters={"farbe": "blau"})
    with pytest.raises(InputError, match="does not take this for update: 'ja' is not of type 'boolean'"):
        work.run(parameters={"update": "ja"})
    assert deliveries.written() == []


def test_a_storage_that_is_not_there_is_said_by_the_server(work, deliveries):
    deliveries.process.faults({"kind": "no_storage", "tag": "VECTEUR"})
    with pytest.raises(Exception, match="Aucun stockage ne porte") as refused:
        work.run()
    assert refused.value.status == 404
    assert work.run().now


# ---------------------------------------------------------------------- answers that are lost


@pytest.mark.parametrize("path", [EXECUTIONS, LAUNCH, "/tags$"], ids=["declaring", "launching", "tagging"])
def test_a_lost_answer_makes_nothing_twice(work, deliveries, path):
    deliveries.process.faults({"kind": "lost_answer", "path": path, "method": "POST"})
    done = work.run(tags={"datasheet_name": "Cantons"})
    assert work.one(done)
    assert (deliveries.count("POST", EXECUTIONS), deliveries.count("POST", LAUNCH)) == (1, 1)


@pytest.mark.parametrize("after", [False, True], ids=["not done", "done"])
@pytest.mark.parametrize("path", [EXECUTIONS, LAUNCH], ids=["declaring", "launching"])
def test_a_fault_of_the_server_is_looked_into(work, deliveries, path, after):
    deliveries.process.faults({"kind": "status", "status": 500, "path": path, "method": "POST", "after_body": after})
    assert work.one(work.run())


def test_what_may_still_come_is_left_to_the_next_run(work, deliveries, monkeypatch):
    """The request was not answered, and nothing is there yet: doing it again could do it twice."""
    deliveries.process.faults({"kind": "reset", "path": EXECUTIONS, "method": "POST"})
    with pytest.raises(Unreachable):
        work.run()
    assert deliveries.count("POST", EXECUTIONS) == 1
    assert work.one(work.run())


def test_two_at_once_deliver_and_make_nothing_twice(work, deliveries):
    office, file = deliveries.office(), deliveries.gpkg()
    with Store(deliveries.path) as store:
        job = making.Job(office, store, work.name, deliveries.watch)
        delivery, database = "delivery: two at once", f"{making.DATABASE}: {work.name}"
        for name, act in (
            (delivery, lambda: deliveries.dispatch(file, office=office, name="two at once")),
            (database, lambda: making.integrate(job, work.upload)),
        ):
            with sole_run(office.datastore.session, store, office.service, office.id, name), pytest.raises(StoreBusy):
                act()
    assert deliveries.written() == []


def test_what_was_declared_with_other_parameters_is_not_launched(work, deliveries, monkeypatch):
    with killed_at(monkeypatch, 2, after=False), pytest.raises(Killed):
        work.run()
    (left,) = deliveries.get("processings/executions?status=CREATED&limit=50")
    monkeypatch.setattr(executing.processings, "create", lost_before(executing.processings.create))
    done = work.run(parameters={"srs": "EPSG:2154"})
    assert done.execution != left["_id"]
    assert deliveries.get(f"processings/executions/{done.execution}")["parameters"]["srs"] == "EPSG:2154"
    assert deliveries.get(f"processings/executions/{left['_id']}")["status"] == "CREATED"
    deliveries.ask("DELETE", f"processings/executions/{left['_id']}")


def lost_before(create):
    """`create` that fails once before the server is asked, in a way that leaves open whether it did it."""
    faults = [ServerFault(status=500)]

    def creating(*args, **more):
        if faults:
            raise faults.pop()
        return create(*args, **more)

    return creating


@pytest.mark.parametrize(
    ("told", "wished", "same"),
    [
        ({"bottom": "10"}, {"bottom": 10}, True),
        ({"bottom": "10", "top": "8"}, {"bottom": "10"}, True),
        ({"bottom": "10", "top": "7"}, {"bottom": "10"}, False),
        ({"bottom": "11"}, {"bottom": "10"}, False),
        ({"update": True}, {"update": True, "filter": None, "list": []}, True),
        ({}, {"bottom": "10"}, False),
        ({"harvest_extras": "***"}, {"harvest_extras": "KEY=a"}, True),
        (None, {"bottom": "10"}, True),
    ],
)
def test_whether_an_execution_has_these_parameters(work, deliveries, told, wished, same):
    processing = executing.Processing("p", {"parameters": [{"name": "top", "default_value": "8"}]})
    office = deliveries.office()
    with deliveries.ledger(office) as ledger:
        found = executing._Execution(office, ledger, "x", processing, {"stored_data": {}}, deliveries.watch)
    assert found._is_told(executing.Execution("e", {"parameters": told}), wished) is same


@pytest.mark.parametrize("after", [False, True], ids=["before it is written", "after it is written"])
def test_a_kill_at_any_step_of_the_ledger_makes_nothing_twice(work, deliveries, monkeypatch, after):
    for number in count(1):
        work.name = f"killed {uuid.uuid4()}"
        deliveries.process.clear_journal()
        with killed_at(monkeypatch, number, after=after) as gone, contextlib.suppress(Killed):
            work.run()
        if not gone:
            break
        assert work.one(work.run()), number
        assert deliveries.count("POST", EXECUTIONS) == 1, number
    assert number == 3, "begun, done"


# ---------------------------------------------------------------------- bad ends


@pytest.mark.parametrize("status", ["FAILURE", "ABORTED"])
def test_a_bad_end_says_why_and_leaves_nothing_behind(work, deliveries, status):
    said = {"FAILURE": "failed", "ABORTED": "aborted"}[status]
    deliveries.process.faults({"kind": "execution", "status": status, "logs": ["Table illisible", "Fin du traitement"]})
    with pytest.raises(InputError) as failed:
        work.run()
    assert f"en base” {said} on the server: Table illisible; Fin du traitement" in str(failed.value)
    assert "run the operation again" in str(failed.value)
    assert work.all() == [] and work.steps() == {}
    assert work.one(work.run())


def test_success_with_errors_in_the_log_is_success(work, deliveries, monkeypatch):
    """The state is what the API says."""
    lines = ["2026-07-24 00:12:00,981ERROR||x||1||bad", "2026-07-24 00:12:00,981WARNING||x||1||columns renamed"]
    monkeypatch.setattr(executing.processings, "logs", lambda datastore, id: lines)
    done = work.run()
    assert done.warnings == ("columns renamed",)
    assert deliveries.warned == ["Intégration de données vecteur livrées en base: columns renamed"]


def test_what_was_there_before_is_not_deleted_when_its_update_fails(work, deliveries):
    first = work.run()
    deliveries.process.faults({"kind": "execution", "status": "FAILURE", "logs": ["Doublon"]})
    with pytest.raises(InputError, match="UNSTABLE now: services that use it may be down"):
        work.run(output={"stored_data": {"id": first.stored_data}}, parameters={})
    assert deliveries.get(f"stored_data/{first.stored_data}")["status"] == "UNSTABLE"


def test_an_update_goes_into_what_is_there(work, deliveries):
    first = work.run()
    second = work.run(output={"stored_data": {"id": first.stored_data}}, parameters={})
    assert second.stored_data == first.stored_data and second.execution != first.execution


def test_what_does_not_end_is_not_waited_for_for_ever(work, deliveries, monkeypatch):
    monkeypatch.setattr(executing, "PATIENCE", 0.3)
    deliveries.process.faults({"kind": "execution", "status": "PROGRESS"})
    with pytest.raises(
        InputError, match=r"not come to an end after 0 hours: in progress. It goes on. Run the operation"
    ):
        work.run()
    made = work.steps()
    deliveries.ask("POST", f"processings/executions/{made['execution']}/abort")
    monkeypatch.setattr(executing, "PATIENCE", 30)
    done = work.run()
    assert done.execution != made["execution"] and work.one(done), "what was aborted is made anew"


# ---------------------------------------------------------------------- cancelling


def cancelling(deliveries, seconds=0.4):
    """An office whose work is cancelled some time after the execution was launched; and when that was."""
    moments = []

    def cancelled():
        return bool(moments) and time.monotonic() > moments[0] + seconds

    def told(sentence):
        deliveries.said.append(sentence)
        if "in progress" in sentence and not moments:
            moments.append(time.monotonic())

    return deliveries.office(cancelled=cancelled), Watch(info=told, warning=deliveries.warned.append), moments


def test_a_cancel_aborts_it_on_the_server_and_the_next_run_starts_anew(work, deliveries):
    deliveries.process.faults({"kind": "execution", "status": "PROGRESS"})
    office, watch, moments = cancelling(deliveries)
    with pytest.raises(
        Interrupted, match="is aborted on the server; run the operation again to start it anew"
    ) as stopped:
        work.run(office, watch)
    assert isinstance(stopped.value.__cause__, Cancelled) and time.monotonic() - moments[0] < 2.4
    aborted = work.steps()["execution"]
    assert deliveries.count("POST", "/abort$") == 1
    done = work.run()
    assert done.execution != aborted and work.one(done), "what the aborted one left is gone"
    assert deliveries.get(f"processings/executions/{aborted}")["status"] == "ABORTED"


def test_a_cancel_that_came_too_late_uses_what_was_made(work, deliveries, monkeypatch):
    office, watch, _moments = cancelling(deliveries, 0)
    deliveries.process.entrepot_settings(execution_seconds=1)
    monkeypatch.setattr(executing.processings, "abort", lambda datastore, execution: None)
    with pytest.raises(Interrupted):
        work.run(office, watch)
    assert work.steps()["aborted"]
    assert work.one(work.run())
    assert deliveries.count("POST", EXECUTIONS) == 1


def test_a_cancel_that_does_not_reach_the_server_is_not_called_an_abort(work, deliveries):
    deliveries.process.faults(
        {"kind": "execution", "status": "PROGRESS"}, {"kind": "status", "status": 500, "path": "/abort$", "times": None}
    )
    office, watch, _moments = cancelling(deliveries)
    with pytest.raises(Interrupted, match="is still running on the server, which could not be told to abort it"):
        work.run(office, watch)
    made = work.steps()
    assert deliveries.get(f"processings/executions/{made['execution']}")["status"] == "PROGRESS"
    deliveries.process.faults()
    deliveries.ask("POST", f"processings/executions/{made['execution']}/abort")


def test_a_server_that_hangs_does_not_hold_up_a_cancel(work, deliveries):
    deliveries.process.faults(
        {"kind": "execution", "status": "PROGRESS"}, {"kind": "slow", "seconds": 8, "path": "/abort$", "times": None}
    )
    office, watch, moments = cancelling(deliveries, 0)
    with pytest.raises(Interrupted, match="could not be told to abort it"):
        work.run(office, watch)
    assert time.monotonic() - moments[0] < client_session.LAST_WORDS + 0.5
    deliveries.process.faults()


def test_a_cancel_aborts_what_tasks_have_under_way(deliveries):
    deliveries.process.faults({"kind": "execution", "status": "PROGRESS", "times": None})
    works = [Work(deliveries, f"task {number} {uuid.uuid4()}") for number in range(3)]
    moments = []
    office = deliveries.office(cancelled=lambda: len(moments) == 3)
    deliveries.process.clear_journal()

    def told(sentence):
        if "in progress" in sentence:
            moments.append(sentence)

    with Store(deliveries.path) as store:
        session = office.datastore.session
        ledgers = {one.name: Ledger(session, store, office.service, office.id, one.name) for one in works}

        def run(one):
            processing = office.processing("VECTOR-DB", upload="VECTOR")
            output = {"stored_data": {"name": one.name, "storage_tags": ["VECTEUR"]}}
            return execute(
                office, ledgers[one.name], "database", processing=processing, uploads=[one.upload], output=output,
                parameters={}, watch=Watch(info=told),
            )  # fmt: skip

        with pytest.raises(Cancelled):
            list(session.as_done(run, works))
        assert all(ledger.noted("database")["aborted"] for ledger in ledgers.values())
    assert deliveries.count("POST", "/abort$") == 3


# ---------------------------------------------------------------------- secrets


def test_no_secret_of_the_parameters_is_in_the_store(deliveries, monkeypatch):
    monkeypatch.setenv("HARVEST_KEY", "tout-a-fait-secret")
    office, sent = deliveries.office(), []
    monkeypatch.setattr(acting, "ATTEMPTS", 1)
    monkeypatch.setattr(executing.processings, "create", lambda *args, **options: sent.append(options) or fail())

    def fail():
        raise InputError("stop")

    with Store(deliveries.path) as store:
        job = making.Job(office, store, "secret", deliveries.watch)
        area = making.Zone(_square())
        with pytest.raises(InputError, match="stop"):
            making.harvest(
                job, "http://127.0.0.1:9/wms", "a", area=area, levels=[10], format="image/png",
                extras="apikey=$HARVEST_KEY",
            )  # fmt: skip
    assert sent[0]["parameters"]["harvest_extras"] == "apikey=tout-a-fait-secret"
    for file in deliveries.path.parent.glob(deliveries.path.name + "*"):
        assert b"tout-a-fait-secret" not in file.read_bytes()


def test_an_environment_variable_that_is_not_there_is_said(deliveries):
    with Store(deliveries.path) as store:
        job = making.Job(deliveries.office(), store, "secret", deliveries.watch)
        with pytest.raises(InputError, match="There is no environment variable NO_SUCH_KEY"):
            making.harvest(
                job,
                "",
                "a",
                area=making.Zone(_square()),
                levels=[10],
                format="image/png",
                extras="apikey=${NO_SUCH_KEY}",
            )


def _square():
    from osgeo import ogr

    return bytes(ogr.CreateGeometryFromWkt("POLYGON((2 48,3 48,3 49,2 49,2 48))").ExportToWkb(ogr.wkbNDR))
