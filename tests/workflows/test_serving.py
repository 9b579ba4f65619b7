"""Services: published, kept, changed, taken back; nothing twice, nothing left behind."""

import threading
from dataclasses import replace

import pytest

from geocollab.client.entrepot import configurations, files
from geocollab.client.errors import Cancelled, Forbidden, ServiceError
from geocollab.workflows.entrepot.finding import configured
from geocollab.workflows.entrepot.services import offered, service_work, serving, type_infos
from geocollab.workflows.entrepot.services.serving import CREATED, UNCHANGED, UPDATED, Place
from geocollab.workflows.entrepot.styles import styling
from geocollab.workflows.errors import InputError, Interrupted

# ---------------------------------------------------------------------- a new service


def test_a_wfs_is_published(desk):
    service = desk.wfs(tags={"datasheet_name": "fiche"})

    served = desk.serve(service)

    assert (served.state, served.status, served.open) == (CREATED, "PUBLISHED", True)
    assert served.layers == (f"{service.layer_name}:cantons",)
    assert [url.type for url in served.urls] == ["WFS"] and served.urls[0].url.startswith(desk.process.url)
    assert desk.written()[0] == ("POST", "configurations")
    assert [method for method, _path in desk.written()] == ["POST"] * 3  # configuration, its tags, offering
    made = desk.configuration(served)
    assert (made.tags, made.layer_name, made.status) == ({"datasheet_name": "fiche"}, service.layer_name, "PUBLISHED")
    assert made.type_infos["used_data"][0]["relations"] == [
        {"native_name": "cantons", "title": "Cantons", "abstract": "Les cantons", "keywords": ["limites"]}
    ]
    assert desk.said == [f"WFS “{service.layer_name}” is published."]


def test_without_tables_all_of_them_are_published(desk):
    service = replace(desk.wfs(), type_infos=type_infos.wfs(desk.data()))

    served = desk.serve(service)

    assert served.layers == (f"{service.layer_name}:cantons", f"{service.layer_name}:points")
    relations = desk.configuration(served).type_infos["used_data"][0]["relations"]
    assert relations[1] == {"native_name": "points", "title": "points", "abstract": "points"}


def test_a_wms_has_its_styles_named_after_its_configuration(desk):
    service = desk.wms()

    served = desk.serve(service)

    office = desk.office()
    (relation,) = desk.configuration(served).type_infos["used_data"][0]["relations"]
    static = files.statics.get(office.datastore, relation["style"])
    assert static.name == f"config_{served.configuration}_style_wmsv_cantons"
    assert desk.style(served) == service.sheets[0].text
    assert [method for method, _path in desk.written()] == ["POST", "POST", "PATCH", "POST"]


@pytest.mark.parametrize(
    ("type", "data", "infos"),
    [
        ("WMTS-TMS", "ROK4-PYRAMID-VECTOR", lambda id: type_infos.tiles(id, title="T", abstract="A")),
        ("WMS-RASTER", "ROK4-PYRAMID-RASTER", lambda id: type_infos.wms_raster(id, "9", "8", interpolation="LINEAR")),
        ("VECTOR-TMS", "VECTOR-DB", lambda id: type_infos.vector_tms(id)),
        ("DOWNLOAD", "ARCHIVE", lambda id: type_infos.download(id, "2026")),
        ("ALTIMETRY", "ROK4-PYRAMID-RASTER", lambda id: type_infos.altimetry(id, source="lidar", accuracy="1 m")),
    ],
)
def test_every_type_is_taken_by_the_server(desk, type, data, infos):
    more = {"type_infos": {"tms": "PM", "levels": ["9", "8"], "channels_number": 1, "channels_format": "FLOAT32"}}
    id = desk.data(data, **(more if type == "ALTIMETRY" else {}))
    service = serving.Service(type, "", desk.own(type.replace("-", "")), infos(id))

    served = desk.serve(service)

    assert (served.status, served.state) == ("PUBLISHED", CREATED)
    assert desk.serve(service).state == UNCHANGED
    used = desk.configuration(served).type_infos["used_data"][0]
    if type == "WMTS-TMS":
        assert (used["bottom_level"], used["top_level"]) == ("10", "8")


def test_on_a_restricted_endpoint(desk):
    served = desk.serve(desk.wfs(), Place(restricted=True))

    assert not served.open and not desk.offering(served).open
    assert "/private/" in served.urls[0].url


def test_a_named_endpoint(desk):
    (full, *_) = [e for e in desk.office().info.endpoints if e.type == "WFS" and not e.free]
    said = f"“{full.technical_name}” is full .{full.use} of {full.quota}.. .* another endpoint in ENDPOINT: .*open"
    with pytest.raises(InputError, match=said) as refused:
        desk.serve(desk.wfs(), Place(full.technical_name))
    roomy = [e.technical_name for e in desk.office().info.endpoints if e.type == "WFS" and e.free]
    assert roomy and all(f"{name} (" in str(refused.value) for name in roomy)
    with pytest.raises(InputError, match=r"“wfs-montreul” of type WFS here\. (Did you|There are)"):
        desk.serve(desk.wfs(), Place("wfs-montreul"))
    assert desk.here() == [] and desk.written() == []


def test_a_named_endpoint_is_full_as_all_others_are(desk):
    office = desk.office()
    (full, *_) = [e for e in office.info.endpoints if e.type == "WFS" and not e.free]
    alone = replace(office, info=replace(office.info, endpoints=(full,)))
    with pytest.raises(InputError, match="No other one of type WFS has room: unpublish a service"):
        alone.endpoint("WFS", wanted=full.name)


# ---------------------------------------------------------------------- nothing twice


@pytest.mark.parametrize("kind", ["wfs", "wms"])
def test_the_same_again_does_nothing(desk, kind):
    service = getattr(desk, kind)(tags={"theme": "Limites"}, extra={"_search": {"a": 1}})
    first = desk.serve(service)
    desk.process.clear_journal()

    second = desk.serve(service)

    assert second == replace(first, state=UNCHANGED)
    assert desk.written() == []


@pytest.mark.parametrize("path", ["statics", "configurations", "offerings"])
@pytest.mark.parametrize("fault", ["lost_answer", "status"])
def test_a_lost_answer_is_looked_for(desk, path, fault):
    more = {"status": 502, "after_body": True} if fault == "status" else {}
    desk.process.faults({"kind": fault, "method": "POST", "path": f"/{path}$", **more})

    served = desk.serve(desk.wms())

    assert served.status == "PUBLISHED"
    assert [name for name, _layer in desk.here()] == ["configuration", "offering"]
    posts = [
        path for method, path in desk.written() if method == "POST" and path.endswith(("statics", "configurations"))
    ]
    assert sorted(posts) == ["configurations", "statics"]


@pytest.mark.parametrize("step", ["create", "offer"])
def test_a_run_that_was_killed_is_gone_on_with(desk, step, monkeypatch):
    service = desk.wms()
    real = getattr(configurations, step)

    def killed(*args, **more):
        real(*args, **more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(
            service_work.api if step == "offer" else serving,
            "offer" if step == "offer" else "create_configuration",
            killed,
        )
        office = desk.office()
        with pytest.raises(KeyboardInterrupt):
            serving.serve(office, desk.ledger(office), "service", service, Place(), None, desk.watch)
    changed = replace(service, name="Autre nom")

    served = desk.serve(changed)

    assert (served.state, served.status) == (CREATED, "PUBLISHED")
    assert [kind for kind, _name in desk.here()] == ["configuration", "offering"]
    assert desk.configuration(served).name == "Autre nom"


# ---------------------------------------------------------------------- other settings


def test_what_is_not_said_stays(desk):
    link = {"format": "application/xml", "url": "https://ex.example/r.xml", "type": "ISO19115:2003"}
    attribution = {"title": "Ville", "url": "https://ville.example"}
    data = desk.data()
    desk.serve(desk.wfs(data, attribution=attribution, metadata=[link], tags={"datasheet_name": "fiche"}))
    desk.process.clear_journal()
    other = {**link, "url": "https://ex.example/autre.xml"}
    wish = type_infos.wfs(data, [type_infos.Feature("points", title="Points"), type_infos.Feature("cantons")])

    served = desk.serve(serving.Service("WFS", "", desk.own(), wish, metadata=[other]))

    assert (served.state, served.status) == (UPDATED, "PUBLISHED")
    assert desk.verbs() == [("PUT", "configurations"), ("PUT", "offerings")]
    now = desk.configuration(served)
    assert now.type_infos["used_data"][0]["relations"] == [
        {"native_name": "points", "title": "Points", "abstract": "Points"},
        {"native_name": "cantons", "title": "Cantons", "abstract": "Les cantons", "keywords": ["limites"]},
    ]
    assert (now.raw["attribution"], now.metadata, now.name) == (attribution, [link, other], "Cantons")
    assert served.layers == (f"{desk.own()}:points", f"{desk.own()}:cantons")


def test_a_swap_keeps_layer_offering_and_permissions(desk):
    old, new = desk.data(), desk.data()
    first = desk.serve(desk.wfs(old))

    second = desk.serve(serving.Service("WFS", "", desk.own(), type_infos.wfs(new)))

    assert (second.offering, second.state) == (first.offering, UPDATED)
    (used,) = desk.configuration(second).type_infos["used_data"]
    assert (used["stored_data"], [one["native_name"] for one in used["relations"]]) == (new, ["cantons"])


def test_another_style_is_put_into_the_same_static(desk):
    first = desk.serve(desk.wms())
    static = desk.configuration(first).type_infos["used_data"][0]["relations"][0]["style"]
    desk.process.clear_journal()
    text = styling.plain_sld("autre", "geometry(Polygon,2154)")
    data = desk.configuration(first).stored_data[0]

    second = desk.serve(desk.wms(data, text))

    assert (second.state, desk.style(second)) == (UPDATED, text)
    assert desk.verbs() == [("PUT", "statics"), ("PUT", "offerings")]
    assert desk.configuration(second).type_infos["used_data"][0]["relations"][0]["style"] == static


def test_tags_alone_need_no_synchronisation(desk):
    service = desk.wfs()
    desk.serve(service)
    desk.process.clear_journal()

    assert desk.serve(replace(service, tags={"theme": "Limites"})).state == UPDATED
    assert desk.verbs() == [("POST", "configurations/…/tags")]


def test_a_stopped_update_is_made_live_by_the_next_run(desk, monkeypatch):
    service = desk.wfs()
    desk.serve(service)
    changed = replace(service, name="Autre nom")
    office = desk.office()
    found = configured(office, "WFS", service.layer_name)
    with monkeypatch.context() as patch:
        patch.setattr(offered.api, "synchronise", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            serving.serve(office, desk.ledger(office), "service", changed, Place(), found, desk.watch)
    desk.process.clear_journal()

    assert desk.serve(changed).state == UPDATED
    assert desk.verbs() == [("PUT", "offerings")]


def test_an_offering_that_was_hidden_is_published_again(desk):
    service = desk.wfs()
    first = desk.serve(service)
    assert not serving.take_away(desk.office(), first.offering, for_good=False)
    assert desk.offering(first).status == "UNPUBLISHED"

    second = desk.serve(service)

    assert (second.offering, second.status, second.state) == (first.offering, "PUBLISHED", UPDATED)


def test_an_offering_that_is_gone_is_made_anew(desk):
    service = desk.wfs()
    first = desk.serve(service)
    assert serving.take_away(desk.office(), first.offering)

    second = desk.serve(service)

    assert (second.configuration, second.state, second.status) == (first.configuration, CREATED, "PUBLISHED")
    assert second.offering != first.offering


def test_data_is_not_left_open_by_mistake(desk):
    service = desk.wfs()
    desk.serve(service)
    with pytest.raises(InputError, match="is published on an open endpoint"):
        desk.serve(service, Place(restricted=True))
    private = next(e for e in desk.office().info.endpoints if e.type == "WFS" and not e.open)

    both = desk.serve(service, Place(private.technical_name))

    assert (both.state, both.open) == (CREATED, False)
    offerings = [name for kind, name in desk.here() if kind == "offering"]
    assert len(offerings) == 2
    assert desk.serve(service, Place(private.id)) == replace(both, state=UNCHANGED)
    for place in (Place(restricted=True), Place(private.id, restricted=True)):
        with pytest.raises(InputError, match="is published on an open endpoint"):
            desk.serve(service, place)


def test_an_open_endpoint_is_not_restricted(desk):
    public = next(e for e in desk.office().info.endpoints if e.type == "WFS" and e.open and e.free)
    with pytest.raises(InputError, match="is open: everybody could use the service"):
        desk.serve(desk.wfs(), Place(public.id, restricted=True))
    assert desk.written() == [] and desk.here() == []


@pytest.mark.parametrize("told", [False, True], ids=["answer not written down", "written down"])
@pytest.mark.parametrize("restricted", [True, False])
def test_a_stopped_run_leaves_nothing_where_it_is_not_wished(desk, monkeypatch, told, restricted):
    service, office = desk.wfs(), desk.office()

    def killed(*args, **more):
        if not told:
            real(*args, **more)
        raise KeyboardInterrupt

    real, where = (None, (serving, "live")) if told else (configurations.offer, (service_work.api, "offer"))
    with monkeypatch.context() as patch:
        patch.setattr(*where, killed)
        with pytest.raises(KeyboardInterrupt):
            serving.serve(
                office, desk.ledger(office), "service", service, Place(restricted=not restricted), None, desk.watch
            )
    assert [kind for kind, _name in desk.here()] == ["configuration", "offering"]

    served = desk.serve(service, Place(restricted=restricted))

    assert (served.status, served.open) == ("PUBLISHED", not restricted)
    assert [kind for kind, _name in desk.here()] == ["configuration", "offering"]
    assert desk.offering(served).status == "PUBLISHED"


def test_a_stopped_run_does_not_hide_that_somebody_left_it_open(desk, monkeypatch):
    service, office = desk.wfs(), desk.office()
    ledger = desk.ledger(office)
    served = serving.serve(office, ledger, "service", service, Place(), None, desk.watch)
    ledger.undo("service offering")  # it is another's
    with pytest.raises(InputError, match="is published on an open endpoint"):
        desk.serve(service, Place(restricted=True))
    assert desk.offering(served).status == "PUBLISHED"


def test_what_is_restricted_stays_so(desk):
    service = desk.wfs()
    desk.serve(service, Place(restricted=True))
    assert not desk.serve(replace(service, name="Autre nom")).open


# ---------------------------------------------------------------------- what fails


def test_an_unstable_offering_leaves_nothing(desk):
    desk.process.entrepot_settings(offering_fails=1)
    with pytest.raises(
        InputError, match=r"could not publish WMS-VECTOR.* Look whether .* What had been made for it was taken back"
    ):
        desk.serve(desk.wms())
    office = desk.office()
    assert desk.here(office) == [] and desk.ledger(office).steps == []
    assert [one.name for one in files.statics.list(office.datastore) if "tmp_" in one.name] == []

    assert desk.serve(desk.wms()).status == "PUBLISHED"


@pytest.mark.parametrize("regime", ["one", "two"])
@pytest.mark.parametrize("form", ["string", "message", "html", None])
def test_a_refused_offering_leaves_nothing(desk, regime, form):
    desk.process.entrepot_settings(offering_deletion=regime)
    odd = [{"kind": "error_form", "form": form, "times": None}] if form else []
    desk.process.faults(
        {"kind": "status", "status": 409, "message": "Quota atteint", "method": "POST", "path": "/offerings$"}, *odd
    )
    with pytest.raises(Interrupted, match="What had been made for it was taken back") as refused:
        desk.serve(desk.wms())
    assert isinstance(refused.value.__cause__, ServiceError) and refused.value.__cause__.status == 409
    assert desk.here() == []


def test_what_cannot_be_taken_back_is_told(desk):
    desk.process.entrepot_settings(offering_fails=1)
    desk.process.faults(
        {"kind": "status", "status": 500, "method": "DELETE", "path": "/configurations/", "times": None}
    )
    with pytest.raises(InputError, match=r"These could not be taken back: configuration [0-9a-f-]{36} \("):
        desk.serve(desk.wfs())
    desk.process.faults()

    served = desk.serve(desk.wfs())

    assert (served.status, [kind for kind, _name in desk.here()]) == ("PUBLISHED", ["configuration", "offering"])


def test_an_endpoint_that_became_full_meanwhile(desk):
    desk.process.faults({"kind": "endpoint_full", "endpoint": "gpf-geoserver-wfs"})
    with pytest.raises(Interrupted) as refused:
        desk.serve(desk.wfs())
    assert refused.value.__cause__.status == 409 and desk.here() == []


def test_a_name_that_others_have(desk):
    service, office = desk.wfs(), desk.office()
    desk.serve(service)
    at, ledger = office.endpoint("WFS"), desk.ledger(office, "autre")
    with pytest.raises(InputError, match=r"This datastore has a WFS service .* already: configuration"):
        serving.publish(office, ledger, "service", service.at(at), desk.watch)

    ids = desk.process.entrepot()["ids"]["datastore"]
    taken = desk.own("pris")
    desk.process.entrepot_entity(
        "configurations",
        datastore=ids["sdis"],
        type="WMS-VECTOR",
        layer_name=taken,
        name="x",
        status="UNPUBLISHED",
        type_infos={"used_data": []},
    )
    with pytest.raises(
        InputError, match="is taken on the platform by a WMS-VECTOR service that is not of this"
    ) as told:
        desk.serve(replace(desk.wms(), layer_name=taken))
    assert "choose another layer name" in str(told.value) and "taken back" in str(told.value)
    assert ("configuration", taken) not in desk.here() and ("static", taken) not in desk.here()
    assert [static.name for static in files.statics.list(desk.office().datastore) if taken in static.name] == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"type_infos": type_infos.wfs("00000000-0000-4000-8000-000000000000")}, "There is no stored data 00000000"),
        ({"layer_name": "deux mots"}, "cannot be the name of a published layer"),
        ({"layer_name": ""}, "The published layer needs a name"),
    ],
)
def test_what_is_refused_before_anything_is_sent(desk, change, sentence):
    with pytest.raises(InputError, match=sentence):
        desk.serve(replace(desk.wfs(), **change))
    assert desk.written() == []


def test_tables_and_levels_that_are_not_there(desk):
    wish = type_infos.wfs(desk.data(), [type_infos.Feature("communes")])
    with pytest.raises(InputError, match="no table “communes”; it has cantons, points"):
        desk.serve(replace(desk.wfs(), type_infos=wish))
    wish = type_infos.tiles(desk.data("ROK4-PYRAMID-VECTOR"), "12", "8")
    with pytest.raises(InputError, match="has no level 12; it has 10, 9, 8"):
        desk.serve(serving.Service("WMTS-TMS", "", desk.own(), wish))
    wish = type_infos.wfs(desk.data("ARCHIVE"))
    with pytest.raises(InputError, match="is stored data of the type ARCHIVE; here VECTOR-DB is needed"):
        desk.serve(replace(desk.wfs(), type_infos=wish))
    wish = type_infos.wfs(desk.data(status="GENERATING"))
    with pytest.raises(InputError, match="is GENERATING: it can be published once it is GENERATED"):
        desk.serve(replace(desk.wfs(), type_infos=wish))
    assert desk.written() == []


def test_an_endpoint_that_insists_on_attribution_and_metadata(desk):
    office = desk.office()
    forced = ("force_attribution", "force_metadata")
    words = {"force_attribution": "“Attribution”.*ATTRIBUTION_URL", "force_metadata": "“Links to metadata”"}
    for members in ((forced[0],), (forced[1],), forced):
        endpoint = replace(office.endpoint("WFS"), **dict.fromkeys(members, True))
        strict = replace(office, info=replace(office.info, endpoints=(endpoint,)))
        with pytest.raises(InputError, match=".*".join(words[member] for member in members)):
            desk.serve(desk.wfs(), office=strict)
    assert desk.written() == []


def test_a_failed_update_is_put_back(desk):
    service = desk.wms()
    first = desk.serve(service)
    before = desk.configuration(first)
    desk.process.entrepot_settings(offering_fails=1)
    text = styling.plain_sld("autre", "geometry(Polygon,2154)")
    more = (*(replace(sheet, text=text) for sheet in service.sheets), serving.Sheet(text, "points"))
    wish = type_infos.wms_vector(before.stored_data[0], ["points", "cantons"], title="Autre titre")

    with pytest.raises(
        InputError, match=r"could not publish WMS-VECTOR.* Look whether .* The service was put back as it was"
    ):
        desk.serve(replace(service, type_infos=wish, sheets=more))

    now = desk.configuration(first)
    assert now.type_infos == before.type_infos and now.name == before.name
    assert desk.style(first) == service.sheets[0].text
    assert desk.offering(first).status == "PUBLISHED"
    assert len([one for one in files.statics.list(desk.office().datastore) if first.configuration in one.name]) == 1


def test_an_update_that_cannot_be_put_back_is_told(desk):
    service = desk.wfs()
    desk.serve(service)
    desk.process.entrepot_settings(offering_fails=2)
    with pytest.raises(InputError, match=r"It could not be put back as it was: .* Run “Synchronise a service” later"):
        desk.serve(replace(service, name="Autre nom"))
    assert desk.serve(replace(service, name="Autre nom")).status == "PUBLISHED"


def test_without_the_right_nothing_is_left(desk):
    office = desk.office(datastore="sdis")
    id = desk.process.entrepot_entity(
        "stored_data", datastore=office.id, name="x", type="VECTOR-DB", status="GENERATED",
        type_infos={"relations": [{"name": "t", "attributes": {"geom": "geometry"}}]},
    )["_id"]  # fmt: skip
    service = serving.Service("WFS", "x", desk.own(), type_infos.wfs(id))
    with pytest.raises(Interrupted) as refused:
        desk.serve(service, office=office)
    assert isinstance(refused.value.__cause__, Forbidden) and desk.here(office) == []


# ---------------------------------------------------------------------- stopped


def test_waiting_that_takes_too_long_goes_on_next_time(desk, monkeypatch):
    desk.process.entrepot_settings(publication_seconds=-1)
    monkeypatch.setattr(offered, "PATIENCE", 0.01)
    with pytest.raises(Interrupted, match="goes on waiting"):
        desk.serve(desk.wfs())
    monkeypatch.undo()
    (offering,) = [
        one for one in configurations.offerings.list(desk.office().datastore) if one.layer_name == desk.own()
    ]
    assert offering.status == "PUBLISHING"
    desk.process.entrepot_entity("offerings", id=offering.id, private={"due": {"then": "PUBLISHED", "at": 0}})

    assert (desk.serve(desk.wfs()).offering, len(desk.here())) == (offering.id, 2)


def test_a_cancel_leaves_what_can_be_gone_on_with(desk):
    desk.process.entrepot_settings(publication_seconds=0.5)
    asked = []
    office = desk.office(cancelled=lambda: bool(asked))
    told = desk.watch
    told._info = lambda text: None

    def at_the_offering():
        if any(path.endswith("offerings") for method, path in desk.written() if method == "POST"):
            asked.append(True)
        return bool(asked)

    office.datastore.session._cancelled = at_the_offering
    with pytest.raises(Cancelled):
        serving.serve(office, desk.ledger(office), "service", desk.wfs(), Place(), None, told)

    assert desk.serve(desk.wfs()).status == "PUBLISHED"
    assert [kind for kind, _name in desk.here()] == ["configuration", "offering"]


def test_several_at_once_in_tasks(desk):
    office, data = desk.office(), desk.data()
    threads = set()
    desk.watch._info = lambda text: threads.add(threading.current_thread())

    def publish(number):
        ledger = desk.ledger(office, f"lot {number}")
        service = desk.wms(data, layer_name=desk.own(f"lot{number}"))
        return serving.serve(office, ledger, "service", service, Place(), None, desk.watch)

    done = dict(office.datastore.session.as_done(publish, range(4)))

    assert [done[number].status for number in range(4)] == ["PUBLISHED"] * 4
    assert threads == {threading.current_thread()}


# ---------------------------------------------------------------------- unpublished


@pytest.mark.parametrize("regime", ["one", "two"])
def test_for_good_with_configuration_and_styles(desk, regime):
    desk.process.entrepot_settings(offering_deletion=regime)
    served = desk.serve(desk.wms())
    desk.process.clear_journal()

    ended = serving.unpublish(desk.office(), served.offering, desk.watch)

    assert ended.gone and ended.configuration == served.configuration and len(ended.statics) == 1
    assert desk.here() == []
    deleted = [path.split("/")[0] for method, path in desk.written() if method == "DELETE"]
    assert deleted == ["offerings"] * (2 if regime == "two" else 1) + ["configurations", "statics"]


@pytest.mark.parametrize(("regime", "gone"), [("one", True), ("two", False)])
@pytest.mark.parametrize("fault", [{}, {"kind": "lost_answer", "method": "DELETE"}])
def test_hidden_where_the_platform_can_do_that(desk, regime, gone, fault):
    desk.process.entrepot_settings(offering_deletion=regime)
    served = desk.serve(desk.wfs())
    if fault:
        desk.process.faults(fault)

    ended = serving.unpublish(desk.office(), served.offering, desk.watch, for_good=False)

    assert (ended.gone, ended.configuration) == (gone, "")
    assert [kind for kind, _name in desk.here()] == (["configuration"] if gone else ["configuration", "offering"])
    if not gone:
        assert serving.synchronise(desk.office(), served.offering, desk.watch).status == "PUBLISHED"
        assert not serving.unpublish(desk.office(), served.offering, desk.watch, for_good=False).gone


def test_a_style_that_another_service_uses_stays(desk):
    served = desk.serve(desk.wms())
    infos = desk.configuration(served).type_infos
    other = desk.serve(serving.Service("WMS-VECTOR", "x", desk.own("autre"), infos))

    ended = serving.unpublish(desk.office(), served.offering, desk.watch)

    assert ended.configuration == served.configuration and ended.statics == ()
    assert desk.style(other)


def test_a_configuration_with_another_offering_stays(desk):
    service = desk.wfs()
    first = desk.serve(service)
    private = next(e for e in desk.office().info.endpoints if e.type == "WFS" and not e.open)
    second = desk.serve(service, Place(private.id))

    assert serving.unpublish(desk.office(), first.offering, desk.watch).configuration == ""
    assert desk.offering(second).status == "PUBLISHED"


def test_an_unstable_offering_can_be_unpublished(desk):
    served = desk.serve(desk.wfs())
    desk.process.entrepot_settings(offering_fails=1)
    with pytest.raises(InputError, match=r"could not publish WFS “.*ask the support") as failed:
        serving.synchronise(desk.office(), served.offering, desk.watch)
    assert "UNSTABLE" not in str(failed.value)
    assert serving.unpublish(desk.office(), served.offering, desk.watch).gone
    assert desk.here() == []


def test_a_synchronisation_whose_answer_was_lost(desk):
    desk.process.entrepot_settings(publication_seconds=0.3)
    served = desk.serve(desk.wfs())
    desk.process.faults({"kind": "lost_answer", "method": "PUT", "path": "/offerings/"})
    assert serving.synchronise(desk.office(), served.offering, desk.watch).status == "PUBLISHED"
