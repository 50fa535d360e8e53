import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Case, readCases } from '../../../corpus/case.ts';
import {
  type CaseArtifact,
  collect,
  decideArtifact,
  type Runner,
  toArtifacts,
  toContext,
} from '../../../corpus/decide.ts';
import { TrustReader } from '../../../corpus/trust.ts';
import type { CheckContext } from '../../../src/core/attestation/check.ts';
import { parseAttestations } from '../../../src/core/attestation/parse.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../src/core/model/json.ts';
import type { CollectedAttestation } from '../../../src/core/ports.ts';
import type { ArtifactInput } from '../../../src/core/verify/signature.ts';
import { verifyBundle } from '../../../src/core/verify/verify-bundle.ts';
import { SlsaGateError } from '../../../src/errors.ts';
import { type Path, replaced, valueAt, withMemberTwice } from './document.ts';

export type Form =
  | 'bundle'
  | 'npm'
  | 'pypi'
  | 'pypi-provenance'
  | 'cosign-layer'
  | 'envelope'
  | 'cloud-build';

/** One good document of the corpus, as the smallest thing that is accepted by itself. */
export interface Unit {
  /** Of the case whose caller is asked. */
  readonly id: string;
  readonly test: Case;
  readonly form: Form;
  /** Documents of one shape have the same fields. */
  readonly shape: string;
  /** Of a layer of cosign: `{envelope, annotations}`, with those annotations that are JSON as JSON. */
  readonly document: Json;
  readonly context: CheckContext;
  /** As the caller names it; undefined where a bundle is asked about alone. */
  readonly artifact: ArtifactInput | undefined;
  readonly collected: (document: Json, twice?: Path) => CollectedAttestation;
  /** Null for an allow, else the code of the refusal. A foreign error goes on. */
  readonly answer: (document: Json, twice?: Path) => string | null;
}

export interface Units {
  readonly units: readonly Unit[];
  /** Good documents that no caller of the corpus asks about as a whole. */
  readonly left: readonly string[];
}

/** Kinds of cases about one check that still verify everything that is signed. */
const WHOLE = new Set([
  undefined,
  'signature',
  'gcb-signature',
  'npm-provenance-signature',
  'npm-publish-signature',
]);
/** Later than everything in the corpus. */
const NOW = new Date('2035-01-01T00:00:00Z');

interface Expected {
  readonly id: string;
  readonly expect: 'pass' | 'fail';
  readonly needsRekor?: boolean;
  readonly clientSpecific?: unknown;
}

/** Ids of the cases that must be accepted by everybody without a network. */
export function goodIds(directory: string): ReadonlySet<string> {
  const lines = readFileSync(join(directory, 'manifest.jsonl'), 'utf8').split('\n');
  const cases = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Expected);
  return new Set(
    cases
      .filter(
        ({ expect, needsRekor, clientSpecific }) =>
          expect === 'pass' && needsRekor !== true && !clientSpecific,
      )
      .map(({ id }) => id),
  );
}

export const toRunner = (directory: string): Runner => ({
  directory,
  trust: new TrustReader(directory),
  verifyBundle,
  now: NOW,
});

/** Every distinct good document, each asked about by the first case that accepts it alone; whole questions first. */
export async function readUnits(directory: string): Promise<Units> {
  const ids = goodIds(directory);
  const runner = toRunner(directory);
  const good = readCases(directory).filter(({ id, kind }) => ids.has(id) && kind !== 'tuf');
  const ordered = [
    ...good.filter(({ only }) => only === undefined),
    ...good.filter(({ only }) => only !== undefined && WHOLE.has(only)),
    ...good.filter(({ only }) => !WHOLE.has(only)),
  ];
  const units = new Map<string, Unit>();
  const left = new Map<string, string>();
  for (const test of ordered) {
    const bytes = test.bundle === undefined ? undefined : readFileSync(join(directory, test.bundle));
    const { attestations, layoutDigests } = await collect(test, runner, bytes);
    const artifacts = toArtifacts({ ...test, only: test.only && 'signature' }, runner, layoutDigests);
    for (const document of attestations.flatMap(splitLines).flatMap(splitCloudBuild)) {
      const key = createHash('sha256')
        .update(document.bytes)
        .update(JSON.stringify(document.annotations ?? 0))
        .digest('hex');
      if (units.has(key)) continue;
      const unit = toUnit(test, document, artifacts, runner);
      if (unit.answer(unit.document) === null) {
        units.set(key, unit);
        left.delete(key);
      } else left.set(key, `${test.id} (${test.only ?? 'one of several'})`);
    }
  }
  return { units: [...units.values()], left: [...left.values()] };
}

/** JSON lines are documents of their own. */
function splitLines(found: CollectedAttestation): readonly CollectedAttestation[] {
  if (found.annotations !== undefined) return [found];
  const lines = Buffer.from(found.bytes).toString().trim().split('\n');
  const isLines = lines.length > 1 && lines.every((line) => line.startsWith('{') && line.endsWith('}'));
  return isLines ? lines.map((line) => ({ ...found, bytes: Buffer.from(line) })) : [found];
}

/** Several provenances of Cloud Build, and several signatures of one, stand for each other: each is taken alone. */
function splitCloudBuild(found: CollectedAttestation): readonly CollectedAttestation[] {
  if (found.annotations !== undefined) return [found];
  const json = JSON.parse(Buffer.from(found.bytes).toString()) as Json;
  const listed = ['provenance_summary', 'provenance'];
  const provenances = valueAt(json, listed);
  if (!Array.isArray(provenances)) return [found];
  return provenances.flatMap((_, index) => {
    const alone = replaced(json, listed, [provenances[index] as Json]);
    const path = [...listed, 0, 'envelope', 'signatures'];
    const signatures = valueAt(alone, path);
    if (!Array.isArray(signatures)) return [];
    return signatures.map((signature) => ({
      ...found,
      bytes: Buffer.from(JSON.stringify(replaced(alone, path, [signature as Json]))),
    }));
  });
}

function toUnit(
  test: Case,
  found: CollectedAttestation,
  artifacts: readonly CaseArtifact[],
  runner: Runner,
): Unit {
  const context = toContext(test, runner);
  const document = toDocument(found);
  const form = formOf(document);
  const collected = (altered: Json, twice?: Path): CollectedAttestation => ({
    ...found,
    ...toText(form, altered, twice),
  });
  // A check of Cloud Build alone takes the rest as it is: the whole is asked.
  const asked: Case = {
    ...test,
    only: test.only?.startsWith('gcb-') === true ? undefined : test.only && 'signature',
  };
  const answer = (altered: Json, twice?: Path): string | null => {
    try {
      const attestations = [collected(altered, twice)];
      for (const artifact of artifacts) {
        const code = decideArtifact(asked, artifact, attestations, context);
        if (code !== null) return code;
      }
      return artifacts.length === 0 ? 'usage.no-artifact' : null;
    } catch (error) {
      if (error instanceof SlsaGateError) return error.finding;
      throw error;
    }
  };
  return {
    id: test.id,
    test,
    form,
    shape: shapeOf(form, document, test),
    document,
    context,
    artifact: artifacts[0]?.artifact,
    collected,
    answer,
  };
}

const isJsonText = (text: string): boolean => text.startsWith('{');

function toDocument({ bytes, annotations }: CollectedAttestation): Json {
  const json = JSON.parse(Buffer.from(bytes).toString()) as Json;
  if (annotations === undefined) return json;
  const parsed = Object.entries(annotations).map(([name, text]) => [
    name,
    isJsonText(text) ? (JSON.parse(text) as Json) : text,
  ]);
  return { envelope: json, annotations: Object.fromEntries(parsed) as JsonObject };
}

function toText(
  form: Form,
  document: Json,
  twice?: Path,
): Pick<CollectedAttestation, 'bytes' | 'annotations'> {
  const print = (value: Json | undefined, path?: Path): string =>
    value === undefined
      ? ''
      : path === undefined || path.length === 0
        ? JSON.stringify(value)
        : withMemberTwice(value, path);
  if (form !== 'cosign-layer') return { bytes: Buffer.from(print(document, twice)) };
  const { envelope, annotations = {} } = document as { envelope?: Json; annotations?: JsonObject };
  const within = (...start: readonly string[]): Path | undefined =>
    twice !== undefined && start.every((name, index) => twice[index] === name)
      ? twice.slice(start.length)
      : undefined;
  const texts = Object.entries(annotations).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : print(value, within('annotations', name)),
  ]);
  return {
    bytes: Buffer.from(print(envelope, within('envelope'))),
    annotations: Object.fromEntries(texts) as Record<string, string>,
  };
}

function formOf(document: Json): Form {
  if (!isJsonObject(document)) throw new TypeError('not a JSON object');
  if ('annotations' in document) return 'cosign-layer';
  if ('attestations' in document) return 'npm';
  if ('attestation_bundles' in document) return 'pypi-provenance';
  if ('verification_material' in document) return 'pypi';
  if ('provenance_summary' in document) return 'cloud-build';
  return 'signatures' in document ? 'envelope' : 'bundle';
}

function shapeOf(form: Form, document: Json, { kind }: Case): string {
  if (form !== 'bundle' || !isJsonObject(document)) return form;
  const content = 'dsseEnvelope' in document ? 'envelope' : 'message';
  return `${form} of an ${content}, ${String(document.mediaType)}, ${kind}`;
}

/** The attestations of a unit as parsed, for what must be known to foresee an answer. */
export const parsedOf = ({ collected, document }: Unit): ReturnType<typeof parseAttestations> =>
  parseAttestations([collected(document)]);
