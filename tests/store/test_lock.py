"""One sender at a time, whatever becomes of the one before."""

import subprocess
import sys

import pytest

from geocollab.store.errors import StoreBusy
from geocollab.store.lock import sole_sender
from tests.conftest import PLUGINS

HOLDER = (
    f"import sys; sys.path.insert(0, {str(PLUGINS)!r})\n"
    "from pathlib import Path\n"
    "from geocollab.store.lock import sole_sender\n"
    "with sole_sender(Path(sys.argv[1])):\n"
    "    print('held', flush=True)\n"
    "    sys.stdin.read()\n"
)


@pytest.fixture
def store(tmp_path):
    return tmp_path / "reports.sqlite"


@pytest.fixture
def holder(store):
    """Another program that holds the lock until its standard input is closed."""
    program = subprocess.Popen([sys.executable, "-c", HOLDER, store], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert program.stdout.readline() == b"held\n"
    yield program
    program.kill()
    program.communicate()


def test_it_is_free_again_and_leaves_nothing(store):
    for _time in range(3):
        with sole_sender(store):
            assert [file.name for file in store.parent.iterdir()] == ["reports.sqlite-sending"]
        assert not list(store.parent.iterdir())


def test_a_second_one_is_refused_in_the_same_program(store):
    with sole_sender(store), pytest.raises(StoreBusy), sole_sender(store):
        pass
    with sole_sender(store):
        pass


def test_a_second_program_is_refused(store, holder):
    with pytest.raises(StoreBusy) as refused, sole_sender(store):
        pass
    assert refused.value.path == store
    holder.communicate()
    with sole_sender(store):
        pass


def test_a_killed_program_holds_nothing(store, holder):
    holder.kill()
    holder.wait()
    with sole_sender(store):
        pass


def test_other_stores_are_not_concerned(store, holder):
    with sole_sender(store.with_name("other.sqlite")):
        pass


def test_an_error_lets_it_go(store):
    with pytest.raises(ZeroDivisionError), sole_sender(store):
        raise ZeroDivisionError
    assert not list(store.parent.iterdir())
