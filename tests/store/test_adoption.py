"""A file that the official plugin made (contract 3.1 to 3.3) is taken over: nothing is lost, the rest is left alone."""

import sqlite3

import pytest

from geocollab.store.errors import NotAStore
from geocollab.store.store import Store

OLD_REPORT = (
    "id INTEGER PRIMARY KEY AUTOINCREMENT, NoSignalement INTEGER, Auteur TEXT, Commune TEXT, Insee TEXT, "
    "Département TEXT, Département_id TEXT, Date_création TEXT, Date_MAJ TEXT, Date_validation TEXT, Thèmes TEXT, "
    "Statut TEXT, Message TEXT, "
    "Réponses TEXT, URL TEXT, URL_privé TEXT, Document TEXT, Autorisation TEXT"
)
OLD_SKETCH = (
    "id INTEGER PRIMARY KEY AUTOINCREMENT, NoSignalement INTEGER, Nom TEXT, Attributs_croquis TEXT, "
    "Lien_objet_BDUNI TEXT"
)


@pytest.fixture
def official(path):
    """The file, open for what a test adds, with a report layer, sketches, a group layer and the plugin's own tables."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.enable_load_extension(True)
    connection.load_extension("mod_spatialite")
    run = connection.execute
    run("BEGIN")
    run("SELECT InitSpatialMetaData(0, 'WGS84')")
    run("CREATE TABLE ripart (id INTEGER PRIMARY KEY AUTOINCREMENT)")
    run("CREATE TABLE tableoftables (id INTEGER PRIMARY KEY, layer TEXT, idName TEXT, standard BOOL, database TEXT)")
    run("INSERT INTO tableoftables VALUES (1, 'troncon', 'cleabs', 0, 'bdtopo_fxx')")
    for table, columns, geometry in (
        ("Signalement", OLD_REPORT, "POINT"),
        ("Croquis_EC_Point", OLD_SKETCH, "POINT"),
        ("Croquis_EC_Ligne", OLD_SKETCH, "LINESTRING"),
        ("Croquis_EC_Polygone", OLD_SKETCH, "POLYGON"),
        ("troncon", "id_sqlite_1gnQg1s INTEGER PRIMARY KEY, cleabs TEXT, is_fingerprint TEXT", "LINESTRING"),
    ):
        run(f"CREATE TABLE {table} ({columns})")
        run(f"SELECT AddGeometryColumn('{table}', 'geom', 4326, '{geometry}', 'XY')")
    run("SELECT CreateSpatialIndex('troncon', 'geom')")
    run("INSERT INTO troncon VALUES (NULL, 'TRON1', 'abc', GeomFromText('LINESTRING(1 1, 2 2)', 4326))")
    run("COMMIT")
    yield connection
    connection.close()


def _report(connection, number, message, wkt="POINT(2.35 48.85)", date="2023-08-01 14:51:55"):
    connection.execute(
        "INSERT INTO Signalement (NoSignalement, Auteur, Département, Date_MAJ, Message, geom) "
        "VALUES (?, 'anne', 'Paris', ?, ?, GeomFromText(?, 4326))",
        (number, date, message, wkt),
    )


def _sketch(connection, table, number, wkt):
    connection.execute(
        f"INSERT INTO {table} (NoSignalement, Nom, Attributs_croquis, geom) "
        "VALUES (?, 'n', 'a=''b''', GeomFromText(?, 4326))",
        (number, wkt),
    )


def test_everything_is_taken_over(official, path, dump):
    _report(official, 12, "first")
    _report(official, 7, "second", wkt=None)
    _sketch(official, "Croquis_EC_Point", 12, "POINT(3 45)")
    _sketch(official, "Croquis_EC_Ligne", 12, "LINESTRING(3 45, 4 46)")
    _sketch(official, "Croquis_EC_Polygone", None, "POLYGON((0 0, 1 0, 1 1, 0 0))")
    before = dump(path)
    with Store(path) as store:
        assert store.all(
            'SELECT id, "NoSignalement", "Auteur", "Département", "Date_MAJ", "Message", AsText(geom) '
            'FROM "Signalement" ORDER BY id'
        ) == [
            (7, 7, "anne", "Paris", "2023-08-01 14:51:55", "second", None),
            (12, 12, "anne", "Paris", "2023-08-01 14:51:55", "first", "POINT(2.35 48.85)"),
        ]
        assert store.all(
            'SELECT "NoSignalement", "Nom", "Attributs_croquis", AsText(geom) FROM "Croquis_EC_Ligne"'
        ) == [(12, "n", "a='b'", "LINESTRING(3 45, 4 46)")]
        assert store.one("SELECT count(*) FROM Croquis_EC_Polygone WHERE NoSignalement IS NULL") == 1
        for table in ("Signalement", "Croquis_EC_Point", "Croquis_EC_Ligne", "Croquis_EC_Polygone", "troncon"):
            assert store.one("SELECT CheckSpatialIndex(?, 'geom')", (table,)) == 1
        assert store.all("SELECT f_table_name, row_count FROM geometry_columns_statistics ORDER BY 1") == [
            ("croquis_ec_ligne", 1),
            ("croquis_ec_point", 1),
            ("croquis_ec_polygone", 1),
            ("signalement", 2),
            ("troncon", 1),
        ]
    after = dump(path)
    for table in ("ripart", "tableoftables", "troncon"):
        assert after[table] == before[table]
    assert "geocollab_older_reports" not in after


def test_rows_without_number_and_numbers_that_come_twice(official, path):
    _report(official, None, "no number a")
    _report(official, 3, "old")
    _report(official, None, "no number b")
    _report(official, 1, "one")
    _report(official, 3, "new")
    _report(official, 4, "four")
    with Store(path) as store:
        found = store.all('SELECT "NoSignalement", "Message" FROM "Signalement" ORDER BY "Message"')
        assert found == [(4, "four"), (3, "new"), (None, "no number a"), (None, "no number b"), (1, "one")]
        assert store.all('SELECT id FROM "Signalement" WHERE "NoSignalement" NOT NULL AND id <> "NoSignalement"') == []
        assert store.all('SELECT "NoSignalement", "Message" FROM geocollab_older_reports') == [(3, "old")]


def test_fields_that_a_user_added_are_taken_over(official, path):
    official.execute('ALTER TABLE Signalement ADD COLUMN "ma ""note""" VARCHAR(20)')
    official.execute("ALTER TABLE Croquis_EC_Point ADD COLUMN hauteur DOUBLE")
    _report(official, 3, "x")
    _sketch(official, "Croquis_EC_Point", 3, "POINT(3 45)")
    official.execute('UPDATE Signalement SET "ma ""note""" = \'à voir\'')
    official.execute("UPDATE Croquis_EC_Point SET hauteur = 2.5")
    with Store(path) as store:
        assert store.one('SELECT "ma ""note""" FROM "Signalement"') == "à voir"
        assert store.one("SELECT hauteur FROM Croquis_EC_Point") == 2.5


def test_adopted_once(official, path, dump):
    _report(official, 3, "x")
    official.close()
    Store(path).close()
    before = dump(path)
    Store(path).close()
    assert dump(path) == before


def test_only_some_of_the_tables_are_there(official, path):
    official.execute("SELECT DropTable(NULL, 'Croquis_EC_Ligne')")
    official.execute("SELECT DropTable(NULL, 'Signalement')")
    _sketch(official, "Croquis_EC_Point", 3, "POINT(3 45)")
    with Store(path) as store:
        assert store.reports.counts()["Croquis_EC_Point"] == 1
        assert store.reports.counts()["Signalement"] == 0


def test_a_table_of_this_name_that_is_something_else_is_refused_untouched(official, path, dump):
    official.execute("SELECT DropTable(NULL, 'Signalement')")
    official.execute("CREATE TABLE Signalement (id INTEGER, NoSignalement TEXT, geom BLOB)")
    official.execute("INSERT INTO Signalement VALUES (1, 'not a number', x'00')")
    before = dump(path)
    with pytest.raises(NotAStore):
        Store(path)
    assert dump(path) == before


def test_a_table_of_this_name_without_numbers(official, path):
    official.execute("SELECT DropTable(NULL, 'Signalement')")
    official.execute("CREATE TABLE signalement (id INTEGER, remarque TEXT)")
    official.execute("INSERT INTO signalement VALUES (1, 'gardée')")
    with Store(path) as store:
        assert store.all('SELECT "NoSignalement", remarque, geom FROM "Signalement"') == [(None, "gardée", None)]


def test_an_adoption_that_fails_leaves_the_file_as_it_was(official, path, dump, monkeypatch):
    _report(official, 3, "x")
    before = dump(path)
    monkeypatch.setattr("geocollab.store.migrations._take_back", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Store(path)
    assert dump(path) == before
