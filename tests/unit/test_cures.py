"""What `deploy` and `dev` add to a failure: the cure that `doctor` knows, once."""

from __future__ import annotations

import pytest

from pywrangler.commands.doctor.checks import Finding
from pywrangler.commands.doctor.cures import CHECKS, add_findings, checks_for
from pywrangler.errors import ApiError, BuildError, MissingError, PywranglerError, UsageError
from pywrangler.explanations.table import explanations

FULL = Finding.fail("The disk of /data is full: 3 MB are free.", "Make room there.")


@pytest.mark.parametrize(
    ("error", "names"),
    [
        (MissingError("x", code="engine-not-running"), ("engine", "buildx", "disk", "emulation")),
        (BuildError("x", code="image-build"), ("engine", "buildx", "disk", "emulation")),
        (MissingError("x", code="npm-missing"), ("npm", "disk")),
        (ApiError("x", status=403), ("login", "token")),
        (ApiError("x", status=0), ("dns", "disk")),
        (ApiError("x", status=500), ("dns", "disk")),
        (ApiError("x", status=404), ()),
        (BuildError("x", code="bundle"), ()),
        (UsageError("x"), ()),
        (PywranglerError("x", code="worker-start"), ()),
    ],
)
def test_which_checks_may_explain_an_error(error: PywranglerError, names: tuple[str, ...]) -> None:
    assert checks_for(error) == names


def test_the_codes_exist() -> None:
    assert set(CHECKS) <= set(explanations())


def test_what_failed_is_added_with_its_cure() -> None:
    error = BuildError("The image could not be built: no space left on device", code="image-build")
    add_findings(error, {"engine": Finding.ok("Docker Engine 26."), "disk": FULL})
    assert error.hint == "The disk of /data is full: 3 MB are free. Make room there."


def test_a_hint_of_the_error_stays_first() -> None:
    error = MissingError("npm failed.", hint="Check the network.", code="toolchain-download")
    add_findings(error, {"disk": FULL})
    assert error.hint == "Check the network.\n\nThe disk of /data is full: 3 MB are free. Make room there."


def test_a_cure_that_the_error_has_already_is_not_repeated() -> None:
    error = MissingError("The engine is not running.", hint="Start it.", code="engine-not-running")
    found = {"engine": Finding.of_error(error), "buildx": Finding.of_error(error), "disk": FULL, "more": FULL}
    add_findings(error, found)
    assert error.hint == "Start it.\n\nThe disk of /data is full: 3 MB are free. Make room there."


def test_a_message_that_the_error_has_already_is_not_repeated() -> None:
    error = PywranglerError("It failed.", hint="No disk.")
    add_findings(error, {"disk": Finding.fail("No disk.", "Buy one.")})
    assert error.hint == "No disk.\n\nBuy one."


def test_warnings_are_not_added() -> None:
    error = BuildError("x", code="image-build")
    add_findings(error, {"disk": Finding.warn("Little space.", "Make room.")})
    assert error.hint is None
