import type { X509Certificate } from '@sigstore/core';

/**
 * Lets a certificate of the library keep what the library computes of it: its encoding, and under which issuer its
 * signature verifies. It asks the same again for each time, authority and pair of certificates. What is kept is the
 * library's own answer, and dies with the object: with the root for a trusted certificate, with its bundle for a leaf.
 */
export function rememberWork(certificate: X509Certificate): void {
  for (const element of [certificate.root, certificate.tbsCertificate]) {
    const encode = element.toDER.bind(element);
    let der: Buffer | undefined;
    element.toDER = () => {
      der ??= encode();
      return der;
    };
  }
  const verify = certificate.verify.bind(certificate);
  const answers = new WeakMap<X509Certificate, boolean>();
  certificate.verify = (issuer = certificate) => {
    let answer = answers.get(issuer);
    if (answer === undefined) {
      answer = verify(issuer);
      answers.set(issuer, answer);
    }
    return answer;
  };
}

/** As {@link rememberWork}; also the key, which every certificate that it issued is checked with. */
export function rememberTrusted(certificate: X509Certificate): void {
  rememberWork(certificate);
  Object.defineProperty(certificate, 'publicKey', { value: certificate.publicKey });
}
