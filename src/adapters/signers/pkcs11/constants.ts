/** Numbers of PKCS#11 (OASIS, pkcs11t.h): only those that are used. */
export const CK = {
  objectPublicKey: 2,
  objectPrivateKey: 3,
  attributeClass: 0x000,
  attributeLabel: 0x003,
  attributeId: 0x102,
  attributeEcParams: 0x180,
  attributeEcPoint: 0x181,
  mechanismEcdsa: 0x1041,
  mechanismEddsa: 0x1057,
  sessionSerial: 4,
  userNormal: 1,
} as const;

/** Return values that have a meaning here. */
export const CKR = {
  attributeTypeInvalid: 0x12,
  pinFaults: [0xa0, 0xa1, 0xa2, 0xa3, 0xa4],
  alreadyLoggedIn: 0x100,
  alreadyInitialized: 0x191,
} as const;
