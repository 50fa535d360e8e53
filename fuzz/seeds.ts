import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createWitness } from '../test/kit/signed-note.ts';
import {
  createGithubSigstore,
  createSigstore,
  SIGNED_AT,
  type SignStatementOptions,
} from '../test/kit/sigstore.ts';

/** Good inputs to start from, as texts: written to disk as they are, an input that fails can be tried again later. */
export interface Seeds {
  /** Trusted root of bundles from the private instance, and of those from the private GitHub-like one. */
  readonly root: string;
  readonly githubRoot: string;
  readonly bundles: readonly string[];
  readonly githubBundles: readonly string[];
}

const V2 = { profile: 'rekor2' } as const;
/** Each form of evidence at least once. */
const FORMS: readonly SignStatementOptions[] = [
  {},
  { version: '0.1', entry: { kind: 'intoto' } },
  { version: '0.1', entry: { inclusionProof: {} } },
  { version: '0.2', entry: { kind: 'intoto' } },
  { timestamp: {} },
  V2,
  { ...V2, entry: { kind: 'hashedrekord' } },
  { ...V2, entry: { inclusionProof: { position: { index: (1n << 63n) - 3n, size: (1n << 63n) - 1n } } } },
  { ...V2, entry: { checkpoint: { linesAfter: [createWitness('late.local').cosign(SIGNED_AT)] } } },
  { keyAlgorithm: 'P-384' },
  { keyAlgorithm: 'Ed25519' },
];

function createSeeds(): Seeds {
  const sigstore = createSigstore();
  const github = createGithubSigstore();
  return {
    root: JSON.stringify(sigstore.trustedRoot()),
    githubRoot: JSON.stringify(github.trustedRoot()),
    bundles: [
      ...FORMS.map((form) => sigstore.signStatement(form).text()),
      sigstore.signBlob().text(),
      sigstore.signBlob({ ...V2 }).text(),
    ],
    githubBundles: [github.signStatement().text(), github.signStatement({ keyAlgorithm: 'P-384' }).text()],
  };
}

let inMemory: Seeds | undefined;

/** Seeds of this process; with `file`, those of the file, which is made when it is absent. */
export function loadSeeds(file = process.env.SLSA_GATE_FUZZ_SEEDS): Seeds {
  if (inMemory !== undefined) return inMemory;
  if (file !== undefined && existsSync(file)) {
    inMemory = JSON.parse(readFileSync(file, 'utf8')) as Seeds;
    return inMemory;
  }
  inMemory = createSeeds();
  if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(inMemory));
  }
  return inMemory;
}

const CORPUS = '../shared/corpus';

interface CorpusCase {
  readonly kind: string;
  readonly expect: string;
  readonly bundle?: string | null;
  readonly format?: string;
  readonly evidence?: readonly string[];
  readonly predicateType?: string | null;
}

/** Real bundles beside the repository, where they are: one of each form, kind of evidence and predicate type. */
export function corpusBundles(): readonly string[] {
  const manifest = `${CORPUS}/manifest.jsonl`;
  if (!existsSync(manifest)) {
    console.warn(`fuzz: ${CORPUS} is absent, so its bundles are no seeds`);
    return [];
  }
  const byForm = new Map<string, string>();
  for (const line of readFileSync(manifest, 'utf8').split('\n')) {
    if (line === '') continue;
    const { kind, expect, bundle, format, evidence, predicateType } = JSON.parse(line) as CorpusCase;
    if (kind !== 'sigstore-bundle' || expect !== 'pass' || typeof bundle !== 'string') continue;
    const form = `${format} ${evidence?.join()} ${predicateType}`;
    if (!byForm.has(form)) byForm.set(form, readFileSync(`${CORPUS}/${bundle}`, 'utf8'));
  }
  return [...byForm.values()].filter(isJson);
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

/** Moment at which seeds are verified: after the signing of every one, the real ones in testdata included. */
export const NOW_MS = Date.parse('2027-01-01T00:00:00Z');
