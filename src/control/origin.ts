import type { IncomingMessage } from 'node:http';
import { VikingError } from '../errors/index.ts';

export interface OriginRules {
  /** Address the listener is bound to. */
  readonly host: string;
  /** Whether a request proves itself with a key, which a page in a browser does not have. */
  readonly keyed: boolean;
}

/**
 * Refuses what a page in somebody's browser could send. A page elsewhere names itself in `Origin` or `Referer`; one
 * that made its own name resolve to this machine (DNS rebinding) still sends that name in `Host`.
 * @throws PERMISSION_DENIED
 */
export function assertSameSite(incoming: IncomingMessage, rules: OriginRules): void {
  const { host, origin, referer } = incoming.headers;
  if (!rules.keyed && !isOwnName(hostName(host), rules.host)) {
    throw refusal('Host', host ?? '');
  }
  for (const [name, value] of Object.entries({ Origin: origin, Referer: referer })) {
    if (value === undefined || value === '') continue;
    const from = siteOf(value);
    if (from === undefined || !(isOwnName(from, rules.host) || from === hostName(host)))
      throw refusal(name, value);
  }
}

/** Whether `host` is this machine and nothing else. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function isOwnName(name: string | undefined, bound: string): boolean {
  return name !== undefined && (isLoopback(name) || name === bound.toLowerCase());
}

function hostName(host: string | undefined): string | undefined {
  const name = /^(\[[0-9a-f:.]+\]|[^:\s/@]+)(?::\d{1,5})?$/i.exec(host ?? '')?.[1];
  return name?.replace(/^\[|\]$/g, '').toLowerCase();
}

function siteOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const name = new URL(text).hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return name === '' ? undefined : name;
}

function refusal(header: string, value: string): VikingError {
  return new VikingError(
    'PERMISSION_DENIED',
    `header ${header}: ${JSON.stringify(value.slice(0, 200))} is not this server`,
    { hint: 'Requests from pages of other sites are refused. Ask the address the daemon listens on.' },
  );
}
