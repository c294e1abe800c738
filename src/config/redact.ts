import { redactUrl } from '../base/redact-url.ts';
import type { Config, ModelEndpoint } from './config.ts';

const HIDDEN = '(set, hidden)';

/** The configuration in force as plain data in the words of the configuration file, without secrets. */
export function redactConfig(config: Config): Record<string, unknown> {
  return {
    config_file: config.configFile ?? null,
    home: config.home,
    socket: config.socketPath,
    account: config.account,
    user: config.user,
    log_level: config.logLevel,
    time_zone: config.timeZone,
    operation_timeout_ms: config.operationTimeoutMs,
    http: config.http === undefined ? null : addressOf(config.http),
    auth_mode: config.authMode,
    root_key: secret(config.rootKey),
    models: {
      embedding:
        config.models.embedding === undefined
          ? null
          : { ...endpoint(config.models.embedding), dimensions: config.models.embedding.dimensions ?? null },
      chat: config.models.chat === undefined ? null : endpoint(config.models.chat),
      rerank:
        typeof config.models.rerank === 'object'
          ? endpoint(config.models.rerank)
          : (config.models.rerank ?? null),
      concurrency: config.models.concurrency ?? null,
      daily_tokens: config.models.dailyTokens ?? null,
    },
    sources: { private_addresses: config.privateSources },
    mount: {
      driver: config.mount.driver,
      read_only: config.mount.readOnly,
      allow_other: config.mount.allowOther,
      passthrough: config.mount.passthrough,
    },
    warnings: config.warnings,
  };
}

function endpoint(model: ModelEndpoint): Record<string, unknown> {
  return { url: redactUrl(model.url), model: model.model, key: secret(model.key) };
}

function addressOf(http: { host: string; port: number }): string {
  return http.host.includes(':') ? `[${http.host}]:${http.port}` : `${http.host}:${http.port}`;
}

function secret(value: string | undefined): string | null {
  return value === undefined ? null : HIDDEN;
}
