import { attempt } from '../../errors.ts';
import type { Draft } from '../config/draft.ts';
import type { Report } from '../config/parse.ts';
import type { Path } from '../config/tree.ts';
import { nearest } from '../model/did-you-mean.ts';
import type { FaultCode } from '../model/faults.ts';
import { fingerprintOf } from '../verify/key-fingerprint.ts';
import { parsePublicKeyPem } from '../verify/public-key.ts';
import { compilePattern } from './pattern.ts';
import type { PatternInput, PolicyKey, PolicySigner } from './schema.ts';

const PATTERN_CODES: ReadonlySet<string> = new Set([
  'policy.empty-pattern',
  'policy.unanchored',
  'policy.pattern',
] satisfies FaultCode[]);

const isPatternCode = (code: string): code is FaultCode => PATTERN_CODES.has(code);

/** Whether nothing of the pattern was taken out. */
function isWhole(pattern: Draft<PatternInput>): pattern is PatternInput {
  if (typeof pattern === 'string') return true;
  return 'glob' in pattern ? pattern.glob !== undefined : 're2' in pattern && pattern.re2 !== undefined;
}

/** The pattern compiles; a text or glob among them begins with one of `starts`. */
export function checkPattern(
  pattern: Draft<PatternInput> | undefined,
  path: Path,
  report: Report,
  starts: readonly string[] = [],
): void {
  if (pattern === undefined || !isWhole(pattern)) return;
  const compiled = attempt(() => compilePattern(pattern));
  if ('error' in compiled) {
    const { finding, message, hint } = compiled.error;
    if (!isPatternCode(finding)) throw compiled.error;
    report.fault(finding, path, message, hint);
    return;
  }
  const text = typeof pattern === 'string' ? pattern : 'glob' in pattern ? pattern.glob : undefined;
  if (text !== undefined && starts.length > 0 && !starts.some((start) => text.startsWith(start)))
    report.fault(
      'policy.invalid',
      path,
      `nothing that is asked here begins so: ${JSON.stringify(text)}`,
      `Begin it with ${starts.join(' or ')}.`,
    );
}

export function checkPatterns(
  patterns: Draft<PatternInput[]> | undefined,
  path: Path,
  report: Report,
  starts?: readonly string[],
): void {
  patterns?.forEach((pattern, index) => {
    checkPattern(pattern, [...path, index], report, starts);
  });
}

/** The fingerprint of the key; undefined when it is none. */
export function checkPem(pem: string | undefined, path: Path, report: Report): string | undefined {
  if (pem === undefined) return undefined;
  const parsed = attempt(() => parsePublicKeyPem(pem, 'key.malformed'));
  if ('value' in parsed) return fingerprintOf(parsed.value);
  const { message, hint, finding } = parsed.error;
  report.fault('key.malformed', path, message, finding === 'key.malformed' ? hint : undefined);
  return undefined;
}

/** There is such a day; the schema has seen the form. */
export function checkInstant(instant: string | undefined, path: Path, report: Report): void {
  if (instant === undefined) return;
  const parsed = new Date(instant);
  if (Number.isNaN(parsed.getTime()) || parsed.toISOString() !== instant.replace('Z', '.000Z'))
    report.fault('policy.invalid', path, `there is no such day: ${JSON.stringify(instant)}`);
}

/** `later` is not before `earlier`; both have one form, in which texts are in the order of time. */
export function checkOrder(
  earlier: string | undefined,
  later: string | undefined,
  path: Path,
  report: Report,
): void {
  if (earlier !== undefined && later !== undefined && later <= earlier)
    report.fault('policy.invalid', path, `it ends before it begins: ${earlier} to ${later}`);
}

function checkKey(key: Draft<PolicyKey> | undefined, path: Path, report: Report): void {
  checkPem(key?.pem, [...path, 'pem'], report);
  checkInstant(key?.notBefore, [...path, 'notBefore'], report);
  checkInstant(key?.notAfter, [...path, 'notAfter'], report);
  checkOrder(key?.notBefore, key?.notAfter, [...path, 'notAfter'], report);
}

export function checkSigner(signer: Draft<PolicySigner> | undefined, path: Path, report: Report): void {
  if (signer === undefined) return;
  if ('key' in signer) checkKey(signer.key, [...path, 'key'], report);
  if ('identity' in signer) checkPattern(signer.identity, [...path, 'identity'], report);
  if ('issuer' in signer) checkPattern(signer.issuer, [...path, 'issuer'], report);
}

/** Among more names, comparing each with each would take long. */
const FEW_NAMES = 100;

/** What to do about a name that there is none of. */
export function hintForName(name: string, names: readonly string[]): string | undefined {
  const near = names.length > FEW_NAMES ? undefined : nearest(name, names);
  return near === undefined ? undefined : `Did you mean ${near}?`;
}

/** Each name once; `nameOf` says when two are the same. */
export function checkDistinct(
  names: readonly (string | undefined)[],
  pathOf: (index: number) => Path,
  report: Report,
): void {
  const seen = new Set<string>();
  names.forEach((name, index) => {
    if (name === undefined) return;
    if (seen.has(name))
      report.fault('policy.invalid', pathOf(index), `it stands twice: ${JSON.stringify(name)}`);
    seen.add(name);
  });
}
