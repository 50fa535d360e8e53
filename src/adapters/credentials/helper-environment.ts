/**
 * What helpers of systems and clouds need to find their own settings, keyrings and sessions. Tokens of forges and package
 * registries are not among it, nor what would load code into a program (`LD_PRELOAD`, `NODE_OPTIONS`).
 */
const NAMES = new Set([
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  // Keyrings and their dialogs.
  'DBUS_SESSION_BUS_ADDRESS',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'GNUPGHOME',
  'GPG_TTY',
  'PASSWORD_STORE_DIR',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'XDG_RUNTIME_DIR',
  // The way out.
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  // Windows.
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'SYSTEMROOT',
  'TEMP',
  'TMP',
  'USERPROFILE',
]);
const PREFIXES = ['AWS_', 'AZURE_', 'CLOUDSDK_', 'GOOGLE_'];

/** The part of an environment that credential helpers get. */
export const pickHelperEnvironment = (
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && (NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix)))
        ? [[name, value] as const]
        : [],
    ),
  );
