import { Container } from "@cloudflare/containers";

interface Env {
  JOB: DurableObjectNamespace<Job>;
}

interface Run {
  started: string;
  ended?: string;
  exitCode?: number;
}

/** Which task each cron trigger of wrangler.jsonc runs. */
const TASKS: Record<string, string> = { "0 3 * * *": "backup", "0 4 1 * *": "audit" };

/**
 * A container that works and ends, and serves no port. There is one per task, and it remembers that task's
 * runs.
 */
export class Job extends Container<Env> {
  // A job gets no requests that would keep it awake: choose more than its longest run takes.
  sleepAfter = "2h";

  async run(task: string): Promise<void> {
    if (this.ctx.container?.running) return console.warn(`${task} still runs, so this run is left out.`);
    await this.save([{ started: new Date().toISOString() }, ...(await this.runs())]);
    await this.start({ envVars: { TASK: task } });
  }

  async onStop({ exitCode }: { exitCode: number }): Promise<void> {
    const [latest, ...earlier] = await this.runs();
    if (latest) await this.save([{ ...latest, ended: new Date().toISOString(), exitCode }, ...earlier]);
  }

  async runs(): Promise<Run[]> {
    return (await this.ctx.storage.get<Run[]>("runs")) ?? [];
  }

  private async save(runs: Run[]): Promise<void> {
    await this.ctx.storage.put("runs", runs.slice(0, 20));
  }
}

export default {
  async scheduled(controller: ScheduledController, env: Env): Promise<void> {
    const task = TASKS[controller.cron];
    if (!task) throw new Error(`No task belongs to the cron trigger ${controller.cron}.`);
    await env.JOB.getByName(task).run(task);
  },

  async fetch(request: Request, env: Env): Promise<Response> {
    const task = new URL(request.url).pathname.slice(1);
    if (!Object.values(TASKS).includes(task)) {
      return new Response("GET /backup, GET /audit\n", { status: 404 });
    }
    return Response.json(await env.JOB.getByName(task).runs());
  },
};
