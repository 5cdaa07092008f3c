"""Additions of Cloudflare's network to a request before a Worker gets it: headers about the client, and
`request.cf`.

Fields and values are miniflare's (5.20261117) when it does not ask Cloudflare, so they are the ones of
`wrangler dev`. Headers are Cloudflare's. Headers of these names from a client are replaced, as on Cloudflare.

`workerd` adds headers itself, at no cost, but the same ones to every request of a socket. So `CF-Ray` differs
only between versions, and a socket that other machines can reach has a Worker of ours in front (edge.js).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import OWN_COMPATIBILITY_DATE, SCRIPTS, own_modules
from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.records import RequestOrigin, WorkerSpec
from pywrangler.module_types import PYTHON

EDGE_SERVICE = "edge"
PROPERTIES_BINDING = "pywrangler: request.cf"
"""Removed before the Worker's code runs."""
_PROPERTIES_MODULE = "pywrangler:request-properties"
GETTERS_DATE, GETTERS_FLAG = "2022-01-31", "workers_api_getters_setters_on_"
"""The date since which, and the flags with which, `Request` has its fields on the prototype."""
REMOVED_HEADERS = ("Expect", "CF-Connecting-IPv6", "CF-EW-Via", "CF-Worker")
"""Request headers that end at Cloudflare's edge. curl sends `Expect: 100-continue` before a large body; a
container would respond to it with 1xx first, which workerd (2026-11) takes for the whole response.
"""

_COUNTRIES = {
    "AF": "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG"
    " ML MR MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
    "AN": "AQ BV GS HM TF",
    "AS": "AE AF AM AZ BD BH BN BT CC CN CX GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB LK"
    " MM MN MO MV MY NP OM PH PK PS QA SA SG SY TH TJ TL TM TR TW UZ VN YE",
    "EU": "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI"
    " LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK",
    "NA": "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI"
    " PA PM PR SV SX TC TT US VC VG VI",
    "OC": "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS",
    "SA": "AR BO BR CL CO EC FK GF GY PE PY SR UY VE",
}
CONTINENTS = {
    country: continent for continent, countries in _COUNTRIES.items() for country in countries.split()
}
"""Continents by country, in the codes that Cloudflare uses for both: ISO 3166 alpha-2, and GeoNames for
continents.
"""
EUROPEAN_UNION = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
_UNITED_STATES = {
    "city": "Austin",
    "region": "Texas",
    "regionCode": "TX",
    "metroCode": "635",
    "postalCode": "78701",
    "timezone": "America/Chicago",
    "latitude": "30.27130",
    "longitude": "-97.74260",
}
_CERTIFICATE_TEXTS = (
    *("certIssuerDN", "certSubjectDN", "certIssuerDNRFC2253", "certSubjectDNRFC2253", "certIssuerDNLegacy"),
    *(
        "certSubjectDNLegacy",
        "certSerial",
        "certIssuerSerial",
        "certSKI",
        "certIssuerSKI",
        "certFingerprintSHA1",
    ),
    *("certFingerprintSHA256", "certNotBefore", "certNotAfter", "certRFC9440", "certChainRFC9440"),
)


def request_properties(place: RequestOrigin) -> dict[str, Any]:
    """`request.cf` of a request from `place`. Fields that are known only for the United States are absent
    elsewhere.
    """
    country = place.country
    return {
        "asOrganization": "",
        "asn": 395747,
        "colo": place.colo,
        **(_UNITED_STATES if country == "US" else {}),
        "country": country,
        **({"isEUCountry": "1"} if country in EUROPEAN_UNION else {}),
        **({"continent": CONTINENTS[country]} if country in CONTINENTS else {}),
        "clientTcpRtt": 0,
        "httpProtocol": "HTTP/1.1",
        "requestPriority": "weight=192;exclusive=0",
        "tlsCipher": "AEAD-AES128-GCM-SHA256",
        "tlsVersion": "TLSv1.3",
        "tlsClientAuth": {
            "certPresented": "0",
            "certVerified": "NONE",
            "certRevoked": "0",
            **dict.fromkeys(_CERTIFICATE_TEXTS, ""),
            "certRFC9440TooLarge": False,
            "certChainRFC9440TooLarge": False,
        },
        "edgeRequestKeepAliveStatus": 0,
        "clientTrustScore": 99,
        "botManagement": {
            "corporateProxy": False,
            "verifiedBot": False,
            "ja3Hash": "25b4882c2bcb50cd6b469ff28c596742",
            "staticResource": False,
            "detectionIds": [],
            "score": 99,
        },
    }


def edge_headers(spec: WorkerSpec, client: str | None) -> list[Value]:
    """Headers of every request on one socket.

    `client` is the address of its clients, None if they differ. A header without a value is removed.
    """
    headers = {
        "CF-IPCountry": spec.place.country,
        "CF-Visitor": '{"scheme":"http"}',
        "X-Forwarded-Proto": "http",
    }
    if client is not None:
        ray = hashlib.sha256(spec.version_id.encode()).hexdigest()[:16]
        headers |= {"CF-Connecting-IP": client, "X-Real-IP": client, "CF-Ray": f"{ray}-{spec.place.colo}"}
    return [
        *({"name": name, "value": value} for name, value in headers.items()),
        *({"name": name} for name in REMOVED_HEADERS),
    ]


def fills_in_properties(spec: WorkerSpec) -> bool:
    """Whether `request.cf` inside the Worker can be replaced: not with old compatibility dates, and not in
    Python.
    """
    flags = spec.compatibility_flags
    is_recent = spec.compatibility_date >= GETTERS_DATE and f"{GETTERS_FLAG}instance" not in flags
    has_getters = is_recent or f"{GETTERS_FLAG}prototype" in flags
    return has_getters and all(module.type != PYTHON for module in spec.modules)


def properties_attachment(spec: WorkerSpec) -> Attachment:
    """The binding that fills in `request.cf`."""
    inner: list[Value] = [
        {"name": "properties", "json": json.dumps(request_properties(spec.place))},
        {"name": "name", "text": PROPERTIES_BINDING},
    ]
    module: Value = {
        "name": _PROPERTIES_MODULE,
        "internal": True,
        "esModule": Embed(SCRIPTS / "request_properties.js"),
    }
    return Attachment(
        {"wrapped": {"moduleName": _PROPERTIES_MODULE, "innerBindings": inner}},
        extensions=({"modules": [module]},),
    )


def edge_service(spec: WorkerSpec, front: str) -> Mapping[str, Value]:
    """The Worker of ours before `front`, which adds the rest."""
    worker: Value = {
        "modules": own_modules("edge.js"),
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "bindings": [
            {"name": "WORKER", "service": front},
            {"name": "PROPERTIES", "json": json.dumps(request_properties(spec.place))},
        ],
    }
    return {"name": EDGE_SERVICE, "worker": worker}
