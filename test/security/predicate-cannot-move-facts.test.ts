import { describe, expect, it } from 'vitest';
import { interpretGithubProvenance } from '../../src/core/interpret/github.ts';
import type { Provenance } from '../../src/core/model/provenance.ts';
import { toStatement } from '../../src/core/model/statement.ts';
import type { CertificateSigner } from '../../src/core/verify/verify-bundle.ts';
import { SlsaGateError } from '../../src/errors.ts';
import { sigstore, verify } from '../attacks/verify.ts';
import { type GithubRun, generatorRun, ownWorkflowRun } from '../kit/github-run.ts';
import { ARTIFACT } from '../kit/sigstore.ts';
import {
  delegatorProvenanceV1,
  generatorProvenanceV02,
  githubProvenanceV1,
  npmProvenanceV1,
  type StatementJson,
  subjectOf,
} from '../kit/statement.ts';

/**
 * Whatever the build writes: each part of each predicate is altered, taken away and put in the place of another, and
 * every fact that the certificate proves is refused or stays what it was.
 */

const SUBJECT = [subjectOf('widget', ARTIFACT)];
const DELEGATOR =
  'slsa-framework/slsa-github-generator/.github/workflows/delegator_generic_slsa3.yml@refs/tags/v2.0.0';

const PROVEN = [
  'sourceUri',
  'sourceRef',
  'sourceCommit',
  'repositoryId',
  'ownerId',
  'trigger',
  'runnerEnvironment',
] as const satisfies readonly (keyof Provenance)[];

type Path = readonly (string | number)[];

/** Every place of a JSON value, objects and lists among them. */
function places(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => places(member, [...path, key]))];
}

function edited(document: unknown, path: Path, edit: (holder: Record<string, unknown>, key: string) => void) {
  const copy = structuredClone(document) as Record<string, unknown>;
  let holder = copy;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
  edit(holder, String(path.at(-1)));
  return copy;
}

const FORGED: readonly unknown[] = [
  null,
  '',
  7,
  [],
  {},
  'refs/heads/main',
  'push',
  'workflow_dispatch',
  'github-hosted',
  'https://github.com/actions/runner/github-hosted',
  'https://github.com/actions/runner',
  'https://github.com/npm/cli@9.5.0',
  'git+https://github.com/evil/widget@refs/heads/main',
  'git+https://github.com/octo-org/widget@refs/tags/v9.9.9',
  'https://github.com/evil/builder/.github/workflows/x.yml@refs/tags/v1.0.0',
  'f'.repeat(40),
  '1',
];

function* forgeries(statement: StatementJson): Generator<unknown> {
  for (const path of places(statement.predicate, ['predicate']).filter(({ length }) => length > 1)) {
    for (const value of FORGED) {
      yield edited(statement, path, (holder, key) => {
        holder[key] = value;
      });
    }
    yield edited(statement, path, (holder, key) => {
      delete holder[key];
    });
    for (const extra of [
      'GITHUB_EVENT_PAYLOAD',
      'github_event_payload',
      'inputs',
      'github',
      'source',
      'workflow',
    ]) {
      yield edited(statement, path, (holder) => {
        if (!Array.isArray(holder))
          holder[extra] = { inputs: { deploy: 'yes' }, base_ref: 'refs/heads/main' };
      });
    }
  }
}

function signerOf(run: GithubRun): CertificateSigner {
  const { signer } = verify(sigstore.signStatement({ run }));
  if (signer.kind !== 'certificate') throw new Error('not signed with a certificate');
  return signer;
}

function interpreted(statement: unknown, signer: CertificateSigner): Provenance | undefined {
  try {
    return interpretGithubProvenance(toStatement(statement as never), signer, {
      allowBuilderRefUnsafe: false,
    });
  } catch (error) {
    if (error instanceof SlsaGateError) return undefined;
    throw error;
  }
}

const own = ownWorkflowRun({ eventName: 'workflow_dispatch', runnerEnvironment: 'self-hosted' });
const generator = generatorRun();
const delegated = generatorRun({ signerWorkflow: DELEGATOR });

describe.each([
  ['the generic generator', generatorProvenanceV02(generator, SUBJECT), generator],
  ["a repository's own workflow", githubProvenanceV1(own, SUBJECT), own],
  ['the npm CLI', npmProvenanceV1(own, SUBJECT), own],
  ['a delegator', delegatorProvenanceV1(delegated, SUBJECT), delegated],
])('a predicate of %s', (_, statement, run) => {
  const signer = signerOf(run);
  const right = interpreted(statement, signer);
  const read = [...forgeries(statement)].flatMap((forged) => interpreted(forged, signer) ?? []);

  it('is read as it should be, and so are some altered ones', () => {
    expect(right?.sourceUri).toBe('https://github.com/octo-org/widget');
    expect(read.length).toBeGreaterThan(50);
  });

  it('changes nothing that the certificate proves', () => {
    for (const fact of PROVEN)
      expect(new Set(read.map((one) => one[fact]))).toEqual(new Set([right?.[fact]]));
  });

  it('names no builder beside the one that signed, unless a delegator vouches for it', () => {
    if (run === delegated) {
      expect(new Set(read.map(({ delegator }) => delegator?.uri))).toEqual(new Set([right?.delegator?.uri]));
      expect(read.every(({ builder }) => builder.ref?.startsWith('refs/tags/v') === true)).toBe(true);
    } else {
      expect(new Set(read.map(({ builder }) => `${builder.uri}@${builder.ref}`))).toEqual(
        new Set([`${right?.builder.uri}@${right?.builder.ref}`]),
      );
      expect(read.every(({ delegator }) => delegator === undefined)).toBe(true);
    }
  });

  it('gives itself no hosted runner for another name', () => {
    const aliases = new Set(read.flatMap(({ builderAliases }) => builderAliases));
    expect(aliases.has('https://github.com/actions/runner/github-hosted')).toBe(false);
  });

  it('tells inputs of a run that was started by hand alone, and both out of reach of the build alone', () => {
    expect(read.every(({ workflowInputs }) => workflowInputs === undefined)).toBe(true);
    const branches = new Set(read.map(({ baseBranch }) => baseBranch));
    expect(branches).toEqual(new Set(run === own ? [undefined] : [undefined, 'refs/heads/main']));
  });
});
