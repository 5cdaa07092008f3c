"""What a Worker learns about the client: headers and `request.cf`, however a request comes to it."""

from __future__ import annotations

import json

import pytest

from tests.local.daemon.uploads import Account
from tests.support.http import request
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

CLASSES = {
    "bindings": [
        {"type": "durable_object_namespace", "name": "ROOM", "class_name": "Room"},
        {"type": "service", "name": "OTHER", "service": "edge-other"},
        {"type": "service", "name": "NAMED", "service": "edge", "entrypoint": "Named"},
    ],
    "migrations": {"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Room"]}]},
}
TELL = """
const tell = ({ cf, headers }) => ({ cf, ip: headers.get("CF-Connecting-IP"), ray: headers.get("CF-Ray"),
  proto: headers.get("X-Forwarded-Proto"), worker: headers.get("CF-Worker"),
  country: headers.get("CF-IPCountry"), real: headers.get("X-Real-IP") });
"""
WORKER = f"""
import {{ DurableObject, WorkerEntrypoint, env as early }} from "cloudflare:workers";
const names = Object.keys(early).join();
{TELL}
export class Room extends DurableObject {{ fetch(request) {{ return Response.json(tell(request)); }} }}
export class Named extends WorkerEntrypoint {{ fetch(request) {{ return Response.json(tell(request)); }} }}
const calls = {{
  direct: (request) => Response.json(tell(request)),
  copy: (request) => Response.json(tell(new Request("http://elsewhere/", request))),
  object: (request, env) => env.ROOM.getByName("a").fetch(request),
  entrypoint: (request, env) => env.NAMED.fetch(request),
  other: (request, env) => env.OTHER.fetch(request),
  own: (request) => Response.json([
    new Request(request, {{ cf: {{ colo: "MINE" }} }}).cf, new Request("http://a/").cf ?? 0,
    request.cf === request.cf, Object.keys(request.cf.tlsClientAuth).length,
  ]),
  names: (request, env) => Response.json([names, Object.keys(env).join()]),
}};
export default {{ fetch: (request, env) => calls[new URL(request.url).pathname.slice(1)](request, env) }};
"""
OTHER = f"{TELL}export default {{ fetch: (request) => Response.json(tell(request)) }};"
FORGED = {
    "CF-Connecting-IP": "9.9.9.9",
    "CF-Ray": "forged",
    "CF-IPCountry": "ZZ",
    "CF-Worker": "forged",
    "X-Real-IP": "9.9.9.9",
    "X-Forwarded-Proto": "https",
    "MF-CF-Blob": '{"country": "ZZ"}',
}


@pytest.fixture(scope="module")
def urls() -> dict[str, str]:
    """Where the Workers are, once they are deployed."""
    return {}


@pytest.fixture
def url(account: Account, urls: dict[str, str]) -> str:
    """The Worker's address."""
    if not urls:
        account.deploy("edge-other", OTHER)
        urls["edge"] = account.deploy("edge", WORKER, **CLASSES)
    return urls["edge"].replace("localhost", "127.0.0.1")


@pytest.mark.parametrize("way", ["direct", "copy", "object", "entrypoint", "other"])
def test_the_client_is_known_whichever_way_a_request_takes(url: str, way: str) -> None:
    told = request(f"{url}/{way}", headers={**FORGED, "Accept-Encoding": "gzip"}).json
    assert (told["ip"], told["real"], told["proto"], told["country"]) == (
        "127.0.0.1",
        "127.0.0.1",
        "http",
        "US",
    )
    assert told["worker"] is None
    assert told["ray"].endswith("-DFW")
    assert len(told["ray"]) == 20
    cf = told["cf"]
    assert (cf["country"], cf["colo"], cf["city"], cf["asn"]) == ("US", "DFW", "Austin", 395747)
    assert (cf["httpProtocol"], cf["clientAcceptEncoding"], cf["botManagement"]["score"]) == (
        "HTTP/1.1",
        "gzip",
        99,
    )
    assert "clientIp" not in cf


def test_what_code_sets_itself_stays(url: str) -> None:
    assert request(f"{url}/own").json == [{"colo": "MINE"}, 0, True, 21]


def test_nothing_of_it_is_seen_in_the_environment(url: str) -> None:
    assert request(f"{url}/names").json == ["NAMED,OTHER,ROOM"] * 2


@pytest.mark.parametrize(
    "settings",
    [
        {"compatibility_date": "2021-06-01"},
        {"compatibility_flags": ["workers_api_getters_setters_on_instance"]},
        {"compatibility_flags": ["nodejs_compat"]},
        {"compatibility_flags": ["new_module_registry"]},
    ],
)
def test_dates_and_flags_change_nothing(account: Account, settings: dict[str, object]) -> None:
    name = f"edge-{abs(hash(json.dumps(settings)))}"
    url = account.deploy(name, OTHER, **settings).replace("localhost", "127.0.0.1")
    told = request(url, headers=FORGED).json
    assert (told["ip"], told["proto"], told["cf"]["country"], told["cf"]["colo"]) == (
        "127.0.0.1",
        "http",
        "US",
        "DFW",
    )
    assert told["ray"] not in (None, "forged")


def test_the_place_can_be_chosen(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    account.deploy("edge-place", OTHER)
    account.platform.end()
    monkeypatch.setenv("PYWRANGLER_COUNTRY", "de")
    monkeypatch.setenv("PYWRANGLER_LOCATION", "fra03")
    account.platform.start()
    url = account.platform.worker_url("edge-place")
    told = eventually(lambda: request(url).json)
    assert (told["cf"]["country"], told["cf"]["colo"], told["cf"]["isEUCountry"]) == ("DE", "FRA", "1")
    assert told["country"] == "DE"
    assert "city" not in told["cf"]
