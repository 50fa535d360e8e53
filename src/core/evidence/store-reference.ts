import { attempt } from '../../errors.ts';
import { parsePostgresUrl } from '../model/postgres-location.ts';

/** Where the log lies, as the evidence file names it. */
export type StoreReference =
  | { readonly kind: 'sqlite'; readonly path: string }
  /** Without a password: that comes from where libpq looks for one. */
  | { readonly kind: 'postgres'; readonly url: string };

/** What is wrong with a reference, or what it means. Nothing of a URL is repeated, since it may hold a password. */
export function readStoreReference(text: string): StoreReference | { readonly fault: string } {
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  switch (text.slice(0, Math.max(colon, 0))) {
    case 'sqlite':
      if (rest === '' || rest.startsWith('//') || rest === ':memory:')
        return { fault: 'sqlite: needs a path' };
      return { kind: 'sqlite', path: rest };
    case 'postgres':
    case 'postgresql':
      return readPostgres(text);
    default:
      return { fault: 'expected sqlite:PATH or postgres://USER@HOST/DATABASE' };
  }
}

function readPostgres(text: string): StoreReference | { readonly fault: string } {
  if (hasPassword(text))
    return { fault: 'a password has no place in this file; give it by PGPASSWORD or a password file' };
  const parsed = attempt(() => parsePostgresUrl(text));
  return 'error' in parsed ? { fault: parsed.error.message } : { kind: 'postgres', url: text };
}

/** An empty password is one too: `user:@host`; and so is one that some library takes as a parameter. */
const hasPassword = (text: string): boolean =>
  /^[a-z]+:\/\/[^/?#]*:[^/?#]*@/.test(text) || /[?&][^=&]*pass[^=&]*=/i.test(text);
