import { Container, getContainer } from "@cloudflare/containers";

interface Env {
  NOTES: DurableObjectNamespace<Notes>;
  R2_BUCKET: R2Bucket;
  R2_BUCKET_NAME: string;
  R2_ACCOUNT_ID: string;
  AWS_ACCESS_KEY_ID: string;
  AWS_SECRET_ACCESS_KEY: string;
}

export class Notes extends Container<Env> {
  defaultPort = 8080;
  sleepAfter = "5m";

  constructor(ctx: DurableObjectState<{}>, env: Env) {
    super(ctx, env);
    this.envVars = {
      R2_BUCKET_NAME: env.R2_BUCKET_NAME,
      R2_ACCOUNT_ID: env.R2_ACCOUNT_ID,
      AWS_ACCESS_KEY_ID: env.AWS_ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY: env.AWS_SECRET_ACCESS_KEY,
    };
  }
}

export default {
  // /files/NAME goes to the container, which has the bucket as a directory; /objects/NAME is R2 itself.
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    const [, place, name = ""] = url.pathname.split("/");
    if (place === "files") {
      return getContainer(env.NOTES).fetch(new Request(new URL(`/${name}`, url), request));
    }
    if (place === "objects" && request.method === "PUT") {
      const content = await request.arrayBuffer();
      await env.R2_BUCKET.put(name, content);
      return new Response(`Put ${content.byteLength} bytes into ${name}\n`);
    }
    const object = place === "objects" ? await env.R2_BUCKET.get(name) : null;
    return object ? new Response(object.body) : new Response("There is no such object.\n", { status: 404 });
  },
};
