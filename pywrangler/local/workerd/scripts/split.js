// Chooses a version for each request, where two versions of a Worker share them: see front/splits.py. As on
// Cloudflare, a header may name the version, or a key whose requests all go to one version.

const OVERRIDES = "Cloudflare-Workers-Version-Overrides";
const KEY = "Cloudflare-Workers-Version-Key";

// A dictionary of RFC 8941: the version to take, by the Worker's name.
const overridden = (header, { worker, versions }) => {
  for (const [, name, id] of (header ?? "").matchAll(/(?:^|,)\s*([\w*.-]+)\s*=\s*"([^"]*)"/g))
    if (name.toLowerCase() === worker) return versions.find((version) => version.id === id);
};

// A place in [0, 100) that depends on the key alone.
const placeOf = async (key) => {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return (new DataView(digest).getUint32(0) / 2 ** 32) * 100;
};

const versionAt = (place, versions) => {
  let end = 0;
  for (const version of versions) {
    end += version.percentage;
    if (place < end) return version;
  }
  return versions.findLast(({ percentage }) => percentage > 0);
};

export default {
  async fetch(request, env) {
    const { versions } = env.SPLIT;
    let version = overridden(request.headers.get(OVERRIDES), env.SPLIT);
    if (!version) {
      const key = request.headers.get(KEY);
      version = versionAt(key === null ? Math.random() * 100 : await placeOf(key), versions);
    }
    return env[version.service].fetch(request);
  },
};
