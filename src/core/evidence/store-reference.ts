/** Where the log lies, as the evidence file names it. */
export type StoreReference =
  | { readonly kind: 'sqlite'; readonly path: string }
  /** Without a password: that comes from where libpq looks for one. */
  | { readonly kind: 'postgres'; readonly url: string };

/** Parameters of a connection that choose how, never who or where. */
const PARAMETERS: readonly string[] = [
  'application_name',
  'connect_timeout',
  'sslcert',
  'sslkey',
  'sslmode',
  'sslrootcert',
];
const DATABASE = /^\/[^/]+$/;

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
  const url = URL.parse(text);
  if (url === null) return { fault: 'no URL of a PostgreSQL database' };
  const parameters = [...url.searchParams.keys()];
  if (hasPassword(text) || url.password !== '' || parameters.some((name) => /pass/i.test(name)))
    return { fault: 'a password has no place in this file; give it by PGPASSWORD or a password file' };
  const foreign = parameters.find((name) => !PARAMETERS.includes(name));
  if (foreign !== undefined) return { fault: `a parameter that is not supported: ${foreign}` };
  if (new Set(parameters).size !== parameters.length) return { fault: 'a parameter is given twice' };
  if (url.username === '' || url.hostname === '' || !DATABASE.test(url.pathname) || url.hash !== '')
    return { fault: 'user, host and database must be named: postgres://USER@HOST/DATABASE' };
  return { kind: 'postgres', url: text };
}

/** An empty password is one too: `user:@host`. */
const hasPassword = (text: string): boolean => /^[a-z]+:\/\/[^/?#]*:[^/?#]*@/.test(text);
