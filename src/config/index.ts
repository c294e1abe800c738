export type { Config, ConfigFlags, DriverChoice, EmbeddingEndpoint, ModelEndpoint } from './config.ts';
export { ENVIRONMENT_VARIABLES, type Environment } from './environment.ts';
export { type LoadOptions, loadConfig } from './load.ts';
export { nearest } from './nearest.ts';
export { assertHomeUsable, defaultConfigFile, SOCKET_PATH_MAX_BYTES } from './paths.ts';
export { redactConfig } from './redact.ts';
