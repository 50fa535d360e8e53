import { refuse } from '../../errors.ts';

/** What a checkpoint says, as far as a pin compares it; the log verifies signatures, a pin has no keys. */
interface Head {
  readonly origin: string;
  readonly size: number;
  readonly root: string;
}

const HEAD = /^([^\n]+)\n([1-9][0-9]{0,15})\n([^\n]+)\n\n/;

const headOf = (note: string): Head | undefined => {
  const [, origin, size, root] = HEAD.exec(note) ?? [];
  if (origin === undefined || size === undefined || root === undefined) return undefined;
  return { origin, size: Number(size), root };
};

/**
 * Whether a pin that holds `current` moves to `next`. It only ever moves to a larger tree of the same log.
 *
 * @param previous what the caller had read; undefined where it makes the pin
 * @throws SlsaGateError `evidence.exists`, `evidence.rollback`, `evidence.origin`, `evidence.fork`,
 *   `evidence.pin-unreadable`
 */
export function shouldMove(current: string | undefined, next: string, previous: string | undefined): boolean {
  const to = headOf(next);
  if (to === undefined) throw new TypeError('only checkpoints are pinned');
  if (current === next) return false;
  if (current === undefined) {
    if (previous === undefined) return true;
    return refuse('evidence.rollback', 'the pinned checkpoint is gone since it was read');
  }
  if (previous === undefined) refuse('evidence.exists', 'something is pinned there already');
  const from = headOf(current) ?? refuse('evidence.pin-unreadable', 'the pin holds no checkpoint');
  if (from.origin !== to.origin) {
    refuse('evidence.origin', 'the checkpoint of another log is pinned there', {
      expected: to.origin,
      actual: from.origin,
    });
  }
  const least = headOf(previous)?.size ?? 0;
  if (from.size < least) {
    refuse('evidence.rollback', 'the pinned checkpoint has become older since it was read', {
      expected: `at least ${least}`,
      actual: String(from.size),
    });
  }
  if (from.size === to.size && from.root !== to.root) {
    refuse('evidence.fork', 'another tree of the same size is pinned', {
      expected: to.root,
      actual: from.root,
    });
  }
  return to.size > from.size;
}
