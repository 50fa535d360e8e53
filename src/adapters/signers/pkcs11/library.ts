import type { PKCS11 } from 'pkcs11js';
import { refuse } from '../../../errors.ts';
import { CKR } from './constants.ts';
import { refuseCall, returnValueOf } from './token.ts';

/** The package pkcs11js, or what stands in for it. */
export interface Pkcs11Package {
  readonly PKCS11: new () => PKCS11;
}

const loadPackage = (): Promise<Pkcs11Package> => import('pkcs11js');

/** Libraries that are open, with how many signers use each: one process may initialise a library once only. */
const open = new Map<string, { readonly library: PKCS11; users: number }>();

async function importPackage(load: () => Promise<Pkcs11Package>): Promise<Pkcs11Package> {
  try {
    return await load();
  } catch (cause) {
    refuse('signer.unsupported', 'pkcs11: needs the package pkcs11js, which is not installed', {
      hint: 'Run npm install pkcs11js beside slsa-gate (it is compiled when it is installed), or use key:FILE.',
      cause,
    });
  }
}

/** @throws SlsaGateError `signer.unsupported`, `signer.key`, `signer.failed` */
export async function acquireLibrary(
  modulePath: string,
  load: () => Promise<Pkcs11Package> = loadPackage,
): Promise<PKCS11> {
  const { PKCS11 } = await importPackage(load);
  const known = open.get(modulePath);
  if (known !== undefined) {
    known.users++;
    return known.library;
  }
  const library = new PKCS11();
  try {
    library.load(modulePath);
  } catch (cause) {
    refuse('signer.key', `the library of the token cannot be loaded: ${modulePath}`, {
      actual: modulePath,
      cause,
    });
  }
  try {
    library.C_Initialize();
  } catch (error) {
    if (returnValueOf(error) !== CKR.alreadyInitialized) {
      library.close();
      refuseCall('starting the library', error);
    }
  }
  open.set(modulePath, { library, users: 1 });
  return library;
}

/** Ends the library with its last user. */
export function releaseLibrary(modulePath: string): void {
  const known = open.get(modulePath);
  if (known === undefined || --known.users > 0) return;
  open.delete(modulePath);
  known.library.C_Finalize();
  known.library.close();
}
