import type { IdentityTokenSource } from '../adapters/signers/index.ts';
import type { Invocation } from './parse.ts';

const isGiven = (value: string | undefined): value is string => value !== undefined && value !== '';

/**
 * Where the identity token of a `sigstore:` signer comes from: a file that is named, a variable that a job of GitLab fills,
 * or the token server of GitHub Actions.
 */
export function identityTokenSource(words: Invocation): IdentityTokenSource | undefined {
  const path = words.has('identity-token-file') ? words.text('identity-token-file') : undefined;
  if (path !== undefined) return { kind: 'file', path };
  const { SIGSTORE_ID_TOKEN, ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN } = process.env;
  if (isGiven(SIGSTORE_ID_TOKEN))
    return { kind: 'variable', name: 'SIGSTORE_ID_TOKEN', token: SIGSTORE_ID_TOKEN };
  if (!isGiven(ACTIONS_ID_TOKEN_REQUEST_URL) || !isGiven(ACTIONS_ID_TOKEN_REQUEST_TOKEN)) return undefined;
  return {
    kind: 'github-actions',
    requestUrl: ACTIONS_ID_TOKEN_REQUEST_URL,
    requestToken: ACTIONS_ID_TOKEN_REQUEST_TOKEN,
  };
}
