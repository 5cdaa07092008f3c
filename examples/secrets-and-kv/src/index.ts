import { Container, getContainer } from "@cloudflare/containers";

interface Env {
  SIGNER: DurableObjectNamespace<Signer>;
  ISSUER: string;
  API_TOKEN: string;
  SIGNING_KEY: SecretsStoreSecret;
  DOCUMENTS: KVNamespace;
}

export class Signer extends Container<Env> {
  defaultPort = 8080;
  sleepAfter = "5m";
  enableInternet = false;

  constructor(ctx: DurableObjectState<{}>, env: Env) {
    super(ctx, env);
    // A container sees nothing of `env` but what it is given here. Variables and secrets are texts; the value
    // of a Secrets Store binding must be fetched first, and the container must not start before that.
    ctx.blockConcurrencyWhile(async () => {
      this.envVars = {
        ISSUER: env.ISSUER,
        API_TOKEN: env.API_TOKEN,
        SIGNING_KEY: await env.SIGNING_KEY.get(),
      };
    });
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const name = new URL(request.url).pathname.slice(1);
    const document = name && (await env.DOCUMENTS.get(name));
    if (!document) return new Response(`There is no document "${name}".\n`, { status: 404 });
    return getContainer(env.SIGNER).fetch(new Request("http://signer/", { method: "POST", body: document }));
  },
};
