import type { HttpClient } from '../../http/types.ts';

/** Where the identity token comes from; chosen by the shell, which alone reads the environment. */
export type IdentityTokenSource =
  | { readonly kind: 'file'; readonly path: string }
  /** Given by the CI in a variable; `name` is that of the variable, for messages. */
  | { readonly kind: 'variable'; readonly name: string; readonly token: string }
  /** Asked of GitHub Actions with the token of the job. */
  | { readonly kind: 'github-actions'; readonly requestUrl: string; readonly requestToken: string };

export interface IdentitySignerOptions {
  /** Undefined where nobody gave one: signing then says what to do. */
  readonly token: IdentityTokenSource | undefined;
  /** The one outbound client; the listed hosts may lie in private networks. Whoever opened it closes it. */
  readonly openHttp: (listedHosts: readonly string[]) => Promise<HttpClient>;
  readonly now: () => Date;
  /** Milliseconds that only ever grow, whatever happens to the clock. */
  readonly elapsedMs: () => number;
}
