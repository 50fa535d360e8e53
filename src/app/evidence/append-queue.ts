/** One append that waits for its answer. */
export interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Appends that share one commit. More would only hold up those that came first. */
const MAX_GROUP = 256;

/**
 * Group commit: whatever comes in while one group is being written makes up the next one, so that many appends share one
 * sync of the disk. Groups run one after the other.
 */
export class AppendQueue<Request, Answer> {
  readonly #commit: (group: readonly Waiting<Request, Answer>[]) => Promise<void>;
  #waiting: Waiting<Request, Answer>[] = [];
  #isRunning = false;

  /** @param commit answers every one of its group; when it throws, all that have no answer yet are rejected with that */
  constructor(commit: (group: readonly Waiting<Request, Answer>[]) => Promise<void>) {
    this.#commit = commit;
  }

  add(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      // Those who were answered by the group before may come again right now, and shall share the next one.
      await new Promise(setImmediate);
      const group = this.#waiting.splice(0, MAX_GROUP);
      try {
        await this.#commit(group);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#isRunning = false;
  }
}
