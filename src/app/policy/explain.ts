import { sha256Hex } from '../../core/evidence/canonical.ts';
import { parsePurl } from '../../core/model/purl.ts';
import { type ExplainedPolicy, explainPolicy } from '../../core/policy/explain/index.ts';
import { packageName } from '../../core/policy/package-name.ts';
import { parsePolicy } from '../../core/policy/parse.ts';
import { refuse } from '../../errors.ts';

export interface ExplainRequest {
  readonly file: string;
  /** Name or alias. */
  readonly environment?: string;
  /** Purl. */
  readonly package?: string;
}

export interface PolicyExplainDocument extends ExplainedPolicy {
  readonly schemaVersion: 1;
  readonly policy: { readonly file: string; readonly name: string; readonly digest: string };
}

/** @throws SlsaGateError for a policy that cannot be read, an unknown environment, and what is no purl */
export async function explainPolicyFile(
  { file, environment, package: purl }: ExplainRequest,
  { readFile, now }: { readonly readFile: (path: string) => Promise<Uint8Array>; readonly now: () => Date },
): Promise<PolicyExplainDocument> {
  const bytes = await readFile(file);
  const policy = parsePolicy(bytes, file);
  return {
    schemaVersion: 1,
    policy: { file, name: policy.name, digest: `sha256:${sha256Hex(bytes)}` },
    ...explainPolicy(policy, {
      nowMs: now().getTime(),
      ...(environment === undefined ? {} : { environment }),
      ...(purl === undefined ? {} : { packageName: nameOf(purl) }),
    }),
  };
}

function nameOf(purl: string): string {
  const parsed = parsePurl(purl);
  return parsed === undefined
    ? refuse('usage.flag', `--package is no purl: ${purl}`, { actual: purl })
    : packageName(parsed);
}
