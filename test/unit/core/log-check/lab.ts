import { fetchLogWitness } from '../../../../src/adapters/attestations/rekor/index.ts';
import type { HttpClient } from '../../../../src/adapters/http/index.ts';
import { checkLogPresence, planLogWitness } from '../../../../src/core/log-check/presence.ts';
import { type ParsedBundle, parseBundle } from '../../../../src/core/model/bundle.ts';
import type { Finding } from '../../../../src/core/model/finding.ts';
import type { TrustedRoot } from '../../../../src/core/verify/trusted-root.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { parseRoot, sigstore } from '../../../attacks/verify.ts';
import type { SignedBundle } from '../../../kit/bundle.ts';
import { leafHash } from '../../../kit/merkle.ts';
import { createRekor, createRekor2, type LoggedLeaf, type Rekor } from '../../../kit/rekor.ts';
import { clientOf } from '../../../kit/servers/opened.ts';
import type { RekorServer, RekorServerOptions } from '../../../kit/servers/rekor.ts';
import type { SignStatementOptions } from '../../../kit/sigstore.ts';
import { started } from '../../adapters/attestations/rekor/log.ts';

/** A log of its own, a bundle that it has logged, and what is answered about it. */
export interface Lab {
  readonly log: Rekor;
  readonly server: RekorServer;
  readonly bundle: ParsedBundle;
  readonly roots: readonly TrustedRoot[];
  /** Index of the entry in its tree, and size of the tree in which the bundle proves it. */
  readonly index: number;
  readonly size: number;
  /** Logs something of somebody else. */
  grow(leaves?: number): void;
  /** Reads the log as it is now. */
  witness(http?: HttpClient): Promise<Uint8Array>;
  /** What is answered by that, or by why it could not be read. */
  check(http?: HttpClient): Promise<Finding>;
  checkWith(witness: Uint8Array | SlsaGateError): Finding;
}

export interface LabOptions {
  readonly version: 1 | 2;
  /** Leaves of others before it, beside those that every log has. */
  readonly before?: number;
  /** Leaves between the entry and the checkpoint of the bundle. */
  readonly leavesAfter?: number;
  readonly server?: RekorServerOptions;
  readonly sign?: SignStatementOptions;
}

export async function openLab(options: LabOptions): Promise<Lab> {
  const { version, before = 0, leavesAfter = 2, sign = {} } = options;
  const log = version === 1 ? createRekor({ host: 'v1.local' }) : createRekor2({ host: 'v2.local' });
  const profile = version === 1 ? 'rekor1' : 'rekor2';
  const add = (leaves: number, more: SignStatementOptions = {}): SignedBundle =>
    sigstore.signStatement({ profile, entry: { log, inclusionProof: { leavesAfter: leaves } }, ...more });
  if (before > 0) add(before - 1);
  const index = log.leaves.length;
  const bundle = parseBundle(Buffer.from(add(leavesAfter, sign).text()));
  const size = log.leaves.length;
  const roots = [parseRoot(sigstore.trustedRoot({ edit: (root) => root.tlogs?.push(log.toTrust()) }))];
  const server = await started(options.server, log);
  const client = clientOf([server.host]);
  const witness = (http = client): Promise<Uint8Array> =>
    fetchLogWitness(
      planLogWitness(bundle, roots).map((plan) => ({ ...plan, url: server.origin })),
      http,
    );
  const checkWith = (read: Uint8Array | SlsaGateError): Finding =>
    checkLogPresence({ bundle, roots, witness: read });
  return {
    log,
    server,
    bundle,
    roots,
    index,
    size,
    grow: (leaves = 2) => void add(leaves - 1),
    witness,
    checkWith,
    check: async (http) =>
      checkWith(
        await witness(http).catch((error: unknown) => {
          if (error instanceof SlsaGateError) return error;
          throw error;
        }),
      ),
  };
}

/** A leaf with other content. */
export const leafOf = (text: string): LoggedLeaf => {
  const data = Buffer.from(text);
  return { data, hash: leafHash(data), at: undefined };
};

/** The history with another leaf at this place. */
export const replaced =
  (index: number) =>
  (leaves: readonly LoggedLeaf[]): readonly LoggedLeaf[] =>
    leaves.with(index, leafOf('another entry'));
