"""The import of exported states, with files and no processes."""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pywrangler.credentials.platform_key import load_or_create
from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.lock import PlatformLock
from pywrangler.local.daemon.moving.importing import ImportWish, complete_import, import_state
from pywrangler.local.protocol import DATABASE_NAME, LOCK_NAME
from pywrangler.local.store import Store, has_state
from pywrangler.local.store.moving.manifest import ExportManifest, newest_schema
from pywrangler.local.store.moving.sealing import seal
from pywrangler.local.store.records import KvNamespace
from pywrangler.sensitive import Sensitive

PASSPHRASE = Sensitive("of the export")
KEY = bytes(range(32))
WORKER_FILE = "workers/w/versions/v/0000"


def state_of(directory: Path, *more: tarfile.TarInfo) -> bytes:
    """The archive of a platform with one KV namespace; `more` are added without content."""
    directory.mkdir()
    store = Store.open(directory, KEY)
    store.kv.save(KvNamespace("here" * 4, "here"))
    store.copy_to(directory / "copy")
    store.close()
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        archive.add(directory / "copy", DATABASE_NAME)
        for name in (WORKER_FILE, "r2/data/blob"):
            info = tarfile.TarInfo(name)
            info.size = 3
            archive.addfile(info, io.BytesIO(b"new"))
        for each in more:
            archive.addfile(each, io.BytesIO(bytes(each.size)))
    return written.getvalue()


def exported(state: bytes, key: bytes | None = KEY) -> bytes:
    manifest = ExportManifest(
        size=len(state),
        sha256=hashlib.sha256(state).hexdigest(),
        schema=newest_schema(),
        created="2026-11-30T06:00:00+00:00",
        key=None if key is None else seal(key, PASSPHRASE),
    )
    return manifest.header() + state + manifest.end()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The content of an export."""
    return exported(state_of(tmp_path_factory.mktemp("exported") / "home"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The directory of another platform, with data."""
    home = tmp_path / "home"
    (home / "workers/old/versions").mkdir(parents=True)
    (home / "caches").mkdir()
    (home / "profiles.json").write_text("a login")
    load_or_create(home)
    store = Store.open(home, KEY)
    store.kv.save(KvNamespace("there" * 4, "there"))
    store.close()
    return home


def tree(home: Path) -> dict[str, bytes | None]:
    """Every file below a directory."""
    return {
        str(file.relative_to(home)): file.read_bytes() if file.is_file() else None
        for file in home.rglob("*")
        if file.name != LOCK_NAME
    }


def without_database(_file: Path) -> None:
    """Nothing at all is in the place of the database."""


def no_database(file: Path) -> None:
    """Something else is there."""
    file.write_bytes(b"no database" * 1000)


def newer_database(file: Path) -> None:
    """A database of a later version, whatever the manifest says."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA user_version = 999")
        database.commit()


@pytest.mark.parametrize("make", [without_database, no_database, newer_database])
def test_a_database_that_its_manifest_does_not_fit_replaces_nothing(
    home: Path, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    before = tree(home)
    file = tmp_path / "made"
    make(file)
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        if file.exists():
            archive.add(file, DATABASE_NAME)
    (tmp_path / "made.tar").write_bytes(exported(written.getvalue()))
    with pytest.raises(PywranglerError, match="not the one of its manifest"):
        import_state(home, ImportWish(tmp_path / "made.tar", PASSPHRASE, replaces=True))
    assert tree(home) == before


def titles(home: Path) -> list[str]:
    """The KV namespaces of a platform."""
    store = Store.open(home, KEY)
    try:
        return [each.title for each in store.kv.all()]
    finally:
        store.close()


def wish(file: Path, **more: object) -> ImportWish:
    return ImportWish(file, PASSPHRASE, **more)  # type: ignore[arg-type]


def written(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


def test_a_state_is_taken_over_and_the_former_one_removed(home: Path, whole: bytes, tmp_path: Path) -> None:
    found = import_state(home, wish(written(tmp_path / "a.tar", whole), replaces=True))
    assert found is not None
    assert found["has_secrets"] is True
    assert (home / WORKER_FILE).read_bytes() == b"new"
    assert not (home / "workers/old").exists()
    assert not (home / "caches").exists()
    assert not list(home.glob("import.*"))
    assert (home / "profiles.json").read_text() == "a login"
    assert load_or_create(home) == KEY
    assert titles(home) == ["here"]


def test_without_secrets_the_key_stays(home: Path, whole: bytes, tmp_path: Path) -> None:
    before = (home / "platform-key.json").read_bytes()
    file = written(tmp_path / "a.tar", whole)
    found = import_state(home, ImportWish(file, None, has_secrets=False, replaces=True))
    assert found is not None
    assert found["has_secrets"] is False
    assert (home / "platform-key.json").read_bytes() == before


def test_a_directory_that_does_not_exist_is_made(whole: bytes, tmp_path: Path) -> None:
    home = tmp_path / "deep" / "new"
    assert import_state(home, wish(written(tmp_path / "a.tar", whole))) is not None
    assert titles(home) == ["here"]
    assert home.stat().st_mode & 0o077 == 0


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda whole: b"",
    "no archive": lambda whole: b"export" * 1000,
    "zeros": lambda whole: bytes(5000),
    "cut in the manifest": lambda whole: whole[:700],
    "cut after the manifest": lambda whole: whole[:1024],
    "cut in the state": lambda whole: whole[: len(whole) // 2],
    "cut at its end": lambda whole: whole[:-2000],
    "another byte in the middle": lambda whole: whole[:9000] + bytes([whole[9000] ^ 1]) + whole[9001:],
    "another byte in the manifest": lambda whole: whole.replace(b'"size"', b'"sise"', 1),
    "another hash": lambda whole: whole.replace(b'"sha256": "', b'"sha256": "0', 1),
    "the archive of another program": lambda whole: state_like(),
}


def state_like() -> bytes:
    """An archive with other files."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("manifest.json"))
    return written.getvalue()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_changes_nothing(damage: str, home: Path, whole: bytes, tmp_path: Path) -> None:
    before = tree(home)
    file = written(tmp_path / "a.tar", DAMAGES[damage](whole))
    with pytest.raises(PywranglerError) as caught:
        import_state(home, wish(file, replaces=True))
    assert caught.value.code == "export-damaged"
    assert str(file) in caught.value.message
    assert tree(home) == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda each: ImportWish(each.file, Sensitive("another"), replaces=True), "passphrase-wrong"),
        (lambda each: ImportWish(each.file, None, replaces=True), "passphrase-missing"),
        (lambda each: ImportWish(each.file, PASSPHRASE), "platform-not-empty"),
        (lambda each: ImportWish(each.file.with_name("none.tar"), PASSPHRASE, replaces=True), "usage"),
        (lambda each: ImportWish(each.file.parent, PASSPHRASE, replaces=True), "usage"),
        (lambda each: ImportWish(Path("/dev/null"), PASSPHRASE, replaces=True), "usage"),
    ],
)
def test_a_refusal_changes_nothing(
    change: Callable[[ImportWish], ImportWish], code: str, home: Path, whole: bytes, tmp_path: Path
) -> None:
    before = tree(home)
    with pytest.raises(PywranglerError) as caught:
        import_state(home, change(wish(written(tmp_path / "a.tar", whole))))
    assert caught.value.code == code
    assert tree(home) == before


def test_a_running_platform_keeps_its_state(home: Path, whole: bytes, tmp_path: Path) -> None:
    lock = PlatformLock(home / LOCK_NAME)
    assert lock.take()
    before = tree(home)
    assert import_state(home, wish(written(tmp_path / "a.tar", whole), replaces=True)) is None
    assert tree(home) == before
    lock.release()


def named(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    "name", ["api.json", "platform-key.json", "../outside", "/tmp/pywrangler-outside", "workersx/y"]
)
def test_files_that_are_not_of_the_state_are_not_written(name: str, home: Path, tmp_path: Path) -> None:
    content = exported(state_of(tmp_path / "more", named(name)))
    key = (home / "platform-key.json").read_bytes()
    import_state(
        home, ImportWish(written(tmp_path / "a.tar", content), None, has_secrets=False, replaces=True)
    )
    assert (home / "platform-key.json").read_bytes() == key
    assert not any(
        Path(place, name).exists() for place in (home, home / "import.ready") if name != "platform-key.json"
    )


@pytest.mark.parametrize("entry", [named("workers/../../outside"), named("r2/../workers/../../x")])
def test_a_name_that_leads_elsewhere_is_refused(entry: tarfile.TarInfo, home: Path, tmp_path: Path) -> None:
    before = tree(home)
    content = exported(state_of(tmp_path / "more", entry))
    with pytest.raises(PywranglerError) as caught:
        import_state(home, wish(written(tmp_path / "a.tar", content), replaces=True))
    assert caught.value.code == "export-damaged"
    assert tree(home) == before


def test_links_are_not_written(home: Path, tmp_path: Path) -> None:
    entries = (named("workers/l", tarfile.SYMTYPE, "/etc/passwd"), named("r2/p", tarfile.FIFOTYPE))
    import_state(
        home,
        wish(written(tmp_path / "a.tar", exported(state_of(tmp_path / "more", *entries))), replaces=True),
    )
    assert not os.path.lexists(home / "workers/l")
    assert not os.path.lexists(home / "r2/p")


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("moment", range(1, 13))
def test_an_import_that_was_killed_is_completed_or_never_happened(
    moment: int, home: Path, whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed = 0
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        nonlocal renamed
        renamed += 1
        if renamed == moment:
            raise Killed
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(Killed):
        import_state(home, wish(written(tmp_path / "a.tar", whole), replaces=True))
    monkeypatch.undo()
    complete_import(home)
    assert not list(home.glob("import.*"))
    assert (home / WORKER_FILE).exists() == (moment > 1)
    assert (home / "workers/old").exists() == (moment == 1)
    assert titles(home) == ["there" if moment == 1 else "here"]


def test_what_counts_as_a_state(home: Path, tmp_path: Path) -> None:
    assert has_state(home)
    assert not has_state(tmp_path / "none")
    empty = tmp_path / "empty"
    Store.open(empty, KEY).close()
    assert not has_state(empty)
    (empty / DATABASE_NAME).write_bytes(b"no database" * 1000)
    assert has_state(empty)
