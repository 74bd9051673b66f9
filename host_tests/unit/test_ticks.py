from support import raises
from ticks import add, diff, sooner

_PERIOD = 1 << 30
_LAST = _PERIOD - 1


def test_add_wraps():
    assert add(0, 5) == 5
    assert add(_LAST, 1) == 0
    assert add(_LAST - 9, 60000) == 59990


def test_add_takes_negative_steps():
    assert add(0, -1) == _LAST
    assert add(100, -100) == 0


def test_diff_across_the_wrap():
    assert diff(5, _LAST) == 6
    assert diff(_LAST, 5) == -6
    assert diff(7, 7) == 0


def test_diff_undoes_add():
    for start in (0, 1, _PERIOD // 2, _LAST):
        for ms in (0, 1, 600, 24 * 3600 * 1000, _PERIOD // 2 - 1, -1, -60000, -(_PERIOD // 2)):
            assert diff(add(start, ms), start) == ms


def test_sooner_where_minus_one_is_never():
    assert sooner(-1, -1) == -1
    assert sooner(-1, 20) == 20
    assert sooner(20, -1) == 20
    assert sooner(20, 0) == 0
    assert sooner(3, 20) == 3


def test_raises_reports_what_did_not_happen():
    with raises(AssertionError, "KeyError not raised"):
        with raises(KeyError):
            pass
    with raises(AssertionError, "not in"):
        with raises(ValueError, "long"):
            raise ValueError("short")
    with raises(IndexError) as caught:
        with raises(KeyError):
            raise IndexError("other")
    assert str(caught.value) == "other"
