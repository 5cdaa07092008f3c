"""The registry's certificate: made when there is no good one."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from pywrangler.local.registry import certificate
from pywrangler.local.registry.certificate import ensure_certificate, server_context


def texts(directory: Path) -> list[str]:
    return [file.read_text() for file in ensure_certificate(directory)]


def test_a_good_one_stays(tmp_path: Path) -> None:
    first = texts(tmp_path)
    server_context(*ensure_certificate(tmp_path))
    assert texts(tmp_path) == first
    assert {file.stat().st_mode & 0o777 for file in ensure_certificate(tmp_path)} == {0o600}


@pytest.mark.parametrize("name", ["certificate.pem", "key.pem"])
def test_a_damaged_one_is_replaced(tmp_path: Path, name: str) -> None:
    first = texts(tmp_path)
    (tmp_path / name).write_text("-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n")
    assert texts(tmp_path) != first
    server_context(*ensure_certificate(tmp_path))


def test_one_that_expires_soon_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = texts(tmp_path)
    monkeypatch.setattr(certificate, "RENEWAL", certificate.LIFETIME + timedelta(days=1))
    assert texts(tmp_path) != first


def test_the_reason_is_raised_where_none_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "key.pem").mkdir()
    with pytest.raises(OSError, match=r"key\.pem"):
        ensure_certificate(tmp_path)


def test_the_process_that_asks_for_it_does_not_load_what_makes_certificates(tmp_path: Path) -> None:
    asked = (
        "import sys, pathlib; from pywrangler.local.daemon.server import Server; "
        "from pywrangler.local.registry.certificate import ensure_certificate; "
        f"ensure_certificate(pathlib.Path({str(tmp_path)!r})); "
        "print([name for name in ('cryptography', 'keyring') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
