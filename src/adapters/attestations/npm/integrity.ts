import { BINDING_ALGORITHMS } from '../../../core/model/digest.ts';
import { refuse } from '../../../errors.ts';

const BYTES = BINDING_ALGORITHMS.sha512 / 2;

/**
 * The SHA-512 digest that a text of Subresource Integrity names, as hex. Weaker ones beside it are not looked at; where
 * there are several of SHA-512 a reader may take any, so they must be the same.
 *
 * @throws SlsaGateError `subject.weak-digest`, `npm.integrity` for two that differ, `source.malformed-response`
 */
export function toSha512(integrity: string | undefined, shown: string): string {
  const digests = (integrity ?? '')
    .split(/\s+/)
    .map((one) => one.split('?')[0] ?? '')
    .filter((one) => one.startsWith('sha512-'))
    .map((one) => one.slice('sha512-'.length));
  const [first] = digests;
  if (first === undefined) {
    refuse('subject.weak-digest', `the registry names no SHA-512 digest of ${shown}`, {
      expected: 'sha512',
      actual: (integrity ?? '').trim() === '' ? 'none' : String(integrity).slice(0, 100),
    });
  }
  if (digests.some((other) => other !== first))
    refuse('npm.integrity', `the registry names several SHA-512 digests of ${shown}`);
  const bytes = Buffer.from(first, 'base64');
  if (bytes.length !== BYTES || bytes.toString('base64') !== first)
    refuse('source.malformed-response', `the digest that the registry names of ${shown} is none`);
  return bytes.toString('hex');
}
