/** Payload type of in-toto statements; the only one that says something about artifacts. */
export const IN_TOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json';
