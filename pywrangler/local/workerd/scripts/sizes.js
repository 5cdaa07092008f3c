// Lets a class choose the size of its container: workerd (2026-11-17) checks start({ instance }) and does not
// pass it on, so the platform's gateway gets it as a variable, which no container sees.

const VARIABLE = "pywrangler.instance-size";
const prepared = new WeakSet();

/** The class for workerd: a subclass of itself, whose container passes the size of start() on. */
export function sized(Class) {
	if (typeof Class !== "function") return Class;
	const made = class extends Class {
		constructor(ctx, env) {
			prepare(ctx.container);
			super(ctx, env);
		}
	};
	Object.defineProperty(made, "name", { value: Class.name, configurable: true });
	return made;
}

function prepare(container) {
	const prototype = container && Object.getPrototypeOf(container);
	if (!prototype || prepared.has(prototype)) return;
	prepared.add(prototype);
	const native = prototype.start;
	Object.defineProperty(prototype, "start", {
		configurable: true,
		writable: true,
		value: function start(options) {
			return native.call(this, withVariable(options));
		},
	});
}

function withVariable(options) {
	const instance = options?.instance;
	if (instance === undefined || instance === null) return options;
	const size = typeof instance === "object" ? JSON.stringify(instance) : String(instance);
	const env = { value: { ...options.env, [VARIABLE]: size }, enumerable: true };
	return Object.create(options, { env });
}
