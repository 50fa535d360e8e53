import { refuse } from '../../errors.ts';
import type { HttpClient } from '../http/index.ts';
import { numberOf, objectOf, PROBE_BYTES } from './answers.ts';

export interface RekorProbe {
  readonly version: 1 | 2;
  readonly size: number | undefined;
}

/** A checkpoint (C2SP): origin, size, root. */
const CHECKPOINT = /^[^\n]+\n([0-9]{1,15})\n[^\n]+\n/;

/**
 * Asks a log for its state: `/api/v1/log`, or the `/checkpoint` of one of version 2. What it says is not verified.
 *
 * @throws SlsaGateError `source.*`, `limit.*`, `config.*`
 */
export async function probeRekor(http: HttpClient, url: string): Promise<RekorProbe> {
  const base = url.replace(/\/+$/, '');
  const common = { maxBytes: PROBE_BYTES, accept: [404] };
  const first = await http.request(`${base}/api/v1/log`, common);
  if (first.status === 200) return { version: 1, size: numberOf(objectOf(first).treeSize) };
  const second = await http.request(`${base}/checkpoint`, common);
  const [, size] = second.status === 200 ? (CHECKPOINT.exec(second.bytes.toString('utf8')) ?? []) : [];
  if (size === undefined)
    return refuse(
      'source.http-status',
      `${first.origin} is no log: it has neither /api/v1/log nor /checkpoint`,
      {
        hint: 'Compare the address with that of the log.',
      },
    );
  return { version: 2, size: Number(size) };
}
