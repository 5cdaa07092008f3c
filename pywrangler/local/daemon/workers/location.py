"""Where containers believe to run, and where requests seem to come from: Cloudflare tells containers their
location, region and country, and Workers the data center and the country; here they are chosen.
"""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.errors import UsageError
from pywrangler.local.instances.records import Location
from pywrangler.local.workerd.records import RequestOrigin

LOCATION_VARIABLE = "PYWRANGLER_LOCATION"
REGION_VARIABLE = "PYWRANGLER_REGION"
COUNTRY_VARIABLE = "PYWRANGLER_COUNTRY"


def read_location(environment: Mapping[str, str]) -> Location:
    """What the environment says, and defaults for the rest. Raises `UsageError` for what is no country."""
    default = Location()
    country = environment.get(COUNTRY_VARIABLE) or default.country
    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise UsageError(
            f"{COUNTRY_VARIABLE} is {country}, which is not a country.",
            hint="It is a code of two letters, such as DE (ISO 3166).",
        )
    return Location(
        location=environment.get(LOCATION_VARIABLE) or default.location,
        region=environment.get(REGION_VARIABLE) or default.region,
        country=country.upper(),
    )


def place_of(location: Location) -> RequestOrigin:
    """What Workers are told: the data center is what the location begins with, as in `fra03`."""
    chosen, default = Location(), RequestOrigin()
    colo = location.location[:3].upper()
    return RequestOrigin(
        colo=default.colo if location.location == chosen.location or not colo.isalpha() else colo,
        country=default.country if location.country == chosen.country else location.country,
    )
