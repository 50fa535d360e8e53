import * as z from 'zod/mini';
import { refuse, SlsaGateError } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { parseBase64 } from './base64.ts';
import { parseJson } from './json.ts';
import { lazy } from './lazy.ts';

/** What was read of a log, by name; null where the server said that there is no such thing. */
export type WitnessParts = ReadonlyMap<string, Uint8Array | null>;

/** One thing to read of a log. */
export interface WitnessRead {
  /** Name under which it is kept. */
  readonly part: string;
  /** Below the address of the log, with its query: `api/v2/checkpoint`. */
  readonly path: string;
  /** Media type that is asked for. */
  readonly accept: string;
  readonly maxBytes: number;
  /** 404 is an answer; what follows from it is decided by what the log has signed, never by the status. */
  readonly mayBeAbsent: boolean;
  /**
   * The part of the answer that is kept.
   *
   * @throws SlsaGateError `source.malformed-response`
   */
  readonly keep: (answer: Uint8Array) => Uint8Array;
}

/** An entry that is looked for in its log: what has to be read, step by step, as the one who reads need not understand it. */
export interface WitnessPlan {
  /** Hex. */
  readonly logId: string;
  readonly logIndex: bigint;
  /** Address of the log, out of the trusted root, without a slash at its end. */
  readonly url: string;
  /** What has to be read next, by what was read so far; empty when that is all. */
  readonly next: (parts: WitnessParts) => readonly WitnessRead[];
}

/** What was read of a log about one entry. */
export interface EntryWitness {
  readonly logId: string;
  readonly logIndex: bigint;
  readonly parts: WitnessParts;
}

const Witness = lazy(() =>
  z.strictObject({
    v: z.literal(1),
    entries: z
      .array(
        z.strictObject({
          logId: z.string().check(z.regex(/^[0-9a-f]+$/)),
          logIndex: z.string().check(z.regex(/^(?:0|[1-9][0-9]{0,18})$/)),
          parts: z.record(z.string(), z.nullable(z.string())),
        }),
      )
      .check(z.maxLength(LIMITS.logEntries)),
  }),
);

/**
 * One document of all that was read, so that a record can keep it and decide by it again:
 * `{"v":1,"entries":[{"logId":"<hex>","logIndex":"7","parts":{"checkpoint":"<base64>","tile/0/000.p/8":null}}]}`
 */
export function encodeLogWitness(entries: readonly EntryWitness[]): Uint8Array {
  const toText = (bytes: Uint8Array | null): string | null =>
    bytes === null ? null : Buffer.from(bytes).toString('base64');
  return Buffer.from(
    JSON.stringify({
      v: 1,
      entries: entries.map(({ logId, logIndex, parts }) => ({
        logId,
        logIndex: String(logIndex),
        parts: Object.fromEntries([...parts].map(([name, bytes]) => [name, toText(bytes)])),
      })),
    }),
  );
}

/** Form alone; nothing is verified. @throws SlsaGateError `source.malformed-response` */
export function parseLogWitness(bytes: Uint8Array): readonly EntryWitness[] {
  const fail = (cause?: unknown): never =>
    refuse('source.malformed-response', 'what was read of the log is no witness of ours', { cause });
  try {
    const parsed = Witness().safeParse(parseJson(bytes, 'log witness', LIMITS.logWitnessBytes));
    if (!parsed.success) return fail(parsed.error);
    return parsed.data.entries.map(({ logId, logIndex, parts }) => ({
      logId,
      logIndex: BigInt(logIndex),
      parts: new Map(
        Object.entries(parts).map(([name, text]) => [name, text === null ? null : parseBase64(text, name)]),
      ),
    }));
  } catch (cause) {
    if (!(cause instanceof SlsaGateError)) throw cause;
    return fail(cause);
  }
}
