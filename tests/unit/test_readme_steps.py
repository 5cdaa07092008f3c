"""The reader of read-me files notices what does not come true; nothing else would notice that it does not."""

from __future__ import annotations

from tests.support.readme import Names, Step, read_steps

README = """
```console
$ npm install
$ curl http://localhost:8787/ada
{"notes": []}
done
$ pywrangler delete
```

```ts
$ not.a.command();
```
"""
ADA, GRACE = "id 3f1c0a5e7b21", "id 9d44e1c07f02"
ONE, OTHER = "id aaaaaaaaaaaa", "id bbbbbbbbbbbb"


def test_commands_are_read_with_what_they_print() -> None:
    shown = Step("curl http://localhost:8787/ada", '{"notes": []}\ndone')
    assert read_steps(README) == [Step("npm install", None), shown, Step("pywrangler delete", None)]


def test_text_has_to_be_the_same() -> None:
    assert Names().matches("two (2)", "two (2)\n")
    assert not Names().matches("two (2)", "two (2), three")


def test_dots_stand_for_anything() -> None:
    assert Names().matches("a ... z\n...\nend", "a b c z\n1\n2\nend")
    assert not Names().matches("a ... z", "a\nz")


def test_names_keep_apart_what_they_keep_apart_in_the_file() -> None:
    names = Names()
    assert names.matches(f"{ADA}, {ADA}", f"{ONE}, {ONE}")
    assert not names.matches(GRACE, ONE), "another one than Ada's was promised"
    assert names.matches(GRACE, OTHER)
    assert not names.matches(ADA, OTHER)
    assert names.translate(f"show {ADA}") == f"show {ONE}"


def test_the_addresses_of_deploys_come_in_the_order_of_the_ports() -> None:
    names = Names()
    for printed in ("http://localhost:5001", "http://localhost:5007", "http://localhost:5001"):
        names.address(printed)
    assert names.translate("curl localhost:8787 localhost:8788") == "curl localhost:5001 localhost:5007"
