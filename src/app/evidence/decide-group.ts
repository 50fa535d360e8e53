/** A decision, and what it is about. */
export interface Deciding {
  /** Decisions that share a key are taken one after the other; one without keys alone. */
  readonly keys: readonly string[] | undefined;
  readonly run: () => Promise<void>;
}

/**
 * Takes all decisions of a group: at the same time where they have nothing in common, so that a store can answer their
 * questions together, else in the order in which they came.
 */
export async function decideGroup(group: readonly Deciding[]): Promise<void> {
  const last = new Map<string, Promise<void>>();
  let all: Promise<unknown> = Promise.resolve();
  let alone: Promise<unknown> = all;
  for (const { keys, run } of group) {
    const before = keys === undefined ? all : Promise.all([alone, ...keys.map((key) => last.get(key))]);
    const done = before.then(run);
    if (keys === undefined) alone = done;
    for (const key of keys ?? []) last.set(key, done);
    all = Promise.all([all, done]);
  }
  await all;
}
