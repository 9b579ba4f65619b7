"""Metadata records: written as the schema and cartes.gouv.fr want them, read back, changed without losing anything."""

from dataclasses import fields, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from geocollab.workflows.entrepot.descriptions import record_xml as iso
from geocollab.workflows.entrepot.descriptions.record_facts import tidied
from geocollab.workflows.entrepot.descriptions.records import (
    Contact,
    Facts,
    Link,
    facts_of,
    identifier_for,
    identifier_of,
    problems,
    record,
    same,
    updated,
)
from geocollab.workflows.entrepot.descriptions.vocabulary import FREQUENCIES, TOPICS
from geocollab.workflows.errors import InputError

CANTONS = Facts(
    identifier="SANDBOX.f0e1",
    title="Cantons du Jura & d’ailleurs",
    abstract="Les cantons.\nDeux lignes <b>.",
    themes=("Unités administratives",),
    keywords=("cantons", "élections"),
    topics=("boundaries",),
    contact=Contact("Département", "sig@jura.example"),
    producers=(Contact("Département", "sig@jura.example", "", "owner"), Contact("IGN", "", "Un nom", "publisher")),
    licence="Licence Ouverte 2.0",
    open=True,
    frequency="annually",
    creation="2024-01-02",
    revision="2025-05-06",
    extent=(5.25, 46.26, 6.2, 47.306),
    crs="EPSG:2154",
    scale=25000,
    lineage="Numérisés.",
    thumbnail="https://data.example/annexes/d/thumbnail/1.png",
    links=(
        Link("https://data.example/wfs?SERVICE=WFS&REQUEST=GetCapabilities", "OGC:WFS", "cantons:cantons"),
        Link("https://data.example/wms-v", "OGC:WMS", "cantons", open=False),
        Link("https://other.example/notice.pdf", description="Notice"),
    ),
    stamp="2026-01-01T08:00:00Z",
)
"""A record where everything is said."""

words = st.text(max_size=40)
"""Any text: control characters, surrogates, what turns the writing direction, markup."""
contacts = st.builds(Contact, words, words, words, st.sampled_from(["pointOfContact", "owner", "author"]))
links = st.builds(
    Link,
    words,
    st.sampled_from(["", "OGC:WFS", "OGC:WMS", "WWW:DOWNLOAD-1.0-http--download"]),
    words,
    words,
    st.booleans(),
)
days = st.one_of(st.just(""), st.dates().map(str), st.datetimes().map(lambda moment: moment.isoformat() + "Z"))
degrees = st.floats(-90, 90)
any_facts = st.builds(
    Facts,
    identifier=words,
    title=words,
    abstract=words,
    level=st.sampled_from(["", "dataset", "series"]),
    language=st.sampled_from(["", "fre", "eng"]),
    themes=st.lists(words, max_size=3).map(tuple),
    keywords=st.lists(words, max_size=4).map(tuple),
    topics=st.lists(st.sampled_from(list(TOPICS)), max_size=3).map(tuple),
    contact=st.one_of(st.none(), contacts),
    producers=st.lists(contacts, max_size=3).map(tuple),
    licence=words,
    open=st.sampled_from([None, True, False]),
    frequency=st.sampled_from(["", *FREQUENCIES]),
    creation=days,
    publication=days,
    revision=days,
    extent=st.one_of(st.none(), st.tuples(degrees, degrees, degrees, degrees)),
    crs=st.sampled_from(["", "EPSG:2154", "EPSG:4326", "IGNF:RGF93LAMB93"]),
    representation=st.sampled_from(["", "vector", "grid"]),
    scale=st.one_of(st.none(), st.integers(1, 10**9)),
    lineage=words,
    thumbnail=words,
    links=st.lists(
        links, max_size=3, unique_by=lambda link: tuple(map(iso.clean, (link.url, link.protocol, link.name)))
    ).map(tuple),
    stamp=days,
)


def elements(xml):
    return [element for element in etree.fromstring(xml).iter() if isinstance(element.tag, str)]


# ---------------------------------------------------------------------- written


def test_everything_that_is_said_is_read_back():
    read = facts_of(record(CANTONS))

    assert read == replace(CANTONS, level="dataset", language="fre", representation="vector")


def test_the_same_facts_give_the_same_bytes():
    assert record(CANTONS) == record(replace(CANTONS))


def test_a_later_writing_differs_by_its_stamp_alone():
    later = record(replace(CANTONS, stamp="2026-02-02T08:00:00Z"))

    assert later.replace(b"2026-02-02T08:00:00Z", b"2026-01-01T08:00:00Z") == record(CANTONS)
    assert same(later, record(CANTONS))


@given(facts=any_facts)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_comes_back_as_xml_can_hold_it(facts):
    wanted = tidied(facts)
    read = facts_of(record(facts))

    for field in fields(Facts):
        name, told, found = field.name, getattr(wanted, field.name), getattr(read, field.name)
        if name == "contact" and told is None:
            told = replace(wanted.producers[0], role="pointOfContact") if wanted.producers else None
        if name == "links":
            told = tuple(
                link for link in told if link.url or link.protocol or link.name or link.description or not link.open
            )
            found = tuple(link for link in found if link != Link(""))
        default = {"level": "dataset", "language": "fre", "frequency": "unknown", "representation": "vector"}
        assert found == (told or default.get(name, told)), name


@given(facts=any_facts)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_every_element_stands_where_the_schema_wants_it(facts):
    for element in elements(record(facts)):
        order = iso.ORDER.get(etree.QName(element).localname)
        if order:
            ranks = [order.split().index(etree.QName(child).localname) for child in element]
            assert ranks == sorted(ranks)


def test_plain_texts_are_untouched():
    plain = Facts(identifier="a", title="Forêts – « état » 2026", abstract="a\n\tb", keywords=("l'eau", "\u202eabc"))

    read = facts_of(record(plain))
    assert (read.title, read.abstract, read.keywords) == (plain.title, plain.abstract, plain.keywords)


def test_what_cartes_gouv_reads_is_there():
    """The places and spellings that its reader looks for; without the first four it fails."""
    root = etree.fromstring(record(CANTONS))
    found = {path: root.xpath(path, namespaces=iso.NAMESPACES) for path in (
        "string(gmd:fileIdentifier/gco:CharacterString)",
        "string(gmd:language/gmd:LanguageCode/@codeListValue)",
        "string(gmd:language/gmd:LanguageCode)",
        "string(gmd:hierarchyLevel/gmd:MD_ScopeCode/@codeListValue)",
        "string(gmd:dateStamp/gco:DateTime)",
        "string(//gmd:MD_DataIdentification/gmd:citation/gmd:CI_Citation/gmd:title/gco:CharacterString)",
        "string(//gmd:MD_DataIdentification/gmd:resourceMaintenance//gmd:MD_MaintenanceFrequencyCode/@codeListValue)",
        "string(//gmd:thesaurusName/../gmd:keyword)",
        "string(//gmd:onLine/gmd:CI_OnlineResource[normalize-space(gmd:protocol)='OGC:WMS']/gmd:applicationProfile"
        "/gmx:Anchor/@xlink:href)",
    )}  # fmt: skip

    assert list(found.values()) == [
        "SANDBOX.f0e1", "fre", "français", "dataset", "2026-01-01T08:00:00Z", CANTONS.title, "annually",
        found["string(//gmd:thesaurusName/../gmd:keyword)"],
        "http://inspire.ec.europa.eu/metadata-codelist/SpatialDataServiceType/other",
    ]  # fmt: skip
    assert found["string(//gmd:thesaurusName/../gmd:keyword)"].strip() == "Unités administratives"
    assert b"<gmd:keyword>" in record(CANTONS)


# ---------------------------------------------------------------------- changed


def test_facts_that_are_said_already_leave_the_bytes_alone():
    xml = record(CANTONS).replace(b"  ", b" ")

    assert updated(xml, replace(CANTONS, stamp="2027-01-01T00:00:00Z")) == xml


@given(facts=any_facts)
@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
def test_a_record_changed_twice_for_the_same_is_changed_once(facts):
    once = updated(record(CANTONS), facts)

    assert updated(once, replace(facts, stamp="2030-01-01")) == once


def test_what_is_not_said_stays():
    changed = facts_of(updated(record(CANTONS), Facts("SANDBOX.f0e1", title="Cantons", stamp="2027-01-01")))

    assert changed == replace(facts_of(record(CANTONS)), title="Cantons", stamp="2027-01-01")


def test_what_we_do_not_know_stays():
    root = etree.fromstring(record(CANTONS))
    about = iso.find(root, "gmd:identificationInfo/gmd:MD_DataIdentification")
    iso.put(about, "gmd:purpose", "Décider")
    iso.put(iso.add(about, "gmd:descriptiveKeywords/gmd:MD_Keywords"), "gmd:keyword", "Jura")
    places = iso.find_all(about, "gmd:descriptiveKeywords/gmd:MD_Keywords")[-1]
    iso.put_code(places, "gmd:type/gmd:MD_KeywordTypeCode", "place")
    owner = iso.find(about, "gmd:pointOfContact/gmd:CI_ResponsibleParty")
    iso.put(owner, "gmd:contactInfo/gmd:CI_Contact/gmd:phone/gmd:CI_Telephone/gmd:voice", "0102030405")
    root.insert(0, etree.Comment("mine"))
    styles = iso.add(root, "gmd:distributionInfo")
    root.remove(styles)
    iso.find(root, "gmd:distributionInfo//gmd:onLine").set("type", "document")

    changed = updated(
        etree.tostring(root),
        replace(CANTONS, keywords=("autre",), producers=(replace(CANTONS.producers[0], email="new@jura.example"),)),
    )

    for kept in (b"D\xc3\xa9cider", b"Jura<", b"0102030405", b"<!--mine-->", b'type="document"', b"publisher"):
        assert kept in changed
    read = facts_of(changed)
    assert read.keywords == ("autre",)
    assert read.producers[0].email == "new@jura.example"


def test_another_organisation_does_not_inherit_the_telephone():
    root = etree.fromstring(record(CANTONS))
    iso.put(
        root,
        "gmd:contact/gmd:CI_ResponsibleParty/gmd:contactInfo/gmd:CI_Contact/gmd:phone/gmd:CI_Telephone/gmd:voice",
        "01",
    )

    changed = updated(etree.tostring(root), Facts(contact=Contact("Région", "sig@region.example")))

    assert facts_of(changed).contact == Contact("Région", "sig@region.example")
    assert b">01<" not in changed


def test_the_services_of_our_host_are_replaced_others_stay():
    services = (
        Link("https://data.example/tms/", "OGC:TMS", "cantons"),
        Link("https://data.example/wms-v", "OGC:WMS", "cantons", open=True),
    )
    xml = updated(record(CANTONS), Facts(links=(Link("https://elsewhere.example/wfs", "OGC:WFS", "a"),)))

    read = facts_of(updated(xml, Facts(links=services)))

    assert set(read.links) == {*services, CANTONS.links[2], Link("https://elsewhere.example/wfs", "OGC:WFS", "a")}


def test_a_description_that_somebody_gave_a_service_stays():
    described = replace(CANTONS.links[0], description="Le flux")
    xml = record(replace(CANTONS, links=(described,)))

    assert facts_of(updated(xml, Facts(links=(CANTONS.links[0],)))).links == (described,)


@pytest.mark.parametrize(("before", "after"), [(True, False), (False, True), (None, True)])
def test_access_changes_and_the_licence_stays(before, after):
    xml = updated(record(replace(CANTONS, open=before)), Facts(open=after))

    read = facts_of(xml)
    assert (read.open, read.licence) == (after, "Licence Ouverte 2.0")


def test_a_date_of_one_kind_leaves_the_others():
    read = facts_of(updated(record(CANTONS), Facts(revision="2026-06-01")))

    assert (read.creation, read.revision) == ("2024-01-02", "2026-06-01")


# ---------------------------------------------------------------------- read


@pytest.mark.parametrize(
    "said",
    [
        "EPSG:2154",
        "http://www.opengis.net/def/crs/EPSG/0/2154",
        "urn:ogc:def:crs:EPSG::2154",
        "urn:ogc:def:crs:EPSG:6.9:2154",
        "RGF93 / Lambert-93 (EPSG:2154)",
    ],
)
def test_the_coordinate_system_is_read_from_all_its_spellings(said):
    root = etree.fromstring(record(Facts("a")))
    path = "gmd:referenceSystemInfo/gmd:MD_ReferenceSystem/gmd:referenceSystemIdentifier/gmd:RS_Identifier/gmd:code"
    iso.put(root, path, said)

    assert facts_of(etree.tostring(root)).crs == "EPSG:2154"


def test_an_empty_record_says_nothing():
    assert facts_of(iso.written(iso.empty())) == Facts()


@pytest.mark.parametrize(
    ("xml", "word"),
    [
        (b"", "well-formed"),
        (b"not xml", "well-formed"),
        (b"<a/>", "root"),
        (b'<mdb:MD_Metadata xmlns:mdb="http://standards.iso.org/iso/19115/-3/mdb/2.0"/>', "19115-3"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "DOCTYPE"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"), "DOCTYPE"),
    ],
)
def test_what_is_no_record_is_refused_with_a_sentence(xml, word):
    for read in (facts_of, identifier_of, lambda content: updated(content, CANTONS)):
        with pytest.raises(InputError, match=word):
            read(xml)


@given(xml=st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_a_record_or_refused(xml):
    for content in (xml, b'<MD_Metadata xmlns="http://www.isotc211.org/2005/gmd">' + xml + b"</MD_Metadata>"):
        try:
            facts_of(content)
        except InputError:
            continue


# ---------------------------------------------------------------------- identifiers, what is wrong


def test_an_identifier_is_that_of_its_names_and_has_the_prefix():
    one = identifier_for("SANDBOX", "https://data.example/api", "d1", "Cantons")

    assert one == identifier_for("SANDBOX.", "https://data.example/api", "d1", "Cantons")
    assert one.startswith("SANDBOX.")
    assert one != identifier_for("SANDBOX", "https://data.example/api", "d2", "Cantons")
    assert not problems(replace(CANTONS, identifier=one), "SANDBOX")
    assert "." not in identifier_for("", "x")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"identifier": "with blank"}, "letters"),
        ({"identifier": ""}, "letters"),
        ({"identifier": "other.1"}, "SANDBOX"),
        ({"title": "\x00 "}, "title"),
        ({"abstract": ""}, "abstract"),
        ({"level": "service"}, "series"),
        ({"frequency": "quaterly"}, "quarterly"),
        ({"topics": ("planes",)}, "transportation"),
        ({"contact": Contact("a", "nowhere")}, "nowhere"),
        ({"creation": "02/01/2024"}, "2026-12-31"),
        ({"extent": (0.0, 50.0, 1.0, 40.0)}, "degrees"),
        ({"extent": (650000.0, 6700000.0, 660000.0, 6800000.0)}, "degrees"),
        ({"scale": 0}, "above zero"),
    ],
)
def test_what_is_wrong_is_said(change, word):
    assert not problems(CANTONS, "SANDBOX")

    (sentence,) = problems(replace(CANTONS, **change), "SANDBOX")
    assert word in sentence
