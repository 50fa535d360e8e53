import { sha256Hex } from '../../core/evidence/canonical.ts';
import { refuse } from '../../errors.ts';
import type { EvidenceAccess } from './find-record.ts';
import type { PackFile } from './pack.ts';
import { envelopeOf, showRecord } from './show.ts';

export interface AttachedFile extends PackFile {
  /** `sha256:<hex>` */
  readonly digest: string;
}

/** A record as it hangs on a change request: small, without its materials. */
export interface Attachment {
  readonly recordId: string;
  readonly files: readonly AttachedFile[];
}

/**
 * What proves a decision to whoever has the keys: the signed record, the summary, the leaf and its proof.
 *
 * @throws SlsaGateError `evidence.not-found`, `evidence.pruned`, and the other `evidence.*` codes
 */
export async function attachRecord(recordId: string, access: EvidenceAccess): Promise<Attachment> {
  const shown = await showRecord(recordId, access);
  const { row, opened, proof } = shown;
  if (opened.kind === 'genesis')
    return refuse('evidence.not-found', `the first leaf of a log decides nothing: ${recordId}`);
  const summary = opened.kind === 'decision' ? opened.summary : undefined;
  const file = (ending: string, content: Uint8Array | string): AttachedFile => {
    const bytes = Buffer.from(content);
    return { path: `${recordId}.${ending}`, bytes, digest: `sha256:${sha256Hex(bytes)}` };
  };
  return {
    recordId,
    files: [
      file('record.dsse.json', envelopeOf(shown)),
      ...(summary === undefined ? [] : [file('vsa.dsse.json', summary)]),
      file('leaf.json', row.leaf),
      file('tlog-proof', proof),
    ],
  };
}
