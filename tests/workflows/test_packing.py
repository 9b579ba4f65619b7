"""What goes into a delivery: files and folders with what belongs to them; what is refused before anything is sent."""

import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.workflows.entrepot.delivery.packing import Package, Parcel, check, pack
from geocollab.workflows.errors import InputError
from tests.workflows.downloads import Heard


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def make(tmp_path):
    def made(*names, content=b"content"):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path / names[0]

    return made


def paths(parcels):
    return [parcel.path for parcel in parcels]


def refused(parcels, heard, type="ARCHIVE", srs="EPSG:4326"):
    with pytest.raises(InputError) as caught:
        check(Package(tuple(parcels), type, srs), heard)
    return str(caught.value)


# ---------------------------------------------------------------------- what is taken


def test_a_file_lies_at_the_top_and_those_of_a_folder_with_their_paths(make, heard, tmp_path):
    make("in/a.txt", "in/b/c.txt", "in/b/d/e.txt")
    other = make("z.txt")
    parcels = pack([tmp_path / "in", other], "ARCHIVE", heard)
    assert paths(parcels) == ["a.txt", "b/c.txt", "b/d/e.txt", "z.txt"]
    assert all(parcel.file.is_file() for parcel in parcels)


@pytest.mark.parametrize("name", ["communes.shp", "COMMUNES.SHP"])
def test_a_shapefile_comes_with_all_its_parts(make, heard, tmp_path, name):
    stem, upper = name[:-4], name.isupper()
    endings = [".shx", ".dbf", ".prj", ".cpg", ".qix", ".shp.xml"]
    make(name, *(stem + (ending.upper() if upper else ending) for ending in endings))
    make(stem + ".txt", stem + "2.shx")
    parcels = pack([tmp_path / name], "VECTOR", heard)
    assert sorted(paths(parcels)) == sorted([name, *(stem + (e.upper() if upper else e) for e in endings)])
    check(Package(parcels, "VECTOR", "EPSG:2154"), heard)
    assert heard.said == []


def test_what_a_shapefile_lacks_is_said(make, heard):
    file = make("communes.shp", "communes.dbf")
    check(Package(pack([file], "VECTOR", heard), "VECTOR", "EPSG:2154"), heard)
    (said,) = heard.said
    assert said.startswith("communes.shp comes without .shx, .prj: the server can hardly read it.")


@pytest.mark.parametrize(
    ("type", "names"),
    [("VECTOR", ["a.csv", "a.csvt"]), ("RASTER", ["a.tif", "a.tfw"]), ("RASTER", ["a.jp2", "a.j2w"])],
)
def test_companions_come_with_their_file(make, heard, type, names):
    assert paths(pack([make(*names)], type, heard)) == names
    assert paths(pack([make(*names)], "ARCHIVE", heard)) == names[:1]


def test_what_systems_leave_is_left_out(make, heard, tmp_path):
    make("in/a.txt", "in/.DS_Store", "in/b/Thumbs.db", "in/desktop.ini", "in/.hidden")
    assert paths(pack([tmp_path / "in"], "ARCHIVE", heard)) == [".hidden", "a.txt"]
    assert len(heard.infos) == 3


def test_the_same_file_given_twice_is_taken_once(make, heard, tmp_path):
    file = make("in/a.txt")
    assert paths(pack([file, file, tmp_path / "in"], "ARCHIVE", heard)) == ["a.txt"]


# ---------------------------------------------------------------------- links


def test_links_inside_the_folder_are_followed(make, heard, tmp_path):
    make("in/b/a.txt")
    (tmp_path / "in" / "link.txt").symlink_to("b/a.txt")
    (tmp_path / "in" / "folder").symlink_to("b")
    parcels = pack([tmp_path / "in"], "ARCHIVE", heard)
    assert sorted(paths(parcels)) == ["b/a.txt", "link.txt"]
    assert "folder is a link to a folder: what it leads to is not sent twice" in heard.said[0]


@pytest.mark.parametrize("target", ["../secret.txt", "../elsewhere", "/etc/hostname", "b/../../secret.txt"])
def test_links_that_lead_out_of_the_folder_are_refused_by_name(make, heard, tmp_path, target):
    make("in/a.txt", "in/b/c.txt", "secret.txt", "elsewhere/d.txt")
    (tmp_path / "in" / "way out").symlink_to(target)
    with pytest.raises(InputError, match="way out is a link that leads out of the folder, to /"):
        pack([tmp_path / "in"], "ARCHIVE", heard)


def test_a_link_that_somebody_names_is_his_own_choice(make, heard, tmp_path):
    make("elsewhere/a.txt")
    (tmp_path / "b.txt").symlink_to("elsewhere/a.txt")
    assert paths(pack([tmp_path / "b.txt"], "ARCHIVE", heard)) == ["b.txt"]


def test_a_link_to_nowhere_is_no_file(make, heard, tmp_path):
    make("in/a.txt")
    (tmp_path / "in" / "b.txt").symlink_to("gone.txt")
    assert "There is no file" in refused(pack([tmp_path / "in"], "ARCHIVE", heard), heard)


# ---------------------------------------------------------------------- what is refused


def test_what_is_not_there(heard, tmp_path):
    with pytest.raises(InputError, match=r"There is no file .*nothing\.txt"):
        pack([tmp_path / "nothing.txt"], "ARCHIVE", heard)
    assert "There is no file to deliver" in refused(pack([], "ARCHIVE", heard), heard)
    assert "There is no file to deliver" in refused(pack([tmp_path], "ARCHIVE", heard), heard)


def test_an_empty_file(make, heard):
    assert "a.txt is empty (0 bytes)" in refused(pack([make("a.txt", content=b"")], "ARCHIVE", heard), heard)


def test_what_is_no_plain_file(heard, tmp_path):
    with socket.socket(socket.AF_UNIX) as pipe:
        pipe.bind(str(tmp_path / "pipe"))
        assert "pipe is no plain file" in refused(pack([tmp_path / "pipe"], "ARCHIVE", heard), heard)


def test_two_files_at_one_path(make, heard):
    files = [make("one/a.txt"), make("two/a.txt")]
    with pytest.raises(InputError, match=r"would both be “a.txt” in the delivery"):
        pack(files, "VECTOR", heard)


def test_the_same_name_twice_in_an_archive_with_both_paths(make, heard, tmp_path):
    make("in/x/a.txt", "in/y/a.txt")
    parcels = pack([tmp_path / "in"], "ARCHIVE", heard)
    assert "x/a.txt and y/a.txt have the same name" in refused(parcels, heard)
    check(Package(parcels, "VECTOR", "EPSG:4326"), heard)


def test_names_that_the_server_ignores_are_said(make, heard, tmp_path):
    make("in/__notes.txt", "in/a.txt")
    parcels = pack([tmp_path / "in"], "ARCHIVE", heard)
    check(Package(parcels, "ARCHIVE", "EPSG:4326"), heard)
    assert heard.said == ["The server ignores files whose name begins with “__”: __notes.txt."]
    assert "All files have names" in refused(parcels[:1], heard)


@pytest.mark.parametrize("srs", ["", "2154", "ESRI:102110", "EPSG:x", "USER:100000", "IGNF:"])
def test_coordinate_systems_that_the_server_does_not_know(make, heard, srs):
    assert "choose one of EPSG or IGNF" in refused(pack([make("a.txt")], "ARCHIVE", heard), heard, srs=srs)


def test_types_that_are_none(make, heard):
    said = refused(pack([make("a.txt")], "ARCHIVE", heard), heard, type="MUSIC")
    assert "“MUSIC” is no type of delivery. There are: VECTOR, RASTER" in said


@pytest.mark.parametrize("path", ["../a.txt", "/a.txt", "b/../../a.txt", "a\nb.txt", "a\x00.txt", "", "a\udcff.txt"])
def test_paths_that_leave_the_delivery_or_break_the_file_of_sums(make, heard, path):
    assert "is no name that a file can have on the server" in refused([Parcel(make("a.txt"), path)], heard)


@given(st.text(min_size=1, max_size=30))
def test_whatever_name_a_file_has_its_path_is_taken_or_refused(tmp_path_factory, name):
    file = tmp_path_factory.getbasetemp() / "some.txt"
    file.write_bytes(b"x")
    try:
        check(Package((Parcel(file, name), Parcel(file, "other.txt")), "VECTOR", "EPSG:4326"), Heard())
    except InputError:
        return
    assert "\n" not in name and not name.startswith("/") and ".." not in name.split("/")
    assert name.encode()


def test_a_folder_that_cannot_be_read(make, heard, tmp_path, monkeypatch):
    make("in/a.txt")

    def locked(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", locked)
    with pytest.raises(PermissionError):
        pack([tmp_path / "in"], "ARCHIVE", heard)
