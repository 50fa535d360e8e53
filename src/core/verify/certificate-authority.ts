import { hash } from 'node:crypto';
import { refuse } from '../../errors.ts';
import {
  basicConstraints,
  type Certificate,
  certificateKey,
  EXTENSION,
  isSignedBy,
  isValidAt,
  keyUsage,
  namesIssuer,
  purposes,
} from './certificate.ts';
import type { PublicKey } from './public-key.ts';
import type { Window } from './trusted-root.ts';

const UNDERSTOOD = new Set<string>([
  EXTENSION.keyUsage,
  EXTENSION.basicConstraints,
  EXTENSION.extendedKeyUsage,
]);

/**
 * One authority of a trusted root: its chain from the certificate that issues leaves (or, for timestamp authorities,
 * that signs) up to the anchor. The links between the certificates are checked once for each use of the chain.
 */
export class CertificateAuthority {
  /** First the issuing (or signing) certificate, last the anchor. */
  readonly chain: readonly Certificate[];
  readonly window: Window;
  /** Hex SHA-256 of the anchor certificate. */
  readonly anchorDigest: string;
  readonly #keys: (PublicKey | undefined)[] = [];
  readonly #keyHashes: (Buffer | undefined)[] = [];
  /** What was found for each question; one answer must not stand in for that to another. */
  readonly #links = new Map<string, string | undefined>();

  /** @throws SlsaGateError `trust.malformed` */
  constructor(chain: readonly Certificate[], window: Window, path: string) {
    const anchor = chain.at(-1);
    if (anchor === undefined)
      refuse('trust.malformed', 'trusted root has an authority without certificates', { path });
    this.chain = chain;
    this.window = window;
    this.anchorDigest = hash('sha256', anchor.raw, 'hex');
  }

  get issuing(): Certificate {
    return this.chain[0] as Certificate;
  }

  /** Key of a certificate of the chain, imported once. */
  key(index: number): PublicKey {
    let key = this.#keys[index];
    if (key === undefined) {
      key = certificateKey(this.chain[index] as Certificate, 'trust.malformed');
      this.#keys[index] = key;
    }
    return key;
  }

  /** SHA-256 of the SubjectPublicKeyInfo of a certificate of the chain: SCTs name the issuer by it (RFC 6962, 3.2). */
  keyHash(index: number): Buffer {
    let keyHash = this.#keyHashes[index];
    if (keyHash === undefined) {
      keyHash = hash('sha256', (this.chain[index] as Certificate).spki, 'buffer');
      this.#keyHashes[index] = keyHash;
    }
    return keyHash;
  }

  /**
   * Why the chain does not hold together, or undefined when it does: every link is signed by the next one, whose
   * certificate is an authority that may sign certificates at this depth. `leafIsFirst` leaves the first certificate
   * out of that: a timestamp authority's own certificate is no CA.
   */
  brokenLink(purpose: string, leafIsFirst = false): string | undefined {
    const question = `${leafIsFirst} ${purpose}`;
    if (!this.#links.has(question)) this.#links.set(question, this.#findBrokenLink(purpose, leafIsFirst));
    return this.#links.get(question);
  }

  #findBrokenLink(purpose: string, leafIsFirst: boolean): string | undefined {
    for (const [index, certificate] of this.chain.entries()) {
      const depth = leafIsFirst ? index - 1 : index; // certificates of authorities below this one
      if (depth >= 0) {
        const { ca, pathLength } = basicConstraints(certificate, 'trust.malformed');
        if (!ca) return 'a certificate of the chain is no authority';
        if (pathLength !== undefined && pathLength < depth)
          return 'the chain is longer than an authority allows';
        if (keyUsage(certificate, 'trust.malformed')?.certSign === false)
          return 'an authority may not sign certificates';
        const allowed = purposes(certificate, 'trust.malformed');
        if (allowed !== undefined && !allowed.includes(purpose))
          return 'an authority is not for this purpose';
        // Whether a leaf obeys them is not checked here, so they are refused even where they are not critical.
        if (certificate.extensions.has(EXTENSION.nameConstraints)) return 'an authority constrains names';
        for (const extension of certificate.extensions.values()) {
          if (extension.critical && !UNDERSTOOD.has(extension.oid))
            return 'an authority has an unknown critical extension';
        }
      }
      const next = this.chain[index + 1];
      if (next === undefined) continue;
      if (!namesIssuer(certificate, next) || !isSignedBy(certificate, this.key(index + 1))) {
        return 'a certificate of the chain is not signed by the next';
      }
    }
    return undefined;
  }

  /** Whether every certificate of the chain, from the one at `from` on, is valid at this time. */
  isValidAt(timeMs: number, from = 0): boolean {
    return this.chain.every((certificate, index) => index < from || isValidAt(certificate, timeMs));
  }
}
