"""Safe fixes: what they change, and that they change nothing else."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from pywrangler import config
from pywrangler.config.problems.records import Edit
from pywrangler.config.syntax.edit import apply_edits, fix
from tests.unit.config.project import Project, codes

JSONC = """{
  // The Worker
  "name": "my-worker", "main": "src/index.ts",
  "compatibility_date": "2026-01-10",
  "minfy": true, /* smaller */
  "containers": [
    {
      "class_name": "MyContaner", // a typing mistake
      "image": "./Dockerfile",
      "instance_type": "standrad-1",
    },
  ],
  "durable_objects": { "bindings": [{ "name": "C", "class_name": "MyContainer" }] },
  "migrations": [
    { "tag": "v1", "new_classes": ["MyContainer"] }, // not SQLite
  ],
}
"""

TOML = """name = "my-worker"   # the Worker
main = "src/index.ts"
compatibility_date = 2026-01-10

[[containers]]
class_name = "MyContainer"
image = './Dockerfile'
instance_type = "dev"

[[durable_objects.bindings]]
name = "C"
class_name = "MyContainer"
"""


def fix_file(file: Path) -> list[str]:
    return codes(fix(file, lambda: config.check(file)[1]))


def changes(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_jsonc_keeps_comments_and_layout(project: Project) -> None:
    file = project.configure(JSONC)
    assert sorted(fix_file(file)) == [
        "container-class-not-sqlite",
        "container-without-durable-object",
        "unknown-choice",
        "unknown-field",
    ]
    assert changes(JSONC, file.read_text()) == [
        '-   "minfy": true, /* smaller */',
        '+   "minify": true, /* smaller */',
        '-       "class_name": "MyContaner", // a typing mistake',
        '+       "class_name": "MyContainer", // a typing mistake',
        '-       "instance_type": "standrad-1",',
        '+       "instance_type": "standard-1",',
        '-     { "tag": "v1", "new_classes": ["MyContainer"] }, // not SQLite',
        '+     { "tag": "v1", "new_sqlite_classes": ["MyContainer"] }, // not SQLite',
    ]
    assert config.load(file).warnings == ()
    assert fix_file(file) == []


def test_toml_keeps_comments_and_layout(project: Project) -> None:
    file = project.configure(TOML, "wrangler.toml")
    assert sorted(fix_file(file)) == ["class-without-migration", "former-instance-type", "wrong-type"]
    assert changes(TOML, file.read_text()) == [
        "- compatibility_date = 2026-01-10",
        '+ compatibility_date = "2026-01-10"',
        '- instance_type = "dev"',
        '+ instance_type = "lite"',
        "+ ",
        "+ [[migrations]]",
        '+ tag = "v1"',
        '+ new_sqlite_classes = ["MyContainer"]',
    ]
    assert config.load(file).warnings == ()


START = '"name": "w", "main": "src/index.ts", "compatibility_date": "2026-01-10"'
CONTAINERS = (
    '"containers": [{"class_name": "A", "image": "Dockerfile"}, {"class_name": "Bee", "image": "Dockerfile"}]'
)


@pytest.mark.parametrize(
    "content",
    [
        f"{{{START}, {CONTAINERS}}}",
        f"{{{START}, {CONTAINERS},}}",
        f"{{\n\t{START},\n\t{CONTAINERS} // the end\n}}\n",
        f'{{{START}, {CONTAINERS}, "migrations": [], "durable_objects": {{"bindings": [ ]}}}}',
        f'{{{START}, {CONTAINERS}, "migrations": [{{"tag": "v1"}}, /* last */ ]}}',
        f'{{"env": {{"x": {{{CONTAINERS}}}}}, {START}}}',
    ],
)
def test_what_is_missing_is_added_to_jsonc(project: Project, content: str) -> None:
    file = project.configure(content)
    environment = "x" if '"env"' in content else None
    fix(file, lambda: config.check(file, environment=environment)[1])
    configuration = config.load(file, environment=environment)
    assert [binding.name for binding in configuration.durable_objects] == ["A", "BEE"]
    created = [name for migration in configuration.migrations for name in migration.new_sqlite_classes]
    assert created == ["A", "Bee"]
    assert configuration.warnings == ()


@pytest.mark.parametrize(
    "rest",
    ["", "\n", "migrations = []\n", 'durable_objects.bindings = []\nmigrations = [{tag = "v1"}] # old\n'],
)
def test_what_is_missing_is_added_to_toml(project: Project, rest: str) -> None:
    head = 'name = "w"\nmain = "src/index.ts"\ncompatibility_date = "2026-01-10"\n'
    tables = '[[containers]]\nclass_name = "A"\nimage = "Dockerfile"'
    file = project.configure(head + rest + tables, "wrangler.toml")
    fix_file(file)
    configuration = config.load(file)
    assert [binding.name for binding in configuration.durable_objects] == ["A"]
    assert configuration.warnings == ()


def test_what_is_misspelled_is_corrected_and_not_added_beside(project: Project) -> None:
    text = JSONC.replace('"new_classes"', '"new_sqlite_class"').replace("MyContaner", "MyContainer")
    file = project.configure(text)
    assert "class-without-migration" not in fix_file(file)
    assert file.read_text().count('"new_sqlite_classes": ["MyContainer"]') == 1
    assert file.read_text().count('"tag"') == 1


def test_mode_mark_and_link_of_the_file_stay(project: Project) -> None:
    real = project.write("real.jsonc", JSONC)
    real.write_bytes(b"\xef\xbb\xbf" + JSONC.encode())
    real.chmod(0o640)
    file = project.directory / "wrangler.jsonc"
    file.symlink_to(real)
    fix_file(file)
    assert file.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert real.read_bytes().startswith(b"\xef\xbb\xbf{\n")
    assert sorted(path.name for path in project.directory.iterdir() if path.is_file()) == [
        "Dockerfile",
        "real.jsonc",
        "wrangler.jsonc",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "wrangler.jsonc",
            (
                '# the Worker\n{\n  "name": my-worker, # a comment\n  "main": “src/index.ts”\n'
                '  "compatibility_date: "2026-01-10",\n  "minify": True\n  "keep_names" = false,\n}'
            ),
        ),
        (
            "wrangler.toml",
            (
                'name = my-worker # a comment\nmain = “src/index.ts”\ncompatibility_date = "2026-01-10",\n'
                "minify = True\nkeep_names = no\n[vars\n"
            ),
        ),
    ],
)
def test_mistakes_of_syntax_are_fixed_one_after_the_other(project: Project, name: str, text: str) -> None:
    file = project.configure(text, name)
    assert set(fix_file(file)) == {"syntax"}
    configuration = config.load(file)
    assert (configuration.name, configuration.main) == ("my-worker", project.directory / "src/index.ts")
    assert (configuration.minify, configuration.keep_names, configuration.warnings) == (True, False, ())
    assert " a comment" in file.read_text()


def test_edits_are_made_from_left_to_right() -> None:
    edits = [Edit(5, 5, "!"), Edit(0, 1, "J"), Edit(5, 5, "?")]
    assert apply_edits("hello", edits) == "Jello!?"


def test_no_fix_makes_a_file_unreadable(project: Project) -> None:
    there = "[[migrations.s]]\ntag = 'v1'"
    container = '[[containers]]\nclass_name = "Box"\nimage = "./Dockerfile"\n'
    file = project.configure(f"minfy = true\n{there}\n{container}", "wrangler.toml")
    fix_file(file)
    assert "syntax" not in codes(config.check(file)[1])
    assert file.read_text() == f"minify = true\n{there}\n{container}"
