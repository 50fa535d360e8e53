/** Names and addresses of this machine, as a URL writes its host; IPv6 in brackets. */
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/;

/** Whether a host is this machine by what it is called; nothing is resolved. */
export const isLoopback = (hostname: string): boolean => LOOPBACK.test(hostname);
