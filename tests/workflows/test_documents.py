"""What of the files given can be joined to a report."""

import hashlib

import pytest

from geocollab.client.espaceco.contributions import FILE_KINDS
from geocollab.workflows.contributions.documents import check, too_many


@pytest.fixture
def file(tmp_path):
    """`file("photo.jpg", 10)`: a file of so many bytes, none of it on the disk but the end."""

    def make(name, size=10):
        path = tmp_path / name
        with path.open("wb") as opened:
            opened.truncate(size)
        return path

    return make


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_every_kind_of_the_contract_in_small_letters_and_in_capitals(file, kind):
    for name in (f"a.{kind}", f"A.{kind.upper()}"):
        path = file(name)
        assert check([path]).files == (
            {"path": str(path), "name": name, "size": 10, "digest": hashlib.sha256(bytes(10)).hexdigest()},
        )


@pytest.mark.parametrize("name", ["virus.exe", "page.html", "jpg", "photo.jpg.svg", "photo.", ".jpg", "a.tif", "a.7zz"])
def test_other_kinds_are_named_with_those_that_are_accepted(file, name):
    found = check([file(name)])
    (fault,) = found.faults
    assert not found.files and name in fault and "not accepted" in fault and "jpeg, jpg" in fault


@pytest.mark.parametrize(
    ("size", "warned", "refused"),
    [(1, 0, 0), (5_000_000, 0, 0), (5_000_001, 1, 0), (16_000_000, 1, 0), (16_000_001, 0, 1), (20_000_000, 0, 1)],
)
def test_the_limits_of_size(file, size, warned, refused):
    found = check([file("a.zip", size)])
    assert (len(found.warnings), len(found.faults), len(found.files)) == (warned, refused, 1 - refused)
    assert all("5 MB" in warning for warning in found.warnings)
    assert all("at most 16 MB" in fault for fault in found.faults)


def test_empty_missing_and_unreadable_files(file, tmp_path):
    (tmp_path / "folder.pdf").mkdir()
    (tmp_path / "loop.png").symlink_to("loop.png")
    faults = check(
        [file("empty.txt", 0), tmp_path / "absent.jpg", tmp_path / "folder.pdf", tmp_path / "loop.png"]
    ).faults
    assert [fault.removeprefix(f"{tmp_path}/") for fault in faults] == [
        "empty.txt is empty.",
        "absent.jpg cannot be read: No such file or directory.",
        "folder.pdf cannot be read: Is a directory.",
        "loop.png cannot be read: Too many levels of symbolic links.",
    ]


def test_one_fault_and_no_file_is_given(file):
    found = check([file("a.jpg"), file("b.exe"), file("c.png", 0)])
    assert found.files == () and len(found.faults) == 2


def test_the_number_counts_with_those_that_are_there(file):
    paths = [file(f"{name}.jpg") for name in "abcde"]
    for there in range(6):
        for given in range(1, 6):
            faults = check(paths[:given], there=there).faults
            assert bool(faults) == (there + given > 4)
            assert all(f"at most 4 documents; these would be {there + given}" in fault for fault in faults)
    assert [bool(too_many(count)) for count in range(7)] == [False] * 5 + [True] * 2
