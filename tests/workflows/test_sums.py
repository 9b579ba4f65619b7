"""MD5 sums: beside the sending or alone, the same; the file of sums as the server reads it."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client.errors import Cancelled
from geocollab.workflows.entrepot.delivery.sums import RunningSum, md5_file, md5_of


@given(st.lists(st.binary(max_size=3000), max_size=12))
def test_the_sum_of_pieces_is_that_of_the_whole(chunks):
    with RunningSum() as running:
        for chunk in chunks:
            running.add(chunk)
        assert running.hexdigest() == hashlib.md5(b"".join(chunks), usedforsecurity=False).hexdigest()
        assert running.size == sum(map(len, chunks))


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_new_beginning_forgets_what_passed(before, after):
    with RunningSum() as running:
        running.add(before)
        running.begin()
        running.add(after)
        assert running.hexdigest() == hashlib.md5(after, usedforsecurity=False).hexdigest()
        assert running.size == len(after)


def test_of_a_file(tmp_path):
    file = tmp_path / "a.bin"
    file.write_bytes(bytes(range(256)) * 20_000)
    assert md5_of(file) == hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()


def test_a_cancel_ends_it(tmp_path):
    file = tmp_path / "a.bin"
    file.write_bytes(bytes(10_000_000))

    def check():
        raise Cancelled

    with pytest.raises(Cancelled):
        md5_of(file, check)


def test_the_file_of_sums_has_a_line_for_each_path():
    text = md5_file({"data/b c.txt": "0" * 32, "data/a&é.txt": "f" * 32})
    assert text == f"{'f' * 32}  data/a&é.txt\n{'0' * 32}  data/b c.txt\n"
    assert all(re.fullmatch(r"[0-9a-f]{32}  .+", line) for line in text.splitlines())
