/** The parts of a Wycheproof file of ECDSA verification vectors (schema `ecdsa_verify_schema_v1.json`) that we use. */
interface WycheproofFile {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly publicKey: { readonly curve: string };
    readonly publicKeyDer: string;
    readonly sha: string;
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly msg: string;
      readonly sig: string;
      readonly result: string;
    }[];
  }[];
}

/**
 * Makes a compact file of ECDSA vectors: one line a key, `[SubjectPublicKeyInfo, [[id, comment, message, signature,
 * result], ...]]`, bytes as hex. Nothing but the layout and the explanatory texts is changed or left out.
 */
export function compactEcdsaVectors(bytes: Uint8Array): Buffer {
  const file = JSON.parse(Buffer.from(bytes).toString('utf8')) as WycheproofFile;
  const keys = file.testGroups.map(({ publicKeyDer, tests }) =>
    JSON.stringify([publicKeyDer, tests.map((t) => [t.tcId, t.comment, t.msg, t.sig, t.result])]),
  );
  const count = file.testGroups.reduce((sum, { tests }) => sum + tests.length, 0);
  if (count !== file.numberOfTests) throw new Error(`${count} of ${file.numberOfTests} vectors`);
  return Buffer.from(`[\n${keys.join(',\n')}\n]\n`);
}
