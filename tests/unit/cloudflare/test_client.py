"""The REST client against a real server: what it sends, repeats, follows, and makes of bad answers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pywrangler.cloudflare.auth import ApiToken, Auth, GlobalKey
from pywrangler.cloudflare.client import Client, Part, encode_multipart
from pywrangler.cloudflare.transport import Limits
from pywrangler.errors import ApiError
from pywrangler.sensitive import Sensitive
from tests.support.api import ACCOUNT, Api, Call, Says, in_turn, refusal, result, serve
from tests.support.servers.tls import self_signed, server_context

TOKEN = ApiToken(Sensitive("token-of-the-test"))
OPEN: list[Client] = []
QUICK = Limits(connect_seconds=1, read_seconds=1, total_seconds=4, attempts=3, backoff_seconds=0.01)


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Clients made in a test are closed after it."""
    yield
    while OPEN:
        OPEN.pop().close()


def client(api: Api | str, auth: Auth = TOKEN, **options: Any) -> Client:
    url = api if isinstance(api, str) else api.url
    OPEN.append(Client(url, ACCOUNT, auth, **{"limits": QUICK, **options}))
    return OPEN[-1]


def test_a_call_carries_token_user_agent_and_json() -> None:
    with serve(in_turn(result({"id": 1}))) as api:
        assert client(api).request("POST", "things", json={"a": 1}) == {"id": 1}
    (call,) = api.calls
    assert (call.method, call.path, call.json) == ("POST", "/things", {"a": 1})
    assert call.headers["authorization"] == "Bearer token-of-the-test"
    assert call.headers["user-agent"].startswith("pywrangler/")


def test_a_global_key_goes_with_its_email() -> None:
    with serve(in_turn(result(None))) as api:
        client(api, GlobalKey("me@example.com", Sensitive("k"))).request("GET", "/user")
    headers = api.calls[0].headers
    assert (headers["x-auth-email"], headers["x-auth-key"]) == ("me@example.com", "k")
    assert "authorization" not in headers


ONE, TWO = {"id": 1}, {"id": 2}


@pytest.mark.parametrize(
    ("pages", "asked"),
    [
        ([result([ONE], next_page_token="b"), result([TWO])], [{}, {"page_token": "b"}]),
        ([result([ONE], cursor="b"), result([TWO], cursor="")], [{}, {"cursor": "b"}]),
        ([result([ONE], cursors={"after": "b"}), result([TWO])], [{}, {"cursor": "b"}]),
        ([result([ONE], page=1, per_page=1, total_count=2), result([TWO], page=2, per_page=1, total_count=2)],
         [{}, {"page": "2"}]),
        ([result([ONE], page=1, per_page=1, total_pages=2), result([TWO], page=2, per_page=1, total_pages=2)],
         [{}, {"page": "2"}]),
    ],
)  # fmt: skip
def test_every_way_of_paging_is_followed_to_the_end(pages: list[Says], asked: list[dict[str, str]]) -> None:
    with serve(in_turn(*pages)) as api:
        assert client(api).list("things") == [ONE, TWO]
    assert [call.query for call in api.calls] == asked


def test_a_listing_that_never_ends_is_an_error() -> None:
    with (
        serve(in_turn(result([ONE], cursor="same"))) as api,
        pytest.raises(ApiError, match="again and again"),
    ):
        client(api).list("things")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_server_errors_are_repeated_where_that_is_safe(method: str) -> None:
    with serve(in_turn(refusal(503, 1, "busy"), refusal(500, 1, "oops"), result("done"))) as api:
        assert client(api).request(method, "things") == "done"
    assert len(api.calls) == 3


def test_a_post_is_not_repeated_after_a_server_error() -> None:
    with (
        serve(in_turn(refusal(503, 1, "busy"), result("done"))) as api,
        pytest.raises(ApiError, match="busy"),
    ):
        client(api).request("POST", "things", json={})
    assert len(api.calls) == 1


def test_a_post_is_not_repeated_when_its_response_was_cut_off() -> None:
    with (
        serve(in_turn(Says(body=b'{"success": true}', cut_after=4), result("twice"))) as api,
        pytest.raises(ApiError, match="connection broke"),
    ):
        client(api).request("POST", "things", json={})
    assert len(api.calls) == 1


def test_a_get_is_repeated_when_its_response_was_cut_off() -> None:
    with serve(in_turn(Says(body=b'{"success": true}', cut_after=4), result("whole"))) as api:
        assert client(api).request("GET", "things") == "whole"


def test_too_many_requests_waits_as_long_as_asked_whatever_the_method() -> None:
    with serve(in_turn(refusal(429, 10429, "slow down", Retry_After="1"), result("done"))) as api:
        started = time.monotonic()
        assert client(api).request("POST", "things", json={}) == "done"
    assert time.monotonic() - started >= 1


def test_a_pause_that_is_too_long_ends_in_the_error_at_once() -> None:
    with (
        serve(in_turn(refusal(429, 10429, "slow down", Retry_After="3600"))) as api,
        pytest.raises(ApiError, match="slow down"),
    ):
        client(api).request("GET", "things")
    assert len(api.calls) == 1


def test_a_removal_whose_response_was_lost_is_not_an_error_when_repeated() -> None:
    with serve(in_turn(Says(body=b"{}", cut_after=1), refusal(404, 1000, "gone"))) as api:
        client(api).request("DELETE", "things/1")
    assert len(api.calls) == 2


def test_a_removal_of_what_never_was_is_an_error() -> None:
    with serve(in_turn(refusal(404, 1000, "no such thing"))) as api, pytest.raises(ApiError) as caught:
        client(api).request("DELETE", "things/1")
    assert (caught.value.status, caught.value.api_code) == (404, 1000)


def test_errors_for_ever_end_after_the_attempts() -> None:
    with serve(in_turn(refusal(500, 1, "always"))) as api, pytest.raises(ApiError, match="always"):
        client(api).request("GET", "things")
    assert len(api.calls) == QUICK.attempts


@pytest.mark.parametrize("status", [401, 403])
def test_a_denial_comes_with_a_checklist_and_the_ray(status: int) -> None:
    with (
        serve(in_turn(refusal(status, 10000, "Unauthorized", CF_Ray="abc-SFO"))) as api,
        pytest.raises(ApiError) as caught,
    ):
        client(api).request("GET", "things")
    error = caught.value
    assert (error.status, error.api_code, error.request_id) == (status, 10000, "abc-SFO")
    assert "Workers Paid" in (error.hint or "")
    assert "token-of-the-test" not in f"{error.message}{error.hint}{error.detail}"


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (Says(body=b"<html>Attention required</html>", content_type="text/html"), "text/html"),
        (Says(body=b'{"success": true, "resu'), "not answer with JSON"),
        (Says(body=b""), "empty body"),
        (Says(502, b"<html>Bad gateway</html>", content_type="text/html"), "HTTP 502"),
        (Says(302, b"{}", {"Location": "http://elsewhere.invalid/"}), "HTTP 302"),
        (Says(body=b'"\\ud800"'), "a text instead"),
        (Says(body=b"[1, 2]"), "a list instead"),
    ],
)
def test_answers_that_are_no_envelope_are_clear_errors(says: Says, words: str) -> None:
    with serve(in_turn(says)) as api, pytest.raises(ApiError, match=words):
        client(api).request("GET", "things")


@pytest.mark.parametrize("value", [7, "text", ["text"], {"id": 1}, [[]]])
def test_a_list_of_something_else_is_a_clear_error(value: Any) -> None:
    with (
        serve(in_turn(result(value))) as api,
        pytest.raises(ApiError, match="Cloudflare answered GET things"),
    ):
        client(api).list("things")


def test_a_field_that_is_not_there_is_named_with_the_request() -> None:
    with serve(in_turn(result({"id": 1, "inner": [{}]}))) as api:
        found = client(api).call("GET", "things").fields
    with pytest.raises(ApiError, match='GET things with an object without "name"'):
        found["inner"][0]["name"]
    assert found.get("name") is None


def test_a_server_that_says_nothing_is_given_up_in_bounded_time() -> None:
    with serve(in_turn(Says(seconds=3))) as api:
        started = time.monotonic()
        with pytest.raises(ApiError, match="no response in time"):
            client(api).request("POST", "things", json={})
    assert time.monotonic() - started < 30


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(ApiError, match=url):
        client(url).request("GET", "things")


def test_a_server_with_an_untrusted_certificate_gets_no_token(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with serve(in_turn(result(None)), server_context(certificate)) as api:
        with pytest.raises(ApiError, match="TLS") as caught:
            client(api).request("GET", "/user")
        assert api.calls == []
        client(api, environment={"SSL_CERT_FILE": str(certificate)}).request("GET", "/user")
    assert [call.headers["authorization"] for call in api.calls] == ["Bearer token-of-the-test"]
    assert "token-of-the-test" not in str(caught.value)


def test_a_response_that_drips_for_ever_is_cut_at_the_deadline() -> None:
    is_cut = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not is_cut.wait(0.1):
                    connection.sendall(b" ")

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        limits = Limits(read_seconds=1, total_seconds=1, attempts=1)
        with pytest.raises(ApiError, match="took too long"):
            client(url, limits=limits).request("GET", "things")
        is_cut.set()
        thread.join()


def test_a_proxy_of_the_environment_is_used_and_may_be_excepted() -> None:
    with serve(in_turn(result("through the proxy"))) as proxy:
        address = proxy.url.removesuffix("/client/v4")
        target = "http://api.invalid"
        through = client(target, environment={"HTTP_PROXY": address})
        assert through.request("GET", "/things") == "through the proxy"
        around = {"HTTP_PROXY": address, "NO_PROXY": ".invalid"}
        with pytest.raises(ApiError):
            client(target, environment=around).request("GET", "/things")
    assert len(proxy.calls) == 1


def test_lines_are_streamed() -> None:
    with serve(in_turn(Says(body=b"one\ntwo\nthree"))) as api:
        assert list(client(api).lines("logs")) == ["one", "two", "three"]
    long = "x" * 300_000  # arrives in several pieces
    with serve(in_turn(Says(body=f"{long}\n\n{long}\n".encode()))) as api:
        assert list(client(api).lines("logs")) == [long, "", long]


def test_debug_output_names_the_call_but_no_secret() -> None:
    said: list[str] = []
    with serve(in_turn(result(1))) as api:
        client(api, debug=said.append).request("GET", "things")
    assert len(said) == 1
    assert "GET things -> 200" in said[0]
    assert "token-of-the-test" not in said[0]


def test_a_multipart_body_holds_every_part_with_its_type() -> None:
    body, content_type = encode_multipart(
        [
            Part("metadata", b"{}", "application/json"),
            Part("index.js", b"x", "application/javascript+module", "index.js"),
        ]
    )
    boundary = content_type.partition("boundary=")[2].encode()
    assert body.count(b"--" + boundary) == 3
    assert b'name="index.js"; filename="index.js"\r\nContent-Type: application/javascript+module' in body


def test_a_call_of_an_account_needs_one() -> None:
    def handler(_: Call) -> Says:
        raise AssertionError("nothing is sent")

    with serve(handler) as api:
        unnamed = client(api)
        unnamed.account_id = None
        with pytest.raises(ApiError, match="needs an account"):
            unnamed.request("GET", "things")
