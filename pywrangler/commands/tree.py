"""The command tree as data: which words lead to which function, and the line that describes each.

Only the module of the command that runs is imported, so this table is all that help screens, completions
and did-you-mean need. A command is a function `name(run: Invocation, ...)` whose other parameters are Typer
options and arguments, or one record of them; its docstring is the help text.
"""

from __future__ import annotations

from pywrangler.dataclass import dataclass

Words = tuple[str, ...]


@dataclass(frozen=True)
class Command:
    """One command: the words that name it, its function as `module:function`, and its short help."""

    path: Words
    target: str
    help: str

    @property
    def is_local_by_default(self) -> bool:
        """Whether it acts on the local platform by default, with any credentials."""
        return self.path[:2] in LOCAL_BY_DEFAULT

    @property
    def takes_several_configurations(self) -> bool:
        """Whether `--config` may be given more than once, for a Worker each."""
        return self.path[0] in ("deploy", "dev", "types")

    @property
    def program_after(self) -> int | None:
        """How many operands precede the command line of another program; None without one."""
        return 1 if self.path in WITH_PROGRAM else None

    @property
    def has_own_environment(self) -> bool:
        """Whether its `--env` and `--env-file` are about the variables of a program, as Docker's are."""
        return self.path == ("containers", "exec")

    @property
    def takes_any_environment(self) -> bool:
        """Whether `--env` may name what the configuration does not have, or the command itself says so."""
        return self.path[0] in ("check", "cluster", "deploy", "dev", "init", "local", "logout", "node")


def _command(words: str, target: str, text: str) -> Command:
    return Command(tuple(words.split()), f"pywrangler.commands.{target}", text)


GROUPS: dict[Words, str] = {
    ("versions",): "Versions of a Worker, and which of them serve its requests.",
    ("versions", "secret"): "Secrets of versions that do not serve yet.",
    ("deployments",): "Deployments of a Worker: which versions served since when.",
    ("triggers",): "What calls a Worker.",
    ("containers",): "Build, look at and remove container applications.",
    ("containers", "images"): "List and delete images in registries.",
    ("containers", "registries"): "Registries that containers may take their images from.",
    ("secret",): "Secrets of a Worker.",
    ("secrets-store",): "The account's Secrets Store.",
    ("secrets-store", "store"): "Stores in the Secrets Store.",
    ("secrets-store", "secret"): "Secrets in a store.",
    ("kv",): "Workers KV.",
    ("kv", "namespace"): "KV namespaces.",
    ("kv", "key"): "Single key-value pairs.",
    ("kv", "bulk"): "Many key-value pairs at once.",
    ("d1",): "D1: databases.",
    ("d1", "migrations"): "Migrations of a database.",
    ("d1", "time-travel"): "Earlier states of a database at Cloudflare.",
    ("r2",): "R2: buckets of objects.",
    ("r2", "bucket"): "Buckets.",
    ("r2", "bucket", "update"): "Change a bucket.",
    ("r2", "bucket", "notification"): "Messages of queues for changes of a bucket's objects.",
    ("r2", "bucket", "dev-url"): "The address at which anyone can read a bucket.",
    ("r2", "object"): "Objects in buckets.",
    ("r2", "s3-credentials"): "Access keys for clients of S3, on the local platform.",
    ("queues",): "Queues.",
    ("queues", "consumer"): "Consumers of queues.",
    ("queues", "consumer", "worker"): "Workers that are consumers.",
    ("queues", "consumer", "http"): "Consumers that pull by HTTP.",
    ("queues", "subscription"): "Events of other products, sent to queues.",
    ("workflows",): "Workflows and their instances.",
    ("workflows", "instances"): "Instances of Workflows.",
    ("dispatch-namespace",): "Dispatch namespaces (Workers for Platforms).",
    ("mtls-certificate",): "Client certificates that Workers present to servers.",
    ("cluster",): "Several machines as one local platform.",
    ("node",): "A machine of a cluster, as a service manager runs it.",
    ("local",): "The local platform: a small Cloudflare on this machine.",
}

LOCAL_BY_DEFAULT: frozenset[Words] = frozenset(
    {
        ("kv", "key"),
        ("kv", "bulk"),
        ("d1", "execute"),
        ("d1", "export"),
        ("d1", "migrations"),
        ("r2", "object"),
        ("r2", "s3-credentials"),
        ("secrets-store", "store"),
        ("secrets-store", "secret"),
    }
)
"""Groups whose commands Wrangler (4.164) takes to Cloudflare with `--remote` only: a script that relies on
that must not change an account here.
"""

WITH_PROGRAM: frozenset[Words] = frozenset({("containers", "exec"), ("containers", "ssh")})
"""Commands that run a program in a container."""

COMMANDS: tuple[Command, ...] = (
    _command("init", "init:init", "Create a new project."),
    _command("deploy", "deploy.deploy:deploy", "Deploy the Worker and its containers."),
    _command("dev", "dev.dev:dev", "Run the Worker here, and bring in what is saved."),
    _command("tail", "tail.tail:tail", "Show the requests that a Worker handles, and its logs."),
    _command("delete", "delete:delete", "Delete a Worker with its container applications."),
    _command("check", "check:check", "Check the configuration without deploying."),
    _command("types", "types.types:types", "Write TypeScript types for the configuration."),
    _command("versions list", "versions.list:list_", "List the newest versions of a Worker."),
    _command("versions view", "versions.list:view", "Show a version of a Worker."),
    _command("versions upload", "versions.upload:upload", "Upload a version without deploying it."),
    _command("versions deploy", "versions.deploy:deploy", "Let versions serve the requests of a Worker."),
    _command("versions secret put", "versions.secret.put:put", "Make a version with a new secret."),
    _command("versions secret list", "versions.secret.list:list_", "List the secrets of versions."),
    _command("versions secret delete", "versions.secret.delete:delete", "Make a version without a secret."),
    _command("versions secret bulk", "versions.secret.bulk:bulk", "Make a version with many new secrets."),
    _command("deployments list", "versions.deployments:list_", "List the newest deployments of a Worker."),
    _command("deployments status", "versions.deployments:status", "Show which versions serve requests."),
    _command("deployments view", "versions.deployments:view", "Say which command replaces this one."),
    _command("rollback", "versions.rollback:rollback", "Go back to an earlier version of a Worker."),
    _command("preview", "preview.preview:preview", "Deploy to a preview of the Worker at Cloudflare."),
    _command("preview delete", "preview.delete:delete", "Delete a preview of the Worker."),
    _command("triggers deploy", "versions.triggers:deploy", "Set what calls a Worker; its code stays."),
    _command("doctor", "doctor.doctor:doctor", "Find what is missing here, with the cure."),
    _command("explain", "explain:explain", "Explain an error code: what it means, and what to do."),
    _command("containers list", "containers.list:list_", "List the container applications."),
    _command("containers info", "containers.info:info", "Show one container application."),
    _command("containers instances", "containers.instances:instances", "List an application's instances."),
    _command("containers logs", "containers.logs:logs", "Show the logs of an application's containers."),
    _command("containers exec", "containers.inside.exec:exec_", "Run a program in an instance."),
    _command("containers ssh", "containers.inside.ssh:ssh", "Open a shell in an instance."),
    _command("containers cp", "containers.inside.cp:cp", "Copy files to or from an instance."),
    _command(
        "containers port-forward",
        "containers.inside.port_forward:port_forward",
        "Reach a port of an instance from this machine.",
    ),
    _command(
        "containers stats", "containers.inside.stats:stats", "Show what instances use of CPU and memory."
    ),
    _command("containers wait", "containers.inside.wait:wait", "Wait until instances are ready or stopped."),
    _command("containers restart", "containers.inside.stop:restart", "Restart instances."),
    _command("containers stop", "containers.inside.stop:stop", "Stop instances."),
    _command("containers delete", "containers.delete:delete", "Delete a container application."),
    _command("containers build", "containers.build:build", "Build an image."),
    _command("containers push", "containers.push:push", "Push a local image to the managed registry."),
    _command("containers images list", "containers.images.list:list_", "List images."),
    _command("containers images delete", "containers.images.delete:delete", "Delete one tag of an image."),
    _command("containers images prune", "containers.images.prune:prune", "Delete old tags of images."),
    _command(
        "containers registries configure",
        "containers.registries.configure:configure",
        "Store the credentials of a registry.",
    ),
    _command("containers registries list", "containers.registries.list:list_", "List configured registries."),
    _command(
        "containers registries delete",
        "containers.registries.delete:delete",
        "Delete the credentials of a registry.",
    ),
    _command(
        "containers registries credentials",
        "containers.registries.credentials:credentials",
        "Create short-lived credentials for a registry.",
    ),
    _command("secret put", "secret.put:put", "Create or replace a secret of a Worker."),
    _command("secret list", "secret.list:list_", "List the names of a Worker's secrets."),
    _command("secret delete", "secret.delete:delete", "Delete a secret of a Worker."),
    _command("secret bulk", "secret.bulk:bulk", "Set many secrets of a Worker at once."),
    _command("secrets-store store create", "secrets_store.store:create", "Create a store."),
    _command("secrets-store store list", "secrets_store.store:list_", "List the stores."),
    _command("secrets-store store delete", "secrets_store.store:delete", "Delete a store."),
    _command("secrets-store secret create", "secrets_store.secret:create", "Create a secret in a store."),
    _command("secrets-store secret list", "secrets_store.secret:list_", "List the secrets of a store."),
    _command("secrets-store secret get", "secrets_store.secret:get", "Show the details of a secret."),
    _command("secrets-store secret update", "secrets_store.secret:update", "Change a secret."),
    _command("secrets-store secret delete", "secrets_store.secret:delete", "Delete a secret."),
    _command(
        "secrets-store secret duplicate",
        "secrets_store.secret:duplicate",
        "Copy a secret.",
    ),
    _command("kv namespace create", "kv.namespace:create", "Create a namespace."),
    _command("kv namespace list", "kv.namespace:list_", "List the namespaces, as JSON."),
    _command("kv namespace delete", "kv.namespace:delete", "Delete a namespace with everything in it."),
    _command("kv namespace rename", "kv.namespace:rename", "Rename a namespace."),
    _command("kv key put", "kv.key:put", "Write a value."),
    _command("kv key list", "kv.key:list_", "List the keys, as JSON."),
    _command("kv key get", "kv.key:get", "Write a value to standard output."),
    _command("kv key delete", "kv.key:delete", "Delete a key."),
    _command("kv bulk get", "kv.bulk:get", "Read the values of many keys."),
    _command("kv bulk put", "kv.bulk:put", "Write many pairs."),
    _command("kv bulk delete", "kv.bulk:delete", "Delete many keys."),
    _command("d1 create", "d1.database:create", "Create a database."),
    _command("d1 list", "d1.database:list_", "List the databases."),
    _command("d1 info", "d1.database:info", "Show a database."),
    _command("d1 delete", "d1.database:delete", "Delete a database with everything in it."),
    _command("d1 execute", "d1.execute:execute", "Run SQL on a database."),
    _command("d1 export", "d1.export:export", "Write a database to a file of SQL."),
    _command("d1 migrations create", "d1.migrations:create", "Create a migration file."),
    _command("d1 migrations list", "d1.migrations:list_", "List the migrations that are not applied yet."),
    _command("d1 migrations apply", "d1.migrations:apply", "Apply the migrations that are not applied yet."),
    _command("d1 time-travel info", "d1.time_travel:info", "Show the bookmark of a database."),
    _command("d1 time-travel restore", "d1.time_travel:restore", "Restore a database to an earlier state."),
    _command("r2 bucket create", "r2.bucket:create", "Create a bucket."),
    _command("r2 bucket list", "r2.bucket:list_", "List the buckets."),
    _command("r2 bucket info", "r2.bucket:info", "Show a bucket and what it holds."),
    _command("r2 bucket delete", "r2.bucket:delete", "Delete an empty bucket."),
    _command(
        "r2 bucket update storage-class",
        "r2.bucket:update_storage_class",
        "Change the storage class of new objects.",
    ),
    _command("r2 bucket notification create", "r2.notification:create", "Create a rule."),
    _command("r2 bucket notification list", "r2.notification:list_", "List the rules of a bucket."),
    _command("r2 bucket notification get", "r2.notification:list_", "List the rules of a bucket."),
    _command("r2 bucket notification delete", "r2.notification:delete", "Delete rules of a bucket."),
    _command("r2 bucket dev-url get", "r2.dev_url:get", "Show the public address of a bucket."),
    _command("r2 bucket dev-url enable", "r2.dev_url:enable", "Let anyone read a bucket."),
    _command("r2 bucket dev-url disable", "r2.dev_url:disable", "Close the public address of a bucket."),
    _command("r2 object get", "r2.object:get", "Write an object to a file or to standard output."),
    _command("r2 object put", "r2.object:put", "Write an object from a file or standard input."),
    _command("r2 object delete", "r2.object:delete", "Delete an object."),
    _command("r2 s3-credentials create", "r2.s3_credentials:create", "Create an access key."),
    _command("r2 s3-credentials list", "r2.s3_credentials:list_", "List the access keys and the endpoint."),
    _command("r2 s3-credentials delete", "r2.s3_credentials:delete", "Delete an access key."),
    _command("queues list", "queues.queue:list_", "List the queues."),
    _command("queues create", "queues.queue:create", "Create a queue."),
    _command("queues update", "queues.queue:update", "Change the settings of a queue."),
    _command("queues delete", "queues.queue:delete", "Delete a queue with its messages."),
    _command("queues info", "queues.queue:info", "Show a queue."),
    _command("queues consumer add", "queues.consumer:add_worker", "Make a Worker the consumer of a queue."),
    _command("queues consumer remove", "queues.consumer:remove_worker", "Remove a Worker as the consumer."),
    _command("queues consumer list", "queues.consumer:list_", "List the consumers of a queue."),
    _command(
        "queues consumer worker add", "queues.consumer:add_worker", "Make a Worker the consumer of a queue."
    ),
    _command(
        "queues consumer worker remove", "queues.consumer:remove_worker", "Remove a Worker as the consumer."
    ),
    _command(
        "queues consumer worker list", "queues.consumer:list_workers", "List the Workers that are consumers."
    ),
    _command("queues consumer http add", "queues.consumer:add_pull", "Let clients pull messages."),
    _command(
        "queues consumer http remove", "queues.consumer:remove_pull", "Stop clients from pulling messages."
    ),
    _command("queues consumer http list", "queues.consumer:list_pulls", "List the consumers that pull."),
    _command("queues pause-delivery", "queues.queue:pause_delivery", "Pause the delivery of messages."),
    _command("queues resume-delivery", "queues.queue:resume_delivery", "Resume the delivery of messages."),
    _command("queues purge", "queues.queue:purge", "Delete all messages of a queue."),
    _command("queues subscription create", "queues.subscription:create", "Send events to a queue."),
    _command("queues subscription list", "queues.subscription:list_", "List a queue's subscriptions."),
    _command("queues subscription get", "queues.subscription:get", "Show a subscription."),
    _command("queues subscription update", "queues.subscription:update", "Change a subscription."),
    _command("queues subscription delete", "queues.subscription:delete", "Delete a subscription."),
    _command("workflows list", "workflows.workflow:list_", "List the Workflows of the account."),
    _command("workflows describe", "workflows.workflow:describe", "Show a Workflow."),
    _command("workflows delete", "workflows.workflow:delete", "Delete a Workflow with its instances."),
    _command("workflows trigger", "workflows.workflow:trigger", "Start an instance of a Workflow."),
    _command("workflows instances list", "workflows.instances.list:list_", "List instances."),
    _command(
        "workflows instances describe",
        "workflows.instances.describe:describe",
        "Show an instance with its steps.",
    ),
    _command("workflows instances pause", "workflows.instances.changes:pause", "Pause an instance."),
    _command(
        "workflows instances resume", "workflows.instances.changes:resume", "Let a paused instance continue."
    ),
    _command("workflows instances restart", "workflows.instances.changes:restart", "Run an instance again."),
    _command("workflows instances terminate", "workflows.instances.changes:terminate", "End an instance."),
    _command(
        "workflows instances terminate-all",
        "workflows.instances.changes:terminate_all",
        "End all instances of a Workflow.",
    ),
    _command(
        "workflows instances send-event",
        "workflows.instances.events:send_event",
        "Send an event to an instance.",
    ),
    _command("workflows instances delete", "workflows.instances.delete:delete", "Delete instances."),
    _command("dispatch-namespace create", "dispatch_namespace:create", "Create a dispatch namespace."),
    _command("dispatch-namespace list", "dispatch_namespace:list_", "List the dispatch namespaces."),
    _command("dispatch-namespace get", "dispatch_namespace:get", "Show a dispatch namespace."),
    _command("dispatch-namespace delete", "dispatch_namespace:delete", "Delete a dispatch namespace."),
    _command("dispatch-namespace rename", "dispatch_namespace:rename", "Rename a dispatch namespace."),
    _command("mtls-certificate upload", "mtls_certificate:upload", "Upload a client certificate."),
    _command("mtls-certificate list", "mtls_certificate:list_", "List the client certificates."),
    _command("mtls-certificate delete", "mtls_certificate:delete", "Delete a client certificate."),
    _command("login", "login:login", "Store an API token for this user."),
    _command("logout", "login:logout", "Remove the stored API token."),
    _command("dashboard", "dashboard:dashboard", "Open the local platform's page in the browser."),
    _command("completion", "completion.completion:completion", "Print the script that completes at Tab."),
    _command("whoami", "whoami:whoami", "Show who the commands act as, and on which accounts."),
    _command("cluster init", "cluster.init:init", "Make a cluster, with this machine as its first node."),
    _command("cluster join", "cluster.join:join", "Make this machine a node of a cluster."),
    _command("cluster status", "cluster.status:status", "Show the nodes of the cluster."),
    _command("cluster token", "cluster.token:token", "Print a token with which a machine can join."),
    _command("cluster leave", "cluster.leave:leave", "Take this machine out of its cluster."),
    _command("node run", "node:run_", "Run the platform in the foreground."),
    _command("node fence", "node:fence", "Remove what a killed platform left."),
    _command("local status", "local.status:status", "Show whether the platform runs, and its Workers."),
    _command("local start", "local.start:start", "Start the platform."),
    _command("local stop", "local.stop:stop", "Stop the platform and its containers."),
    _command("local prune", "local.prune:prune", "Remove what no platform owns any more."),
    _command("local export", "local.export:export", "Write the platform's state into a file."),
    _command("local import", "local.export:import_", "Take over the state in such a file."),
    _command("local snapshots", "local.snapshots:snapshots", "List or delete snapshots of containers."),
    _command("local trigger-cron", "local.trigger_cron:trigger_cron", "Fire a cron trigger of a Worker now."),
    _command("local logs", "local.logs:logs", "Show the logs of Workers, containers and the platform."),
)


def children(path: Words) -> dict[str, str]:
    """What may follow `path`: each next word with its short help, in the table's order."""
    found: dict[str, str] = {}
    depth = len(path)
    for command in COMMANDS:
        if command.path[:depth] == path and len(command.path) > depth:
            words = command.path[: depth + 1]
            found.setdefault(words[-1], GROUPS.get(words, command.help))
    return found


def find(path: Words) -> Command | None:
    """The command that `path` names exactly."""
    return next((command for command in COMMANDS if command.path == path), None)
