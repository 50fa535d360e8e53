import type { TlogEntryJson } from './rekor.ts';

/** One entry as the Rekor v1 API answers it, under its UUID: for fake log servers. Hashes and ids are hex there. */
export interface RekorApiEntryJson {
  body: string;
  integratedTime: number;
  logID: string;
  logIndex: number;
  verification: {
    inclusionProof?: {
      checkpoint: string;
      hashes: string[];
      logIndex: number;
      rootHash: string;
      treeSize: number;
    };
    signedEntryTimestamp?: string;
  };
}

/** From the form that bundles use. */
export function toRekorApiEntry(entry: TlogEntryJson): RekorApiEntryJson {
  const { inclusionProof: proof, inclusionPromise: promise } = entry;
  return {
    body: entry.canonicalizedBody ?? '',
    integratedTime: Number(entry.integratedTime),
    logID: hex(entry.logId?.keyId),
    logIndex: Number(entry.logIndex),
    verification: {
      ...(proof && {
        inclusionProof: {
          checkpoint: proof.checkpoint?.envelope ?? '',
          hashes: (proof.hashes ?? []).map(hex),
          logIndex: Number(proof.logIndex),
          rootHash: hex(proof.rootHash),
          treeSize: Number(proof.treeSize),
        },
      }),
      ...(promise?.signedEntryTimestamp !== undefined && {
        signedEntryTimestamp: promise.signedEntryTimestamp,
      }),
    },
  };
}

const hex = (base64 = ''): string => Buffer.from(base64, 'base64').toString('hex');
