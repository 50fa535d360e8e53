import { CODES } from '../../codes.ts';
import { printSourceName, type SourceName } from '../../core/model/source-name.ts';
import type { ArtifactFiles, CollectedAttestations } from '../../core/ports.ts';
import type { SourceQuery, SourceRun, SourceTask } from '../../core/source-ports.ts';
import { refuse } from '../../errors.ts';
import type { NamedArtifact } from '../open-artifact.ts';
import { attemptLater } from './attempt-later.ts';
import { type CheckLine, fails, isOk, notChecked, type Place, warns } from './check.ts';
import type { Check } from './run.ts';

export interface SourceTarget {
  /** Undefined: sources are asked about nothing in particular, to see whether they answer. */
  readonly artifact: NamedArtifact | undefined;
  /** Purl of the artifact, where it is given or its own. */
  readonly package: string | undefined;
  /** Everything that would be asked. */
  readonly sources: readonly SourceName[];
  readonly viaIndex: string | undefined;
}

export interface SourceCheckPorts {
  readonly artifacts: Pick<ArtifactFiles, 'read' | 'readLayout'>;
  /** Undefined with `--offline`. */
  readonly openSources: (() => Promise<Pick<SourceRun, 'begin' | 'close'>>) | undefined;
}

type Known = Pick<SourceQuery, 'remote' | 'digests' | 'purl'> & { readonly shown: string };

const OFFLINE = 'not asked, because of --offline';
/** Nothing has this digest. */
const NOTHING: Known = {
  remote: undefined,
  digests: { sha256: '0'.repeat(64) },
  purl: undefined,
  shown: '',
};

/** Finds the artifact, and asks each source about it. */
export const sourcesCheck = (target: SourceTarget, ports: SourceCheckPorts): Check => {
  const { artifact } = target;
  const place: Place = { id: 'artifact', name: artifact?.reference ?? 'artifact' };
  return {
    ...place,
    run: async () => {
      if (artifact?.parsed.kind === 'oci-layout') return layoutLines(place, artifact.parsed.reference, ports);
      const { openSources } = ports;
      const run = await openSources?.();
      try {
        const task = run?.begin();
        const found = await attemptLater(() => find(target, task, ports));
        if ('error' in found)
          return [fails(place, found.error), ...unasked(target, 'the artifact is not known')];
        const known = found.value === undefined ? notChecked(place, OFFLINE) : isOk(place, found.value.shown);
        const lines = artifact === undefined ? [] : [known];
        if (task === undefined || found.value === undefined) return [...lines, ...unasked(target, OFFLINE)];
        return [...lines, ...(await ask(target, found.value, task))];
      } finally {
        await run?.close();
      }
    },
  };
};

async function layoutLines(
  place: Place,
  reference: string,
  { artifacts }: SourceCheckPorts,
): Promise<readonly CheckLine[]> {
  const { artifact, collected } = await artifacts.readLayout(reference);
  return [isOk(place, artifact.reference), lineOf(collected, true)];
}

/** Logs only complete what others have; they have a check of their own. */
const asked = ({ sources, artifact }: SourceTarget): readonly SourceName[] =>
  sources.filter(({ kind }) =>
    artifact === undefined ? kind === 'github' || kind === 'github-release' : kind !== 'rekor',
  );

const placeOf = (name: string): Place => ({ id: 'source', name: `source ${name}` });

const unasked = (target: SourceTarget, why: string): readonly CheckLine[] =>
  asked(target).map((source) => notChecked(placeOf(printSourceName(source)), why));

/** Undefined where it lies at a server, and none may be asked. */
async function find(
  { artifact, package: purl, viaIndex }: SourceTarget,
  task: SourceTask | undefined,
  { artifacts }: SourceCheckPorts,
): Promise<Known | undefined> {
  if (artifact === undefined) return NOTHING;
  const { parsed } = artifact;
  switch (parsed.kind) {
    case 'remote': {
      if (task === undefined) return undefined;
      const { reference, digests, purl: own } = await task.resolve(parsed.remote, { viaIndex });
      return { remote: parsed.remote, digests, purl: purl ?? own, shown: reference };
    }
    case 'file': {
      const { digests } = await artifacts.read(parsed.path, { algorithms: new Set(), withBytes: false });
      return { remote: undefined, ...withSha256(digests.sha256), purl };
    }
    case 'digest':
      return { remote: undefined, ...withSha256(parsed.digests.sha256), purl };
    case 'purl':
      return { remote: parsed.remote, ...withSha256(parsed.digests.sha256), purl };
    default:
      return refuse('internal.bug', `an artifact of another kind: ${parsed.kind}`);
  }
}

function withSha256(sha256: string | undefined): Pick<Known, 'digests' | 'shown'> {
  if (sha256 === undefined)
    return refuse('usage.artifact', 'sources know artifacts by SHA-256', {
      hint: 'Name the file, or its sha256 digest.',
    });
  return { digests: { sha256 }, shown: `sha256:${sha256}` };
}

async function ask(
  target: SourceTarget,
  { remote, digests, purl }: Known,
  task: SourceTask,
): Promise<readonly CheckLine[]> {
  const { artifact, viaIndex } = target;
  const sources = asked(target);
  if (sources.length === 0 && artifact !== undefined)
    return [
      notChecked(
        { id: 'source', name: 'sources' },
        'none is known for it: name one with --source, or give --bundle where it is decided',
      ),
    ];
  const common = { remote, digests, viaIndex, purl, given: [], wantsHistory: false };
  const answers = await Promise.all(
    sources.map((source) => attemptLater(() => task.collect({ ...common, sources: [source] }))),
  );
  const lines = answers.flatMap((one, index): readonly CheckLine[] => {
    const [source] = sources.slice(index);
    if ('value' in one) return one.value.collected.map((answer) => lineOf(answer, artifact !== undefined));
    return source === undefined ? [] : [fails(placeOf(printSourceName(source)), one.error)];
  });
  const isMissing = answers.every(
    (one) => 'value' in one && one.value.collected.every(({ answer }) => answer === 'absent'),
  );
  return artifact !== undefined && isMissing ? lines.map(asMissing) : lines;
}

function lineOf(
  { name, answer, attestations, code, reason }: CollectedAttestations,
  isAbout: boolean,
): CheckLine {
  const place = placeOf(name);
  const count = `${attestations.length} ${attestations.length === 1 ? 'attestation' : 'attestations'}`;
  switch (answer) {
    case 'complete':
      return isOk(place, `complete: ${count}`);
    case 'absent':
      return isOk(place, isAbout ? 'absent: it answered, and has nothing about it' : 'may be read');
    default: {
      const why = code ?? 'source.unavailable';
      return {
        ...place,
        status: 'problem',
        found: `${answer}${answer === 'partial' ? ` (${count})` : ''}: ${reason ?? CODES[why].title}`,
        code: why,
        hint: CODES[why].hint,
      };
    }
  }
}

const asMissing = ({ id, name, found }: CheckLine): CheckLine =>
  warns(
    { id, name },
    found,
    'Attest it where it is built, or name where its attestations lie with --source.',
    'attestation.missing',
  );
