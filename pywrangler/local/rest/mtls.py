"""Client certificates of mTLS bindings, and certificates of authorities."""

from __future__ import annotations

import uuid
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import optional_text, read_object, text_field
from pywrangler.local.rest.context import ApiContext, context_of, path_part
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.operations import WorkerStartError
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.products.certificate_facts import (
    WrongCertificateError,
    certificates_in,
    check_key,
    read_facts,
)
from pywrangler.local.store.records import MtlsCertificate
from pywrangler.sensitive import Sensitive

NO_SUCH_CERTIFICATE = 1404
WRONG_CERTIFICATE = 1412
STILL_IN_USE = 1406
CERTIFICATES = "/mtls_certificates"
MAX_CHAIN_BYTES = 256 * 1024


async def list_certificates(request: web.Request) -> web.Response:
    """`GET /mtls_certificates?ca=&name=`."""
    wanted, authority = request.query.get("name"), request.query.get("ca")
    found = [
        each
        for each in context_of(request).store.mtls.all()
        if wanted in (None, each.name) and authority in (None, str(each.is_authority).lower())
    ]
    return success([_certificate_json(each) for each in found])


async def create_certificate(request: web.Request) -> web.Response:
    """`POST /mtls_certificates` with `{"name", "certificates", "private_key", "ca"}`. The key never comes
    back. `id`, which Cloudflare chooses itself, is the local platform's own: a configuration has it already.
    """
    context, body = context_of(request), await read_object(request)
    chain, is_authority = certificates_in(text_field(body, "certificates")), bool(body.get("ca"))
    if len(chain) > MAX_CHAIN_BYTES:
        raise RestError(f"The certificates are larger than {MAX_CHAIN_BYTES} bytes.", code=WRONG_CERTIFICATE)
    key = None if is_authority else Sensitive(text_field(body, "private_key"))
    try:
        read_facts(chain)
        if key is not None:
            check_key(chain, key)
    except WrongCertificateError as error:
        raise RestError(str(error), code=WRONG_CERTIFICATE) from error
    name, chosen = optional_text(body, "name") or "", optional_text(body, "id") or str(uuid.uuid4())
    made = MtlsCertificate(chosen, name, is_authority, chain, context.clock())
    store = context.store

    def add() -> None:
        if store.mtls.get(chosen) is not None:
            raise RestError(f"There is a certificate {chosen} already.", status=409, code=WRONG_CERTIFICATE)
        store.mtls.add(made, key)

    await store.change(add)
    try:
        await _refresh(context, made.id)
    except WorkerStartError:
        await store.change(lambda: store.mtls.delete(made.id))
        raise
    return success(_certificate_json(made))


async def show_certificate(request: web.Request) -> web.Response:
    """`GET /mtls_certificates/{certificate}`."""
    return success(_certificate_json(_find(request)))


async def delete_certificate(request: web.Request) -> web.Response:
    """`DELETE /mtls_certificates/{certificate}`: refused while a Worker is bound to it."""
    context, certificate = context_of(request), _find(request)
    if users := _bound_workers(context, certificate.id):
        raise RestError(
            f"The certificate is used by the Worker {', '.join(users)}.", status=409, code=STILL_IN_USE
        )
    await context.store.change(lambda: context.store.mtls.delete(certificate.id))
    return success(_certificate_json(certificate))


async def _refresh(context: ApiContext, certificate_id: str) -> None:
    for worker in _bound_workers(context, certificate_id):
        async with context.hold(worker):
            await context.operations.refresh_bindings(worker)


def _bound_workers(context: ApiContext, certificate_id: str) -> list[str]:
    return [
        name
        for name, version in context.store.versions.all_active().items()
        if any(binding.get("certificate_id") == certificate_id for binding in version.bindings)
    ]


def _find(request: web.Request) -> MtlsCertificate:
    wanted = path_part(request, "certificate")
    found = context_of(request).store.mtls.get(wanted)
    if found is None:
        raise RestError(f"There is no certificate {wanted}.", status=404, code=NO_SUCH_CERTIFICATE)
    return found


def _certificate_json(certificate: MtlsCertificate) -> dict[str, Any]:
    facts = read_facts(certificate.chain)
    return {
        "id": certificate.id,
        "name": certificate.name,
        "ca": certificate.is_authority,
        "certificates": certificate.chain,
        "issuer": facts.issuer,
        "serial_number": facts.serial_number,
        "signature": facts.signature,
        "type": "custom",
        "uploaded_on": timestamp(certificate.uploaded_on),
        "expires_on": timestamp(facts.expires_on.timestamp()),
    }


ROUTES = [
    Route("GET", CERTIFICATES, list_certificates),
    Route("POST", CERTIFICATES, create_certificate),
    Route("GET", CERTIFICATES + "/{certificate}", show_certificate),
    Route("DELETE", CERTIFICATES + "/{certificate}", delete_certificate),
]
