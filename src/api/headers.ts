/** Headers with a meaning of their own, in lower case. */
export const HEADERS = {
  requestId: 'x-request-id',
  processTime: 'x-process-time',
  actorPeer: 'x-openviking-actor-peer',
  account: 'x-openviking-account',
  user: 'x-openviking-user',
  role: 'x-openviking-role',
  agent: 'x-openviking-agent',
  apiKey: 'x-api-key',
  authorization: 'authorization',
} as const;

/** What a request id may be; another one is refused. */
export const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;
