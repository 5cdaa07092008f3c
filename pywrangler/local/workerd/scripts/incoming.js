// A request's body in pieces. Its rest can be read at any time, also by one who is not its reader: a
// connection with an unread body is closed, and a client that still sends then does not see the response.

const PIECE_BYTES = 256 * 1024;

export class Incoming {
  #stream;
  #size;
  #reader;
  #last = Promise.resolve();

  constructor({ body, headers }) {
    this.#stream = body;
    const length = Number(headers.get("Content-Length") ?? PIECE_BYTES);
    this.#size = Math.max(1, Math.min(length, PIECE_BYTES));
  }

  async *pieces() {
    for (;;) {
      const { value, done } = await this.#next();
      if (value?.byteLength) yield value;
      if (done) return;
    }
  }

  // Reads what is left.
  async drain() {
    if (this.#stream === null) return;
    for (let isDone = false; !isDone; ) ({ done: isDone } = await this.#next());
  }

  #next() {
    this.#reader ??= this.#stream.getReader({ mode: "byob" });
    const read = () => this.#reader.readAtLeast(this.#size, new Uint8Array(this.#size));
    this.#last = this.#last.then(read);
    return this.#last;
  }
}
