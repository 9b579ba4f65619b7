"""The settings of the official plugin: read in every spelling, written back with nothing lost, never a way in."""

import os
import stat
import zoneinfo
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import etree

from geocollab import i18n
from geocollab.workflows.connection import espaceco_xml
from geocollab.workflows.connection.connection import (
    PRODUCTION,
    Account,
    Connection,
    InvalidConnection,
    connection_from,
    read_connection,
    to_document,
    write_connection,
)
from geocollab.workflows.connection.espaceco_xml import LONGEST_FILE, InvalidSettings, export_settings, import_settings

# The example of the manual's annex 6.6, misspelling included.
ANNEX = """<Paramètres_connexion_à_Ripart>
  <Serveur>
    <URLHost>https://espacecollaboratif.ign.fr</URLHost>
    <Login>mon_login</Login>
    <Proxy />
    <cle_geoportail>Démonstration</cle_geoportail>
    <groupe_actif>Test ecriture</groupe_actif>
    <groupe_prefere>Test ecriture</groupe_prefere>
  </Serveur>
  <Map>
    <Date_extraction>01/06/2015 00:00:00</Date_extraction>
    <Pagination>100</Pagination>
    <Zone_extraction>emprise</Zone_extraction>
    <Thèmes_préférés>
      <Thème>Administratif</Thème>
    </Thèmes_préférés>
    <Afficher_Croquis>Oui</Afficher_Croquis>
    <Import_pour_groupe>true</Import_pour_groupe>
    <Atttributs_croquis>
      <Calque_Nom>lines</Calque_Nom>
      <Calque_Champ>name</Calque_Champ>
      <Calque_Champ>desc</Calque_Champ>
      <Calque_Champ>date</Calque_Champ>
    </Atttributs_croquis>
  </Map>
</Paramètres_connexion_à_Ripart>
"""

# What a project has after the first click on "connect".
TEMPLATE = """<Parametres_connexion_a_EspaceCollaboratif>
  <Serveur>
    <URLHost>https://espacecollaboratif.ign.fr</URLHost>
  </Serveur>
  <Map>
    <Date_extraction>01/06/2000 00:00:00</Date_extraction>
    <Pagination>100</Pagination>
    <Zone_extraction>
    </Zone_extraction>
    <Themes_preferes>
        <Theme>Administratif</Theme>
    </Themes_preferes>
    <Afficher_Croquis>Oui</Afficher_Croquis>
    <Import_pour_groupe>true</Import_pour_groupe>
  </Map>
</Parametres_connexion_a_EspaceCollaboratif>"""


@pytest.fixture(autouse=True)
def _in_english():
    language = i18n.language()
    i18n.use("en")
    yield
    i18n.use(language)


@pytest.fixture
def file(tmp_path):
    def write(content, name="project_espaceco.xml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def settings(server="", map_="", root="Parametres_connexion_a_EspaceCollaboratif"):
    return f"<{root}><Serveur>{server}</Serveur><Map>{map_}</Map></{root}>"


def refusal(path):
    with pytest.raises(InvalidSettings) as caught:
        import_settings(path)
    assert caught.value.path == path
    assert str(caught.value) == f"{path}: {caught.value.problem}"
    return caught.value.problem


def exported(connection, path, template=None):
    export_settings(connection, path, template)
    return etree.fromstring(path.read_bytes())


def shape(element):
    """An element and what is in it, without indentation."""
    text = (element.text or "").strip()
    return element.tag, dict(element.attrib), text, [(shape(child), (child.tail or "").strip()) for child in element]


def test_the_example_of_the_manual(file):
    connection, notes = import_settings(file(ANNEX))
    assert connection.name == "project"
    assert connection.services == PRODUCTION
    assert connection.account == Account("basic", username="mon_login", password_env="GEOCOLLAB_PASSWORD")
    assert connection.defaults == {
        "community": "Test ecriture",
        "zone": "emprise",
        "updated_since": "2015-06-01T00:00:00",
    }
    assert connection.extra["espaceco"] == {
        "preferred_community": "Test ecriture",
        "themes": ["Administratif"],
        "show_sketches": True,
        "community_only": True,
        "page_size": 100,
        "sketch_fields": [{"layer": "lines", "fields": ["name", "desc", "date"]}],
    }
    assert len(notes) == 1
    assert "mon_login" in notes[0]
    assert "GEOCOLLAB_PASSWORD" in notes[0]


def test_the_template_of_the_official_plugin(file):
    connection, notes = import_settings(file(TEMPLATE))
    assert connection.account.kind == "anonymous"
    assert connection.defaults == {"updated_since": "2000-06-01T00:00:00"}
    assert connection.extra["espaceco"] == {
        "themes": ["Administratif"],
        "show_sketches": True,
        "community_only": True,
        "page_size": 100,
    }
    assert notes == []


@pytest.mark.parametrize("text", [ANNEX, TEMPLATE])
def test_an_unchanged_file_is_written_as_it_was(file, tmp_path, text):
    connection, _notes = import_settings(file(text))
    export_settings(connection, tmp_path / "again.xml")
    declaration, rest = (tmp_path / "again.xml").read_text(encoding="utf-8").split("\n", 1)
    assert declaration == "<?xml version='1.0' encoding='UTF-8'?>"
    assert rest.strip() == text.strip().replace("<Proxy />", "<Proxy/>")


@pytest.mark.parametrize(
    "root",
    [
        "Parametres_connexion_a_EspaceCollaboratif",
        "Paramètres_connexion_à_EspaceCollaboratif",
        "Parametres_connexion_a_Ripart",
        # The accents as separate characters, as some systems write them.
        "Parame\u0300tres_connexion_a\u0300_Ripart",
    ],
)
def test_the_roots_of_all_times(file, tmp_path, root):
    connection, _notes = import_settings(file(settings("<groupe_actif>A</groupe_actif>", root=root)))
    assert connection.defaults == {"community": "A"}
    assert exported(connection, tmp_path / "out.xml").tag == root


@pytest.mark.parametrize("tag", ["Attributs_croquis", "Atttributs_croquis", "attributs_croquis"])
@pytest.mark.parametrize("themes", ["Themes_preferes", "Thèmes_préférés"])
@pytest.mark.parametrize("theme", ["Theme", "Thème"])
def test_tags_in_every_spelling(file, tag, themes, theme):
    connection, _notes = import_settings(
        file(
            settings(
                map_=f"<{themes}><{theme}>A</{theme}><{theme}> </{theme}></{themes}>"
                f"<{tag}><Calque_Nom>a</Calque_Nom><Calque_Champ>b</Calque_Champ></{tag}>"
            )
        )
    )
    assert connection.extra["espaceco"] == {"themes": ["A"], "sketch_fields": [{"layer": "a", "fields": ["b"]}]}


def test_several_layers_with_sketch_fields(file):
    connection, _notes = import_settings(
        file(
            settings(
                map_="<Attributs_croquis><Calque_Champ>lost</Calque_Champ><Calque_Nom>a</Calque_Nom>"
                "<Calque_Champ>1</Calque_Champ><Calque_Nom>b</Calque_Nom></Attributs_croquis>"
                "<Attributs_croquis/><Attributs_croquis><Calque_Nom>a</Calque_Nom><Calque_Champ>2</Calque_Champ>"
                "<Calque_Champ/><Calque_Nom/><Calque_Champ>lost</Calque_Champ></Attributs_croquis>"
            )
        )
    )
    assert connection.extra["espaceco"]["sketch_fields"] == [
        {"layer": "a", "fields": ["1"]},
        {"layer": "b", "fields": []},
        {"layer": "a", "fields": ["2"]},
    ]


@pytest.mark.parametrize(
    ("server", "community"),
    [
        ("<groupe_actif>A</groupe_actif><groupe_prefere>B</groupe_prefere>", "A"),
        ("<groupe_actif> </groupe_actif><groupe_prefere>B</groupe_prefere>", "B"),
        ("<groupe_actif/>", None),
    ],
)
def test_the_community_is_the_active_one_else_the_preferred_one(file, server, community):
    assert import_settings(file(settings(server)))[0].defaults.get("community") == community


def test_a_text_on_several_lines_is_one_line(file):
    connection, _notes = import_settings(
        file(
            settings(
                "<groupe_actif>\r\n   Test\r\n   écriture \r\n</groupe_actif><theme_prefere> a  b </theme_prefere>"
            )
        )
    )
    assert connection.defaults == {"community": "Test écriture", "theme": " a  b "}


def test_comments_and_cdata_in_a_text(file):
    connection, _notes = import_settings(
        file(settings("<groupe_actif>a<!-- not this --><![CDATA[<b>]]> &amp; &#233;</groupe_actif>"))
    )
    assert connection.defaults == {"community": "a<b> & é"}


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("https://a.example", "https://a.example"),
        ("\n  https://a.example/ \n", "https://a.example"),
        ("https://a.example/instance/gcms/api/", "https://a.example/instance"),
        ("a.example", "https://a.example"),
        ("HTTP://a.example", "https://a.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_the_services_follow_the_host(file, host, site):
    connection, notes = import_settings(file(settings(f"<URLHost>{host}</URLHost>")))
    assert connection.services == {**PRODUCTION, "site": site, "espaceco": f"{site}/gcms/api"}
    assert [note for note in notes if "http" in note] == (
        ["The file says http; https://a.example/gcms/api is used, so that nobody reads along."]
        if host.startswith("HTTP:")
        else []
    )


@pytest.mark.parametrize(
    "host",
    ["https://me:word@a.example", "https://a.example?x", "ftp://a.example", "https://"],  # pragma: allowlist secret
)
def test_a_host_that_is_no_address(file, host):
    problem = refusal(file(settings(f"<URLHost>{host}</URLHost>")))
    assert problem.startswith("URLHost: The address of a service")
    assert "word" not in problem.replace("password", "")


def test_a_file_without_a_host(file):
    connection, notes = import_settings(file(settings("<URLHost> </URLHost>")))
    assert connection.services == PRODUCTION
    assert notes == [f"The file names no service: {PRODUCTION['espaceco']} is used."]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("01/06/2015 00:00:00", "2015-06-01T00:00:00"),
        (" 1/6/2015 7:08:09\n", "2015-06-01T07:08:09"),
        ("31/12/1999", "1999-12-31T00:00:00"),
        ("31/12/1999 23:59", "1999-12-31T23:59:00"),
        ("2015-06-01 12:00:00", "2015-06-01T12:00:00"),
        ("2015-06-01", "2015-06-01T00:00:00"),
    ],
)
def test_the_date_of_extraction(file, text, iso):
    connection, notes = import_settings(
        file(settings("<URLHost>a.example</URLHost>", f"<Date_extraction>{text}</Date_extraction>"))
    )
    assert connection.defaults == {"updated_since": iso}
    assert notes == []


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("Date_extraction", "31/02/2015 00:00:00"),
        ("Date_extraction", "06/2015"),
        ("Date_extraction", "٠١/٠٦/20x5"),
        ("Date_extraction", "01/06/2015 24:00:00"),
        ("Pagination", "many"),
        ("Pagination", "0"),
        ("Afficher_Croquis", "peut-être"),
        ("Import_pour_groupe", "2"),
    ],
)
def test_what_is_not_understood_is_told_and_stays_in_the_file(file, tmp_path, tag, text):
    connection, notes = import_settings(file(settings("<URLHost>a.example</URLHost>", f"<{tag}>{text}</{tag}>")))
    assert connection.defaults == {}
    assert connection.extra["espaceco"] == {}
    assert notes == [f"{tag} of the file is not understood and not used: {text}"]
    assert exported(connection, tmp_path / "out.xml").findtext(f"Map/{tag}") == text


@pytest.mark.parametrize(
    ("word", "value"), [("Oui", True), ("TRUE", True), ("1", True), ("non", False), ("false", False)]
)
def test_switches(file, word, value):
    connection, _notes = import_settings(file(settings(map_=f"<Afficher_Croquis>{word}</Afficher_Croquis>")))
    assert connection.extra["espaceco"] == {"show_sketches": value}


def test_a_long_text_is_not_told_in_full(file):
    _connection, notes = import_settings(file(settings(map_=f"<Pagination>{'many' * 1000}</Pagination>")))
    assert [len(note) < 200 for note in notes] == [True, True]


def test_a_proxy_is_left_to_qgis(file):
    connection, notes = import_settings(file(settings("<URLHost>a.example</URLHost><Proxy>http://proxy:8080</Proxy>")))
    assert notes == ["The proxy of the file is not taken over: the one of the QGIS network settings is used."]
    assert "proxy" not in repr({**to_document(connection), "espaceco_xml": ""})


@pytest.mark.parametrize(
    ("server", "place"),
    [
        ("<Proxy>http://me:s3cr3t@proxy:8080</Proxy>", "Proxy"),  # pragma: allowlist secret
        ("<Proxy>me:/x@s3cr3t@proxy:8080</Proxy>", "Proxy"),
        ("<Mot_de_passe>s3cr3t</Mot_de_passe>", "Mot_de_passe"),
        ("<Clé_API>s3cr3t</Clé_API>", "Clé_API"),
        ("<cle_geoportail>s3cr3t</cle_geoportail>", "cle_geoportail"),
        ("<Service password='s3cr3t' x='1'/>", "Service"),  # pragma: allowlist secret
        ("<Service x='https://me:s3cr3t@a.example'/>", "Service"),  # pragma: allowlist secret
        ("<Service>https://me:s3cr3t@a.example/x</Service>", "Service"),  # pragma: allowlist secret
        ("<Service/>https://me:s3cr3t@a.example/x", "Service"),  # pragma: allowlist secret
        ("<!-- http://me:s3cr3t@proxy:8080 -->", "a comment"),  # pragma: allowlist secret
    ],
)
def test_secrets_in_the_file_do_not_enter_the_connection(file, tmp_path, server, place):
    path = file(settings(f"<URLHost>a.example</URLHost>{server}"))
    connection, notes = import_settings(path)
    write_connection(connection, tmp_path / "c.json")
    assert "s3cr3t" not in (tmp_path / "c.json").read_text(encoding="utf-8")
    assert "s3cr3t" not in "".join(notes)
    assert [note for note in notes if f"A password or key stands in the file ({place})" in note]


def test_the_key_that_everybody_has_is_no_secret(file):
    connection, _notes = import_settings(file(ANNEX))
    assert "<cle_geoportail>Démonstration</cle_geoportail>" in connection.extra["espaceco_xml"]


BASE = connection_from(
    {
        "name": "base",
        "services": {
            "espaceco": "https://a.example/gcms/api",
            "site": "https://www.a.example",
            "sso": "https://s.example",
        },
        "account": {"kind": "token", "token_env": "TOKEN"},
        "defaults": {"community": "mine", "datastore": "d", "theme": "t"},
        "color": "red",
    }
)


def test_a_base_keeps_what_the_file_does_not_say(file):
    connection, notes = import_settings(
        file(settings("<URLHost>https://a.example</URLHost><groupe_actif>theirs</groupe_actif>")), BASE
    )
    assert connection.name == "base"
    assert connection.services == BASE.services
    assert connection.account == BASE.account
    assert connection.defaults == {"community": "theirs", "datastore": "d", "theme": "t"}
    assert connection.extra["color"] == "red"
    assert notes == []


def test_a_base_with_another_service_and_another_user(file):
    connection, notes = import_settings(
        file(settings("<URLHost>https://b.example</URLHost><Login>membre</Login>")), BASE, "renamed"
    )
    assert connection.name == "renamed"
    assert connection.services == {
        **BASE.services,
        "espaceco": "https://b.example/gcms/api",
        "site": "https://b.example",
    }
    assert connection.account == BASE.account
    assert notes == [
        "The file names the user membre; the connection keeps its account.",
        "The service is now https://b.example/gcms/api: check that the account of the connection may sign in there.",
    ]


def test_a_base_with_the_same_user_and_only_some_services(file):
    base = Connection("c", {"sso": "https://s.example"}, Account("basic", username="membre", password_env="P"))
    connection, notes = import_settings(file(ANNEX.replace("mon_login", "membre")), base)
    assert connection.services == {**PRODUCTION, "sso": "https://s.example"}
    assert connection.account == base.account
    assert [note for note in notes if "membre" in note] == []


@pytest.mark.parametrize(
    ("file_name", "name"),
    [("Ma carte_espaceco.xml", "Ma carte"), ("espaceco.xml", "espaceco"), ("_espaceco.xml", "_espaceco")],
)
def test_the_name_comes_from_the_project(file, file_name, name):
    assert import_settings(file(TEMPLATE, file_name))[0].name == name


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "UTF-8", "UTF-16", "utf-8-sig"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_encodings_and_line_ends(file, tmp_path, encoding, ends):
    declaration = "" if encoding == "utf-8-sig" else f'<?xml version="1.0" encoding="{encoding}"?>\n'
    content = (declaration + ANNEX).replace("\n", ends).replace("Test ecriture", "Éé ç").encode(encoding)
    connection, _notes = import_settings(file(content))
    assert connection.defaults["community"] == "Éé ç"
    root = exported(connection, tmp_path / "out.xml")
    assert root.findtext("Serveur/groupe_actif") == "Éé ç"
    assert shape(root) == shape(etree.fromstring(content))


ENTITIES = "".join(f"<!ENTITY l{level} '{f'&l{level - 1};' * 10}'>" for level in range(1, 12))
LAUGHS = f"<!DOCTYPE a [<!ENTITY l0 'ha'>{ENTITIES}]>"


@pytest.mark.parametrize(
    "declaration",
    [
        LAUGHS,
        '<!DOCTYPE a [<!ENTITY l11 SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">',
        "<!DOCTYPE Parametres_connexion_a_EspaceCollaboratif>",
        "<!-- before --><?x y?><!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/hostname'> %p;]>",
    ],
)
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "UTF-7"])
def test_a_document_that_declares_entities_is_refused(file, declaration, encoding):
    text = settings("<groupe_actif x='&l11;'>&l11;</groupe_actif>")
    content = f'<?xml version="1.0" encoding="{encoding}"?>{declaration}{text}'
    if encoding == "UTF-7":
        # Only the parser itself can see through such a spelling.
        head, tail = content.split("?>", 1)
        content = head.encode() + b"?>" + tail.encode("utf-7")
    else:
        content = content.encode(encoding)
    problem = refusal(file(content))
    assert "DOCTYPE" in problem


def test_a_word_in_a_comment_is_no_declaration(file):
    text = settings("<URLHost>a.example</URLHost>")
    connection, _notes = import_settings(file(f"<!-- <!DOCTYPE a> -->{text}<!-- after -->"))
    assert connection.extra["espaceco_xml"].startswith("<!-- <!DOCTYPE a> --><Parametres")
    assert connection.extra["espaceco_xml"].endswith("<!-- after -->")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"\n \r\n", "The file is empty"),
        (b" " * LONGEST_FILE + b"<a/>", f"longer than {LONGEST_FILE} bytes"),
        (b"<a>\n<b></a>", "line 2, column 8: Opening and ending tag mismatch"),
        (b"<a>&unknown;</a>", "line 1, column 13: Entity 'unknown' not defined"),
        ("<a>\né</a>".encode("latin-1"), "save the file as UTF-8"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "line 1"),
        (b"<a>&#1;</a>", "not well-formed XML: line 1"),
        (b"PK\x03\x04", "not well-formed XML: line 1"),
        (b"<a>" * 100_000, "not well-formed XML: line 1"),
        (b"<qgis/>", "its root is qgis, not Parametres_connexion_a_EspaceCollaboratif"),
        (b"<x:Serveur xmlns:x='y'/>", "its root is {y}Serveur"),
    ],
)
def test_each_fault_has_its_sentence(file, content, said):
    assert said in refusal(file(content))


def test_a_file_that_is_not_there_or_is_a_folder(tmp_path):
    assert "no such file" in refusal(tmp_path / "nothing.xml")
    assert "folder" in refusal(tmp_path)


UNKNOWN = """<?before x?><!-- one -->
<Parametres_connexion_a_EspaceCollaboratif version="5" xmlns:o="urn:other">
  <!-- two -->
  <Other><Login>not this one</Login></Other>
  <Serveur b="2" a="1">
    <o:Login>nor this one</o:Login>
    <Login since="2020">mem<!-- three -->bre</Login>
    <Unknown><![CDATA[<raw>]]></Unknown>
  </Serveur>
  <Map>
    <Themes_preferes order="free">
      <!-- four -->
      <Theme>A</Theme>
      <Colour>red</Colour>
      <Theme>B</Theme>
    </Themes_preferes>
    <Attributs_croquis id="1">
      <Calque_Nom>a</Calque_Nom>
      <Filter>x &gt; 1</Filter>
    </Attributs_croquis>
    <Attributs_croquis>
      <Calque_Nom>b</Calque_Nom>
    </Attributs_croquis>
    <Attributs_croquis>
      <Calque_Nom>c</Calque_Nom>
      <!-- five -->
    </Attributs_croquis>
  </Map>
</Parametres_connexion_a_EspaceCollaboratif>
<!-- six -->
"""


def changed(connection, defaults=None, account=None, **others):
    document = to_document(connection)
    document["defaults"] = {**document["defaults"], **(defaults or {})}
    document["account"] = account or document["account"]
    document["espaceco"] = {**document["espaceco"], **others}
    return connection_from(document)


def test_only_what_changed_is_set(file, tmp_path):
    connection, _notes = import_settings(file(UNKNOWN))
    assert connection.account.username == "membre"
    connection = changed(
        connection,
        {"community": "G", "zone": "z", "updated_since": "2021-01-02T03:04:05"},
        {"kind": "basic", "username": "other", "password_env": "P"},
        themes=["C"],
        show_sketches=False,
        page_size=50,
        sketch_fields=[{"layer": "d", "fields": ["e"]}],
    )
    export_settings(connection, tmp_path / "out.xml")
    expected = """<?xml version='1.0' encoding='UTF-8'?>
<?before x?><!-- one --><Parametres_connexion_a_EspaceCollaboratif xmlns:o="urn:other" version="5">
  <!-- two -->
  <Other><Login>not this one</Login></Other>
  <Serveur b="2" a="1">
    <o:Login>nor this one</o:Login>
    <Login since="2020">other<!-- three --></Login>
    <Unknown><![CDATA[<raw>]]></Unknown>
    <URLHost>https://espacecollaboratif.ign.fr</URLHost>
    <groupe_actif>G</groupe_actif>
  </Serveur>
  <Map>
    <Themes_preferes order="free">
      <!-- four -->
      <Theme>C</Theme>
      <Colour>red</Colour>
    </Themes_preferes>
    <Attributs_croquis id="1">
      <Filter>x &gt; 1</Filter>
      <Calque_Nom>d</Calque_Nom>
      <Calque_Champ>e</Calque_Champ>
    </Attributs_croquis>
    <Attributs_croquis>
      <!-- five -->
    </Attributs_croquis>
    <Zone_extraction>z</Zone_extraction>
    <Date_extraction>02/01/2021 03:04:05</Date_extraction>
    <Afficher_Croquis>Non</Afficher_Croquis>
    <Pagination>50</Pagination>
  </Map>
</Parametres_connexion_a_EspaceCollaboratif><!-- six -->
"""
    assert (tmp_path / "out.xml").read_text(encoding="utf-8") == expected


def test_what_means_the_same_keeps_its_writing(file, tmp_path):
    text = settings(
        "<URLHost>HTTP://A.example/</URLHost><groupe_prefere>\n G\n</groupe_prefere>",
        "<Date_extraction>1/6/2015</Date_extraction><Afficher_Croquis>VRAI</Afficher_Croquis>"
        "<Pagination> 0100 </Pagination><Themes_preferes><Theme>\n A\n</Theme><Theme/></Themes_preferes>"
        "<Attributs_croquis><Calque_Nom>\n a\n</Calque_Nom><Calque_Nom>b</Calque_Nom></Attributs_croquis>"
        "<Attributs_croquis><Calque_Champ>lost</Calque_Champ></Attributs_croquis>",
    )
    connection, _notes = import_settings(file(text))
    out = exported(changed(connection, {"zone": "z"}), tmp_path / "out.xml")
    zone = out.find("Map/Zone_extraction")
    zone.getparent().remove(zone)
    assert etree.tostring(out, encoding="unicode") == text


def test_only_the_layers_that_changed_are_written_anew(file, tmp_path):
    kept = "<Attributs_croquis><Calque_Nom>\n a\n</Calque_Nom><x/><Calque_Champ>b</Calque_Champ></Attributs_croquis>"
    connection, _notes = import_settings(file(settings(map_=kept)))
    layers = [{"layer": "a", "fields": ["b"]}, {"layer": "c", "fields": []}]
    out = exported(changed(connection, sketch_fields=layers), tmp_path / "out.xml")
    assert [etree.tostring(group, encoding="unicode") for group in out.iter("Attributs_croquis")] == [
        kept,
        "<Attributs_croquis><Calque_Nom>c</Calque_Nom></Attributs_croquis>",
    ]


def test_themes_in_several_groups_keep_their_order(file, tmp_path):
    two = "<Themes_preferes><Theme>A</Theme></Themes_preferes><Themes_preferes><Theme>B</Theme></Themes_preferes>"
    connection, _notes = import_settings(file(settings(map_=two)))
    assert connection.extra["espaceco"] == {"themes": ["A", "B"]}
    export_settings(changed(connection, themes=["C", "D", "E"]), tmp_path / "out.xml")
    assert import_settings(tmp_path / "out.xml")[0].extra["espaceco"] == {"themes": ["C", "D", "E"]}


def test_the_last_user_stays_when_the_account_finds_its_user_elsewhere(file, tmp_path):
    connection, _notes = import_settings(file(ANNEX))
    other = changed(connection, account={"kind": "authcfg", "authcfg": "abc1234"})
    assert exported(other, tmp_path / "out.xml").findtext("Serveur/Login") == "mon_login"
    nobody = changed(connection, account={"kind": "anonymous"})
    assert exported(nobody, tmp_path / "out.xml").findtext("Serveur/Login") == ""


def test_a_setting_that_the_connection_lost_is_emptied(file, tmp_path):
    connection, _notes = import_settings(file(ANNEX))
    bare = connection_from({"espaceco_xml": connection.extra["espaceco_xml"]})
    root = exported(bare, tmp_path / "out.xml")
    assert {leaf.tag: leaf.text for leaf in root.iter() if (leaf.text or "").strip()} == {
        "URLHost": "https://espacecollaboratif.ign.fr",
        "cle_geoportail": "Démonstration",
    }
    again, _notes = import_settings(tmp_path / "out.xml")
    assert (again.defaults, again.extra["espaceco"]) == ({}, {})


def test_a_template_supplies_what_the_connection_has_not(file, tmp_path):
    template = file(ANNEX)
    connection = connection_from({"defaults": {"community": "G"}, "account": {"kind": "authcfg", "authcfg": "abc1234"}})
    root = exported(connection, tmp_path / "out.xml", template)
    expected = etree.fromstring(ANNEX.replace("<groupe_actif>Test ecriture", "<groupe_actif>G"))
    assert shape(root) == shape(expected)
    assert template.read_text(encoding="utf-8") == ANNEX


def test_a_template_comes_before_the_kept_document(file, tmp_path):
    connection, _notes = import_settings(file(ANNEX))
    template = file(settings("<Proxy>http://me:word@proxy</Proxy>"), "template.xml")
    root = exported(connection, tmp_path / "out.xml", template)
    assert root.findtext("Serveur/Proxy") == "http://me:word@proxy"  # pragma: allowlist secret
    assert root.findtext("Serveur/groupe_actif") == "Test ecriture"
    assert root.find("Serveur/cle_geoportail") is None


def test_a_template_that_is_no_settings_file(file, tmp_path):
    template = file("<qgis/>", "t.xml")
    with pytest.raises(InvalidSettings, match="its root is qgis") as caught:
        export_settings(BASE, tmp_path / "out.xml", template)
    assert caught.value.path == template
    assert not (tmp_path / "out.xml").exists()


def test_a_connection_that_never_was_xml(tmp_path):
    connection = changed(
        connection_from({**to_document(BASE), "espaceco": {}}), {"zone": "z"}, themes=["A", "B"], community_only=False
    )
    export_settings(connection, tmp_path / "out.xml")
    expected = """<?xml version='1.0' encoding='UTF-8'?>
<Parametres_connexion_a_EspaceCollaboratif>
  <Serveur>
    <URLHost>https://a.example</URLHost>
    <groupe_actif>mine</groupe_actif>
    <theme_prefere>t</theme_prefere>
  </Serveur>
  <Map>
    <Date_extraction/>
    <Zone_extraction>z</Zone_extraction>
    <Themes_preferes><Theme>A</Theme><Theme>B</Theme></Themes_preferes>
    <Import_pour_groupe>false</Import_pour_groupe>
  </Map>
</Parametres_connexion_a_EspaceCollaboratif>
"""
    assert (tmp_path / "out.xml").read_text(encoding="utf-8") == expected


def test_sections_that_are_missing_are_made(file, tmp_path):
    connection, _notes = import_settings(file("<Parametres_connexion_a_EspaceCollaboratif/>"))
    root = exported(changed(connection, {"zone": "z"}), tmp_path / "out.xml")
    assert root.findtext("Map/Zone_extraction") == "z"


def test_old_themes_keep_their_spelling(file, tmp_path):
    connection, _notes = import_settings(file(ANNEX))
    root = exported(changed(connection, themes=["A", "B"]), tmp_path / "out.xml")
    assert [theme.text for theme in root.findall("Map/Thèmes_préférés/Thème")] == ["A", "B"]
    empty, _notes = import_settings(file(settings(map_="<Thèmes_préférés/>")))
    root = exported(changed(empty, themes=["A"]), tmp_path / "out.xml")
    assert root.findtext("Map/Thèmes_préférés/Thème") == "A"


@pytest.mark.parametrize(
    ("since", "french"),
    [
        ("2024-07-01T10:00:00Z", "01/07/2024 12:00:00"),
        ("2024-07-01 10:00+0000", "01/07/2024 12:00:00"),
        ("2024-01-01T10:00:00+00:00", "01/01/2024 11:00:00"),
        ("2024-01-01T10:00:00.5+01:00", "01/01/2024 10:00:00"),
        ("2024-01-01", "01/01/2024 00:00:00"),
    ],
)
def test_a_time_with_an_offset_is_written_as_paris_time(tmp_path, since, french):
    connection = connection_from({"defaults": {"updated_since": since}})
    assert exported(connection, tmp_path / "out.xml").findtext("Map/Date_extraction") == french


def test_without_time_zones_nothing_is_missed(tmp_path, monkeypatch):
    def missing(key):
        raise zoneinfo.ZoneInfoNotFoundError(key)

    monkeypatch.setattr(espaceco_xml, "ZoneInfo", missing)
    connection = connection_from({"defaults": {"updated_since": "2024-07-01T12:00:00+02:00"}})
    assert exported(connection, tmp_path / "out.xml").findtext("Map/Date_extraction") == "01/07/2024 10:00:00"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"defaults": {"updated_since": "yesterday"}}, "“updated_since” is not a date"),
        ({"defaults": {"updated_since": "2024-01-01T00:00:00+99:00"}}, "“updated_since” is not a date"),
        ({"defaults": {"updated_since": "9999-12-31T23:59:59-12:00"}}, "“updated_since” is not a date"),
        ({"defaults": {"zone": "a\ufffe"}}, "Zone_extraction holds the character U+FFFE"),
        ({"defaults": {"theme": "\ud800"}}, "theme_prefere holds the character U+D800"),
        ({"espaceco": {"themes": ["\uffff"]}}, "Theme holds the character U+FFFF"),
        ({"espaceco": {"sketch_fields": [{"layer": "a", "fields": ["\uffff"]}]}}, "Calque_Champ holds the character"),
        ({"services": {"espaceco": "https://a.example/api"}}, "ends with /gcms/api"),
        ({"espaceco_xml": "<qgis/>"}, "“espaceco_xml” in the connection cannot be used"),
        ({"espaceco_xml": LAUGHS + "<a/>"}, "DOCTYPE"),
        ({"espaceco_xml": "\ud800"}, "“espaceco_xml” in the connection cannot be used"),
    ],
)
def test_what_the_file_cannot_say_is_refused(tmp_path, document, said):
    path = tmp_path / "out.xml"
    with pytest.raises(InvalidSettings) as caught:
        export_settings(connection_from(document), path)
    assert said in str(caught.value)
    assert caught.value.path == path
    assert not path.exists()


@pytest.mark.parametrize(
    ("connection", "said"),
    [
        (Connection("c", defaults={"zone": "a\x01"}), "defaults.zone"),
        (Connection("c", extra={"espaceco": {"themes": [5]}}), "espaceco.themes[0]"),
        (Connection("c", extra={"espaceco_xml": 5}), "espaceco_xml"),
    ],
)
def test_an_invalid_connection_is_refused_with_its_place(tmp_path, connection, said):
    with pytest.raises(InvalidSettings) as caught:
        export_settings(connection, tmp_path / "out.xml")
    assert said in caught.value.problem


def test_a_failed_writing_leaves_the_old_file(file, tmp_path, monkeypatch):
    path = file(ANNEX)

    def fail(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(InvalidSettings, match="cannot be written: No space left on device") as caught:
        export_settings(BASE, path)
    assert caught.value.path == path
    assert path.read_text(encoding="utf-8") == ANNEX
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_file_that_others_share_stays_shared(file):
    path = file(ANNEX)
    path.chmod(0o664)
    export_settings(BASE, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o664


def in_xml(character):
    return character not in "\ufffe\uffff"


TEXT = st.text(st.characters(codec="utf-8", min_codepoint=32).filter(in_xml)).filter(lambda text: text.strip(" \t"))
NAMES = st.none() | TEXT
TIMES = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)).map(  # noqa: DTZ001 - Paris time
    lambda moment: moment.replace(microsecond=0).isoformat()
)


def without_none(**values):
    return {name: value for name, value in values.items() if value is not None}


DEFAULTS = st.builds(without_none, community=TEXT, theme=NAMES, zone=NAMES, updated_since=st.none() | TIMES)
OTHERS = st.builds(
    without_none,
    preferred_community=NAMES,
    themes=st.none() | st.lists(TEXT, min_size=1, max_size=3),
    show_sketches=st.none() | st.booleans(),
    community_only=st.none() | st.booleans(),
    page_size=st.none() | st.integers(1, 10**9 - 1),
    sketch_fields=st.none()
    | st.lists(st.fixed_dictionaries({"layer": TEXT, "fields": st.lists(TEXT, max_size=3)}), min_size=1, max_size=3),
)
STARTS = st.sampled_from([ANNEX, TEMPLATE, UNKNOWN, settings(), "<Parametres_connexion_a_Ripart/>"])


@hypothesis_settings(deadline=None, max_examples=60)
@given(start=STARTS, defaults=DEFAULTS, others=OTHERS, login=TEXT)
@example(start=ANNEX, defaults={"community": "]]>&<"}, others={"themes": ["\u0085\u2028"]}, login=" a\tb ")
def test_what_is_exported_is_imported_again(tmp_path_factory, start, defaults, others, login):
    folder = tmp_path_factory.mktemp("identity")
    path, out = folder / "in.xml", folder / "out.xml"
    path.write_text(start, encoding="utf-8")
    first, _notes = import_settings(path)
    connection = connection_from(
        {
            "account": {
                "kind": "basic",
                "username": login,
                "password_env": "GEOCOLLAB_PASSWORD",  # pragma: allowlist secret
            },
            "defaults": defaults,
            "espaceco": others,
            "espaceco_xml": first.extra["espaceco_xml"],
        }
    )
    export_settings(connection, out)
    again, _notes = import_settings(out)
    assert again.services == connection.services
    assert again.account == connection.account
    assert again.defaults == defaults
    assert again.extra["espaceco"] == others
    assert foreign(etree.fromstring(out.read_bytes())) == foreign(etree.fromstring(start.encode()))
    # A connection made from a file can always be saved.
    write_connection(again, folder / "c.json")
    assert read_connection(folder / "c.json") == again
    # Nothing changes when nothing changed.
    export_settings(again, folder / "twice.xml")
    assert (folder / "twice.xml").read_bytes() == out.read_bytes()


KNOWN = {"URLHost", "Login", "groupe_actif", "groupe_prefere", "theme_prefere", "Date_extraction", "Pagination"}
KNOWN |= {"Zone_extraction", "Theme", "Thème", "Afficher_Croquis", "Import_pour_groupe", "Calque_Nom", "Calque_Champ"}
CONTAINERS = {"Serveur", "Map", "Themes_preferes", "Thèmes_préférés", "Attributs_croquis", "Atttributs_croquis"}


def foreign(root):
    """What no setting is made of, comments and attributes included, in its order."""
    found = [(node.tag, node.text) for node in root.getroottree().iter() if node.tag not in KNOWN | CONTAINERS]
    found = [(tag, (text or "").strip()) for tag, text in found]
    return found, sorted((node.tag, *pair) for node in root.iter("*") for pair in node.attrib.items())


ELEMENTS = st.recursive(
    st.builds(lambda tag, text: (f"x{tag}", text, []), st.integers(0, 9), TEXT),
    lambda inner: st.builds(
        lambda tag, children: (f"x{tag}", "", children), st.integers(0, 9), st.lists(inner, max_size=3)
    ),
    max_leaves=6,
)


def described(element):
    return element.getparent().tag, element.tag, element.text, dict(element.attrib)


def built(parent, description):
    tag, text, children = description
    element = etree.SubElement(parent, tag, note=text)
    element.text = text or None
    for child in children:
        built(element, child)


@hypothesis_settings(deadline=None, max_examples=60)
@given(foreign_elements=st.lists(ELEMENTS, max_size=4), places=st.randoms(use_true_random=False), zone=TEXT, theme=TEXT)
def test_unknown_elements_survive(tmp_path_factory, foreign_elements, places, zone, theme):
    folder = tmp_path_factory.mktemp("unknown")
    root = etree.fromstring(TEMPLATE)
    for description in foreign_elements:
        built(places.choice([root, *root, root.find("Map/Themes_preferes")]), description)
    (folder / "in.xml").write_bytes(etree.tostring(root, encoding="UTF-8"))
    connection, _notes = import_settings(folder / "in.xml")
    out = exported(changed(connection, {"zone": zone}, themes=[theme]), folder / "out.xml")
    assert out.findtext("Map/Zone_extraction") == zone
    assert [element.text for element in out.iter("Theme")] == [theme]
    assert [described(element) for element in out.iter() if element.tag[0] == "x"] == [
        described(element) for element in root.iter() if element.tag[0] == "x"
    ]
    root.find("Map/Zone_extraction").text = zone
    root.find("Map/Themes_preferes/Theme").text = theme
    assert shape(out) == shape(root)


def test_an_invalid_connection_is_not_an_invalid_file():
    assert not issubclass(InvalidSettings, InvalidConnection)
