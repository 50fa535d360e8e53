/** `https://user:secret@host`, and `https://token@host`, which is what tokens of forges look like. */
const USER_INFO =
  /(?:^|[^a-z0-9+.-])(?:(?:[a-z0-9+.-]*:)?\/\/[^\s/?#@]*:[^\s/?#@]+@|https?:\/\/[^\s/?#@]+@)/i;

/**
 * Whether a text holds a URL with credentials, also where it is percent-encoded once or twice, as in qualifiers of a purl.
 * `git+ssh://git@host` names a user and no secret.
 */
export function hasCredentials(text: string): boolean {
  let decoded = text;
  for (let round = 0; round < 3; round++) {
    if (USER_INFO.test(decoded)) return true;
    // What is no valid encoding as a whole may still hold one.
    decoded = decoded.replace(/%[0-7][0-9a-f]/gi, (code) =>
      String.fromCharCode(Number.parseInt(code.slice(1), 16)),
    );
  }
  return false;
}
